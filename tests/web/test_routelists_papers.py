"""The papers of a list as files, and the open data of an issued edition."""

import io
import json
from datetime import date

import pytest
from docx import Document
from python_calamine import CalamineWorkbook

from registry.routelists.workflow import LIST
from tests.factories.routelists import YEAR, a_list, agreed, issue, move


@pytest.fixture
def amended(ctx_of):
    """The id of a list whose second edition is prepared: one street removed, one added."""
    agreed(ctx_of, street_name="Phố Giữ")
    removed, list_id = agreed(ctx_of, street_name="Phố Cũ"), a_list(ctx_of)
    issue(ctx_of, list_id, date(2026, 10, 1))
    move(ctx_of, "so.xaydung", list_id, "reopen", workflow=LIST, reason="Bớt tuyến")
    move(ctx_of, "so.xaydung", removed, "review_again", reason="Đã làm rồi")
    move(ctx_of, "so.xaydung", removed, "reject", reason="Đã làm rồi")
    agreed(ctx_of, street_name="Phố Mới")
    return list_id


@pytest.fixture
def paper(client_of, amended):
    """A function: name, extension, further arguments, account -> the bytes of a paper."""

    def read(name, extension, more="", username="so.xaydung"):
        answer = client_of(username).get(f"/route-lists/{amended}/papers/{name}.{extension}{more}")
        assert answer.status_code == 200, answer.text
        return answer.data

    return read


def texts(content):
    """All texts of a DOCX file."""
    document = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_the_list_is_a_docx_of_the_edition_in_force_and_of_the_draft(paper):
    issued, draft = texts(paper("danh-muc", "docx")), texts(paper("danh-muc", "docx", "?edition=draft"))
    assert "Phố Cũ" in issued
    assert "Kèm theo Quyết định số 12/QĐ-SXD" in issued
    assert "Phố Cũ" not in draft
    assert "Phố Mới" in draft
    assert "Dự thảo" in draft
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in draft


def test_the_differences_name_each_street_that_the_edition_adds_or_removes(paper):
    book = CalamineWorkbook.from_filelike(io.BytesIO(paper("so-sanh", "xlsx")))
    rows = book.get_sheet_by_index(0).to_python()[4:]
    changes = {row[2].partition(" (")[0]: row[5] for row in rows}
    assert changes == {"Phố Cũ": "Đưa ra", "Phố Mới": "Thêm mới"}


def test_the_draft_decision_replaces_the_one_before_and_the_announcement_cites_it(paper):
    decision, announcement = texts(paper("quyet-dinh", "docx")), texts(paper("thong-bao", "docx"))
    assert "Điều 1." in decision
    assert "thay thế Quyết định số 12/QĐ-SXD ngày 01/10/2026" in decision
    assert "gồm 2 tuyến" in decision
    assert "Quyết định số 12/QĐ-SXD ngày 01/10/2026" in announcement
    assert "2 tuyến" in announcement


def test_the_map_annex_is_a_pdf(paper):
    assert paper("so-do", "pdf").startswith(b"%PDF-")


def test_a_paper_that_there_is_not_is_not_found(client_of, amended):
    client = client_of("so.xaydung")
    for name in ("so-do.docx", "quyet-dinh.xlsx", "danh-muc.odt", "khong-co.docx"):
        assert client.get(f"/route-lists/{amended}/papers/{name}").status_code == 404, name


def test_an_issued_edition_is_open_data_for_everyone(public, amended):
    assert amended
    answer = public.get(f"/route-lists/issued/{YEAR}.geojson")
    data = json.loads(answer.data)
    assert answer.mimetype == "application/geo+json"
    assert data["decision_number"] == "12/QĐ-SXD"
    assert len(data["sha256"]) == 64
    assert {each["properties"]["street_name"] for each in data["features"]} == {"Phố Giữ", "Phố Cũ"}
    assert all(each["geometry"]["type"] == "LineString" for each in data["features"])
    assert "reason" not in data["features"][0]["properties"]
    assert public.get(f"/route-lists/issued/{YEAR}.geojson?edition=2").status_code == 404
    assert "data-outline" in public.get(f"/route-lists/issued/{YEAR}").text
