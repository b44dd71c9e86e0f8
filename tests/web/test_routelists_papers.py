"""The papers of a list as files, and the open data of an issued edition."""

import csv
import io
import json
from datetime import date

import pytest
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from registry.routelists.workflow import LIST
from registry.territory.models import AdminUnit, UnitLevel
from tests.factories.routelists import YEAR, a_list, agreed, issue, move, propose, street_at


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


def test_workbooks_have_metres_as_numbers_and_say_what_is_compared(paper):
    rows = CalamineWorkbook.from_filelike(io.BytesIO(paper("danh-muc", "xlsx"))).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows[4:6]] == ["1", "2"]
    metres = [row[4] for row in rows[4:6]]
    assert all(isinstance(each, float) and each > 100 for each in metres)
    assert rows[6][0] == f"Tổng cộng: 2 tuyến, {sum(metres) / 1000:.2f} km.".replace(".", ",", 1)
    compared = CalamineWorkbook.from_filelike(io.BytesIO(paper("so-sanh", "xlsx"))).get_sheet_by_index(0).to_python()
    assert "So với: bản ban hành lần 1 theo Quyết định số 12/QĐ-SXD" in compared[2][0]
    assert {type(cell) for row in compared[4:6] for cell in row[3:5]} == {float, str}, "a dash stays a dash"


def test_the_announcement_adds_up_the_communes_in_a_table(paper):
    document = Document(io.BytesIO(paper("thong-bao", "docx")))
    rows = [[cell.text for cell in row.cells] for row in document.tables[1].rows]
    assert rows[0] == ["TT", "Xã, phường", "Số tuyến", "Chiều dài (m)"]
    assert [row[2:] for row in rows[1:-1]] == [rows[-1][2:]]
    assert rows[-1][1] == "Cộng"
    numbers = document.tables[1].rows[1].cells[3].paragraphs[0]
    assert numbers.alignment == WD_ALIGN_PARAGRAPH.RIGHT
    assert "Sở Xây dựng tỉnh Thanh Hóa thông báo" in texts(paper("thong-bao", "docx"))


def test_the_decision_of_an_issued_list_has_its_number_and_day(client_of, ctx_of):
    agreed(ctx_of, street_name="Phố Giữ")
    list_id = a_list(ctx_of)
    issue(ctx_of, list_id, date(2026, 10, 1))
    decision = texts(client_of("so.xaydung").get(f"/route-lists/{list_id}/papers/quyet-dinh.docx").data)
    assert "Số: 12/QĐ-SXD" in decision
    assert "Thanh Hóa, ngày 01 tháng 10 năm 2026" in decision
    assert "bản có giá trị là quyết định đã ký" in decision


def test_the_draft_decision_replaces_the_one_before_and_the_announcement_cites_it(paper):
    decision, announcement = texts(paper("quyet-dinh", "docx")), texts(paper("thong-bao", "docx"))
    assert "Điều 1." in decision
    assert "GIÁM ĐỐC SỞ XÂY DỰNG" in decision
    assert "thay thế Quyết định số 12/QĐ-SXD ngày 01/10/2026" in decision
    assert "gồm 2 tuyến" in decision
    assert "Quyết định số 12/QĐ-SXD ngày 01/10/2026" in announcement
    assert "2 tuyến" in announcement


def captions(content):
    return [each.text for each in Document(io.BytesIO(content)).paragraphs if each.text.startswith("Sơ đồ")]


def test_the_map_annex_is_a_pdf_and_a_docx_with_its_picture_and_table(paper):
    assert paper("so-do", "pdf").startswith(b"%PDF-")
    content = paper("so-do", "docx")
    (picture,) = Document(io.BytesIO(content)).inline_shapes
    assert picture.width > picture.height > 0
    assert "Phố Cũ" in texts(content)
    assert len(captions(content)) == 1
    assert captions(content)[0].endswith("2 tuyến, số 1–2")
    assert picture._inline.docPr.get("descr").startswith(captions(content)[0])


def test_the_map_annex_of_several_communes_has_a_map_of_all_and_one_of_each_with_the_numbers_of_the_table(
    client_of, ctx_of
):
    with ctx_of("so.khcn", read_only=True) as ctx:
        communes = ctx.session.execute(
            select(AdminUnit.name, func.ST_AsText(func.ST_PointOnSurface(AdminUnit.geom)))
            .where(AdminUnit.level == UnitLevel.COMMUNE, AdminUnit.in_force(ctx.today))
            .order_by(AdminUnit.name)
            .limit(3)
        ).all()
    for number, (_name, at) in enumerate([*communes, communes[0]]):
        lon, lat = (float(part) + 0.002 * number for part in at.removeprefix("POINT(").rstrip(")").split())
        by_operator = {"position": street_at(lon, lat, 0.0005), "username": "viettel"}
        item_id = propose(ctx_of, street_name=f"Phố {number}", **by_operator)
        move(ctx_of, "so.xaydung", move(ctx_of, "viettel", item_id, "submit"), "agree")
    content = client_of("so.xaydung").get(f"/route-lists/{a_list(ctx_of)}/papers/so-do.docx").data
    document = Document(io.BytesIO(content))
    assert len(document.inline_shapes) == 4
    names = [name for name, _at in communes]
    assert captions(content) == [
        "Sơ đồ 1. Toàn danh mục: 4 tuyến tại 3 xã, phường",
        f"Sơ đồ 2. {names[0]}: 2 tuyến, số 1–2",
        f"Sơ đồ 3. {names[1]}: tuyến số 3",
        f"Sơ đồ 4. {names[2]}: tuyến số 4",
    ]
    rows = {row.cells[0].text: row.cells[1].text for row in document.tables[1].rows}
    assert [rows[str(number)] for number in range(1, 5)] == [names[0], names[0], names[1], names[2]]


def test_papers_have_the_sign_of_the_department_in_their_number_and_the_list_is_an_annex(paper):
    assert "Số: ......../QĐ-SXD" in texts(paper("quyet-dinh", "docx"))
    assert "Số: ......../TB-SXD" in texts(paper("thong-bao", "docx"))
    assert "Số: ......../BC-SXD" in texts(paper("so-sanh", "docx"))
    annex = texts(paper("danh-muc", "docx"))
    assert "(Kèm theo Quyết định số 12/QĐ-SXD ngày 01 tháng 10 năm 2026 của Sở Xây dựng tỉnh Thanh Hóa)" in annex
    assert "Số:" not in annex


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
