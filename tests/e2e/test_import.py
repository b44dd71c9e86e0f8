"""An operator imports a list of towers by page: bad rows are named and mended, good ones stand on the list."""

import json
import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select, update

from registry.imports import jobs
from registry.imports.models import BatchState, ImportBatch, ImportProgress
from registry.imports.outcome import map_rows
from registry.structures.models import Structure
from tests.e2e.looks import look
from tests.support.import_files import as_csv, swapped
from tests.support.import_files import site as row

NAME = "danh-sach-tram.csv"


def upload(page, content, name=NAME):
    """Send a file and arrive at its columns."""
    page.goto("/imports")
    page.get_by_label("Loại công trình").select_option("antenna_tower")
    page.get_by_label("Tệp", exact=True).set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="Tải lên").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def check(page):
    """Take the suggested columns."""
    page.get_by_label("Hệ tọa độ").select_option("vn2000")
    page.get_by_role("button", name="Kiểm tra từng dòng").click()


def test_bad_rows_are_named_and_mended_and_good_ones_imported(open_as, site):
    page = open_as("viettel")
    bad = row(3, **{"Chiều cao cột (m)": "bốn hai"})
    upload(page, as_csv([row(1), row(2), bad, row(4, **swapped(4)), row(5)]))
    look(page, "import columns")
    check(page)
    problems = page.locator("#problems")
    expect(problems).to_contain_text("bốn hai")
    expect(problems).to_contain_text("X và Y bị đổi chỗ")
    look(page, "import preview")
    preview = page.url
    with page.expect_download() as download:
        page.get_by_role("link", name="Tệp lỗi để sửa").click()
    assert "bốn hai" in download.value.path().read_text(encoding="utf-8-sig")

    page.locator(".figure").filter(has_text="Không nhập").get_by_role("link").click()
    expect(page.locator("tr[data-record]")).to_have_count(2)
    look(page, "import refused rows")
    page.locator("tr[data-record] a").first.click()
    cell = page.get_by_label("Chiều cao cột (m)")
    expect(cell).to_have_value("bốn hai")
    cell.fill("42")
    page.get_by_role("button", name="Lưu và kiểm tra lại").click()
    expect(page.locator("#messages")).to_contain_text("Sẽ thêm mới")
    look(page, "import row")

    page.goto(preview)
    page.get_by_role("button", name="Nhập 4 dòng").click()
    expect(page.locator("#import-status")).to_contain_text("hệ thống tiếp tục xử lý")
    expect(page.get_by_role("progressbar")).to_be_visible()
    look(page, "import progress")
    site.work()
    expect(page.get_by_text("Đã tạo 4 công trình.")).to_be_visible()
    look(page, "import done")
    page.goto("/structures?q=tram+hac+thanh&kind=antenna_tower")
    expect(page.locator("tr[data-record]").filter(has_text="Trạm Hạc Thành")).to_have_count(4)
    stopped(page, open_as("viettel", draws=True), site)


def stopped(page, mapped, site):
    """Rows and their map choose together; progress is shown, and an import that waits is stopped."""
    upload(page, as_csv([row(51)]), name="mot-tram.csv")
    check(page)
    preview = page.url
    mapped.goto(preview)
    mapped.locator(".figure").filter(has_text="Sẽ thêm mới").get_by_role("link").click()
    expect(mapped.locator("[data-rows-map][data-loaded][data-map-idle]")).to_be_visible()
    mapped.locator("[data-rows-map] canvas").click()
    expect(mapped.locator("[data-map-card]")).to_contain_text("Trạm Hạc Thành 51")
    expect(mapped.locator("[data-map-card]")).to_contain_text("Nằm trong “Phường Hạc Thành” đã khai.")
    expect(mapped.locator("tr[data-lit]")).to_have_count(1)
    page.get_by_role("button", name="Nhập 1 dòng").click()
    expect(page.get_by_text("Đang chờ xử lý")).to_be_visible()
    number = int(page.url.rsplit("/", 1)[1])
    # What a worker tells in the middle of a long import.
    with site.writing_as("quantri") as ctx:
        told = ImportProgress(batch_id=number, step="applying", done=50_000, total=200_000)
        told.started_at = told.updated_at = ctx.now
        ctx.session.add(told)
        ctx.session.flush()
        later = ctx.now + timedelta(seconds=50)
        ctx.session.execute(update(ImportProgress).filter_by(batch_id=number).values(updated_at=later))
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "50000")
    for words in ("50.000 / 200.000 dòng", "1.000 dòng/giây", "còn khoảng 3 phút"):
        expect(page.get_by_text(words)).to_be_visible()
    page.get_by_role("button", name="Dừng lại").click()
    expect(page.get_by_text("không có công trình nào được tạo")).to_be_visible()
    with site.reading() as session:
        assert session.scalar(select(ImportBatch.state).where(ImportBatch.id == number)) is BatchState.CANCELLED


@pytest.mark.parametrize(
    ("count", "on_the_map", "at_once"),
    [(60, 20, 4_000), pytest.param(20_000, 5_000, jobs.AT_ONCE_BYTES, marks=pytest.mark.trial)],
)
def test_a_file_for_the_worker_goes_in_with_progress_and_is_taken_back(
    open_as, site, monkeypatch, count, on_the_map, at_once
):
    page = open_as("quantri")
    monkeypatch.setattr(map_rows, "MOST", on_the_map)
    monkeypatch.setattr(jobs, "AT_ONCE_BYTES", at_once)
    # Larger than what is read at once.
    head = "Mã;Tên;Loại cột;Chiều cao cột;Vĩ độ;Kinh độ;Ghi chú"
    note = "ghi chú " * (at_once // count // 8)
    places = [(19.75 + number // 200 * 0.0005, 105.7 + number % 200 * 0.0005) for number in range(count)]
    lines = [f"LON-{number:05d};Cột lớn {number};A2b;42;{y:.6f};{x:.6f};{note}" for number, (y, x) in enumerate(places)]
    content = "\n".join([head, *lines]).encode()
    assert len(content) > at_once
    page.goto("/imports")
    viettel = page.locator("[name=owner] option").filter(has_text="Viettel").get_attribute("value")
    page.get_by_label("Chủ sở hữu").select_option(viettel)
    page.get_by_label("Loại công trình").select_option("antenna_tower")
    page.get_by_label("Tệp", exact=True).set_input_files({"name": "lon.csv", "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="Tải lên").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    site.work()
    page.get_by_label("Hệ tọa độ").select_option("wgs84")
    page.get_by_role("button", name="Kiểm tra từng dòng").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    site.work()
    page.get_by_role("button", name=re.compile(r"Nhập [\d.]+ dòng")).click()
    expect(page.locator("#import-status")).to_contain_text("hệ thống tiếp tục xử lý")
    site.work()
    expect(page.get_by_text(re.compile(r"Đã tạo [\d.]+ công trình"))).to_be_visible()
    answer = page.request.get(re.sub(r"#.*", "", page.url) + "/places.geojson")
    document = json.loads(answer.text())
    assert document["more"] is True
    assert len(document["features"]) == on_the_map
    address = page.url.partition("#")[0]
    page.goto(f"{address}/undo")
    page.get_by_role("button", name="Hoàn tác lô nhập này").click()
    site.work()
    expect(page.get_by_text(re.compile("Đã hoàn tác lúc"))).to_be_visible()
    with site.reading() as session:
        left = select(func.count()).select_from(Structure).where(Structure.own_code.like("LON-%"))
        assert session.scalar(left) == 0
