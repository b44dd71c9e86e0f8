"""The papers of a list as files, and the open data of an issued edition."""

import csv
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


def test_the_map_annex_is_a_pdf_and_a_docx_with_its_picture_and_table(paper):
    assert paper("so-do", "pdf").startswith(b"%PDF-")
    content = paper("so-do", "docx")
    (picture,) = Document(io.BytesIO(content)).inline_shapes
    assert picture.width > picture.height > 0
    assert "Phố Cũ" in texts(content)


def test_the_grounds_of_the_decision_are_those_of_the_dated_setting_with_its_mark(paper):
    decision = texts(paper("quyet-dinh", "docx"))
    assert "Căn cứ Kế hoạch số 225/KH-UBND ngày 15/9/2023 của Ủy ban nhân dân tỉnh;" in decision
    assert "Căn cứ Luật Viễn thông số 24/2023/QH15;" in decision
    assert "căn cứ cần kiểm chứng" in decision


def test_a_paper_that_there_is_not_is_not_found(client_of, amended):
    client = client_of("so.xaydung")
    for name in ("so-do.xlsx", "quyet-dinh.xlsx", "danh-muc.odt", "khong-co.docx"):
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
    table = list(
        csv.DictReader(io.StringIO(public.get(f"/route-lists/issued/{YEAR}.csv").text.lstrip("\ufeff")), delimiter=";")
    )
    assert [row["street_name"] for row in table] == ["Phố Cũ", "Phố Giữ"]
    assert "data-outline" in public.get(f"/route-lists/issued/{YEAR}").text


def test_everyone_reads_the_progress_of_each_street_and_nothing_of_operators(public, ctx_of):
    streets = [agreed(ctx_of, street_name=f"Phố {number}") for number in range(4)]
    issue(ctx_of, a_list(ctx_of), date(2026, 9, 1))
    started = {"started_on": date(2026, 10, 1), "due_on": date(2026, 11, 1), "photos": ["truoc.jpg"]}
    for item_id in streets[:2]:
        move(ctx_of, "so.xaydung", item_id, "start_work", **started)
    done = {"ended_on": date(2026, 11, 20), "removed_m": 28123, "laid_m": 300, "photos": ["sau.jpg"]}
    move(ctx_of, "so.xaydung", streets[0], "finish_work", **done)
    features = json.loads(public.get(f"/route-lists/issued/{YEAR}.geojson").data)["features"]
    stated = {each["properties"]["street_name"]: each["properties"] for each in features}
    assert [stated[f"Phố {number}"]["progress"] for number in range(4)] == ["done", "started", "waiting", "waiting"]
    assert [stated[f"Phố {number}"]["is_overdue"] for number in range(3)] == [False, True, False]
    assert stated["Phố 0"]["ended_on"] == "2026-11-20"
    page = public.get(f"/route-lists/issued/{YEAR}").text
    for text in ("Đã hoàn thành", "Chưa khởi công", "quá hạn", "20/11/2026"):
        assert text in page, text
    assert "28.123" not in page
    assert "28123" not in public.get(f"/route-lists/issued/{YEAR}.geojson").text
