"""Two hundred thousand rows in a browser: progress moves, the lists go on answering, a stop leaves nothing."""

from __future__ import annotations

import os
import re
import sys
import time

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from registry.imports.models import BatchState, ImportBatch
from registry.structures.models import Structure

ROWS = int(os.environ.get("ROWS", "200000"))
_VALUE = re.compile(r"<progress[^>]* value=\"(\d+)\"")
pytestmark = pytest.mark.trial


def content():
    """Towers on a grid of 30 m all over the plain of the province."""
    head = "Mã;Tên;Loại cột;Chiều cao cột;Vĩ độ;Kinh độ"
    places = ((19.72 + number // 500 * 0.0003, 105.62 + number % 500 * 0.0003) for number in range(ROWS))
    lines = (f"RAT-{number:06d};Cột lớn {number};A2b;42;{y:.6f};{x:.6f}" for number, (y, x) in enumerate(places))
    return "\n".join([head, *lines]).encode()


def count(site):
    with site.reading() as session:
        return session.scalar(select(func.count()).select_from(Structure).where(Structure.own_code.like("RAT-%")))


def seen_progress(page, site, until):
    """The figures that the bar showed while a worker was at work, and how long each look at a list took meanwhile."""
    figures, took = set(), []
    beside = page.context.new_page()
    page.on("response", lambda answer: figures.update(_VALUE.findall(answer.text())) if _is_status(answer) else None)
    with site.working() as worker:
        while worker.is_alive():
            started = time.monotonic()
            assert beside.goto("/structures?q=le+loi").ok
            took.append(time.monotonic() - started)
    beside.close()
    expect(page.get_by_text(until)).to_be_visible()
    return figures, took


def _is_status(answer):
    return answer.request.headers.get("hx-request") == "true" and answer.ok


def test_a_large_file_goes_in_and_is_taken_back_while_the_lists_answer(open_as, site, capsys, tmp_path):
    page = open_as("quantri")
    page.set_default_timeout(60_000)
    file = tmp_path / "rat-lon.csv"
    file.write_bytes(content())
    page.goto("/imports")
    viettel = page.locator("[name=owner] option").filter(has_text="Viettel").get_attribute("value")
    page.get_by_label("Chủ sở hữu").select_option(viettel)
    page.get_by_label("Loại công trình").select_option("antenna_tower")
    page.get_by_label("Tệp", exact=True).set_input_files(file)
    page.get_by_role("button", name="Tải lên").click()
    read, _took = seen_progress(page, site, re.compile("Mỗi cột được gợi ý"))
    page.get_by_label("Hệ tọa độ").select_option("wgs84")
    page.get_by_role("button", name="Kiểm tra từng dòng").click()
    checked, beside = seen_progress(page, site, re.compile(r"Nhập [\d.]+ dòng"))
    address = page.url
    page.get_by_role("button", name=re.compile(r"Nhập [\d.]+ dòng")).click()
    applied, more = seen_progress(page, site, re.compile(r"Đã tạo [\d.]+ công trình"))
    assert count(site) > ROWS * 0.9
    page.goto(f"{address}/undo")
    page.get_by_role("button", name="Hoàn tác lô nhập này").click()
    undone, _took = seen_progress(page, site, re.compile("Đã hoàn tác lúc"))
    assert count(site) == 0
    slowest = max(beside + more)
    with capsys.disabled():
        sys.stdout.write(
            f"{ROWS} rows: figures seen while reading {len(read)}, checking {len(checked)}, applying {len(applied)},"
            f" undoing {len(undone)}; slowest list beside {slowest:.2f} s\n"
        )
    assert len(checked | applied) > 2
    assert slowest < 10


def test_a_large_import_is_stopped_in_the_middle_and_leaves_nothing(open_as, site, tmp_path):
    page = open_as("quantri")
    page.set_default_timeout(60_000)
    file = tmp_path / "rat-lon-2.csv"
    file.write_bytes(content())
    page.goto("/imports")
    viettel = page.locator("[name=owner] option").filter(has_text="Viettel").get_attribute("value")
    page.get_by_label("Chủ sở hữu").select_option(viettel)
    page.get_by_label("Loại công trình").select_option("antenna_tower")
    page.get_by_label("Tệp", exact=True).set_input_files(file)
    page.get_by_role("button", name="Tải lên").click()
    seen_progress(page, site, re.compile("Mỗi cột được gợi ý"))
    page.get_by_label("Hệ tọa độ").select_option("wgs84")
    page.get_by_role("button", name="Kiểm tra từng dòng").click()
    with site.working():
        expect(page.locator("progress[value]")).to_be_visible()
        page.get_by_role("button", name="Dừng lại").click()
    expect(page.get_by_text("Đã hủy", exact=True)).to_be_visible()
    number = int(re.search(r"/imports/(\d+)", page.url).group(1))
    with site.reading() as session:
        assert session.scalar(select(ImportBatch.state).where(ImportBatch.id == number)) is BatchState.CANCELLED
    assert count(site) == 0
