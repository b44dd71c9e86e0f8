"""The figures of violations equal the lists that they open; the decisions as a file for the national database."""

import csv
import html
import io
import re

import pytest

from registry.files.pages import STORE
from registry.violations.electronic import prepare_minutes
from registry.violations.models import Violation
from tests.factories.structures import organisation_id
from tests.factories.violations import NOW, decided, get, log, with_minutes
from tests.permissions.cases import token_in
from tests.support.figures import HIDDEN_WORDS
from tests.support.signing import blank_pdf


@pytest.fixture
def cases(ctx_of):
    """A reported case, one with minutes and one decided, of VNPT and of nobody."""
    with ctx_of("so.khcn", read_only=True) as ctx:
        vnpt = organisation_id(ctx.session, "vnpt")
    return log(ctx_of), with_minutes(ctx_of, organisation_id=vnpt), decided(ctx_of, organisation_id=vnpt)


def figures_of(page):
    """(Address, number) of each figure that opens a list."""
    links = re.findall(rf'<a href="(/violations(?:\?[^"]*)?)">([\d.,]+){HIDDEN_WORDS}</a>', page)
    return [(html.unescape(address), int(re.sub(r"\D", "", number))) for address, number in links]


def count_in(client, address):
    match = re.search(r"(\d[\d.,]*) hồ sơ", client.get(address).text)
    return int(re.sub(r"\D", "", match[1])) if match else 0


@pytest.mark.usefixtures("cases")
def test_every_figure_opens_a_list_of_as_many_cases_for_each_reader(client_of):
    wrong, figures_by_reader = [], {}
    for reader in ("so.khcn", "kiemtra1", "vnpt"):
        client = client_of(reader)
        page = client.get("/violations/figures?from=01/01/2026")
        assert page.status_code == 200
        figures_by_reader[reader] = figures_of(page.text)
        wrong += [
            (reader, address, number)
            for address, number in figures_by_reader[reader]
            if count_in(client, address) != number
        ]
    assert not wrong
    assert len(figures_by_reader["so.khcn"]) > len(figures_by_reader["vnpt"]) > 0
    # Nothing was served on Viettel's rival's account, so there is nothing to count.
    assert not figures_of(client_of("dienluc").get("/violations/figures").text)
    refused = client_of("so.khcn").get("/violations/figures?from=mai")
    assert refused.status_code == 422
    assert "mai" in refused.text


def test_the_decisions_are_a_file_marked_to_be_confirmed_for_who_decides(client_of, ctx_of, cases):
    page = client_of("ubnd.xa").get("/violations/sanctions")
    assert page.status_code == 200
    with client_of("ubnd.xa").get("/exports/sanctions.csv") as sent:
        assert sent.status_code == 200
        text = sent.data.decode("utf-8-sig")
    assert "chờ xác nhận" in text
    assert "Chờ cơ quan quản lý" in text
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    head = next(row for row in rows if "Số quyết định" in row)
    numbers = {row[head.index("Số hồ sơ")] for row in rows if len(row) == len(head)}
    assert get(ctx_of, cases[2]).number in numbers
    assert get(ctx_of, cases[1]).number not in numbers
    assert client_of("vnpt").get("/exports/sanctions.csv").status_code == 403


def test_papers_and_electronic_minutes_in_the_browser(app, client_of, ctx_of):
    violation_id = with_minutes(ctx_of, minutes={"is_electronic": True})
    client, address = client_of("kiemtra1"), f"/violations/{violation_id}/papers"
    assert "Tạo bản PDF để ký" in client.get(address).text
    with ctx_of("kiemtra1", now=NOW) as ctx:
        version = ctx.session.get_one(Violation, violation_id).version
        prepare_minutes(ctx, STORE.of(app), violation_id, blank_pdf(), version)
    page = client.get(address)
    send = {"csrf_token": token_in(page)}
    for file, sentence in (((io.BytesIO(b"x"), "ky.pdf"), "REGISTRY_SIGNATURE_ROOTS"), (None, "Chưa chọn tệp")):
        refused = client.post(f"{address}/signed", data=send | ({"file": file} if file else {}))
        assert refused.status_code == 422
        assert sentence in refused.text
    got = client.get(f"{address}/minutes.docx")
    assert got.status_code == 200
    assert got.data.startswith(b"PK")
    assert client.get(f"{address}/remedy_check.docx").status_code == 409
    assert client.get(f"{address}/letter.docx").status_code == 404
    stale = client.post(f"{address}/on-paper", data=send | {"reason": "Không ký số", "version": version})
    assert stale.status_code == 409
    assert "đã thay đổi kể từ khi mở" in stale.text
    assert "Không ký số</textarea>" in stale.text
    paper = send | {"reason": "Không ký số", "version": version + 1}
    assert client.post(f"{address}/on-paper", data=paper).status_code == 303
    assert "Tạo bản PDF để ký" not in client.get(address).text
    # A rival and the accused see no papers.
    assert {client_of(name).get(address).status_code for name in ("viettel", "vnpt")} <= {403, 404}
