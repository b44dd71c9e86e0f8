"""Values of indicators from a file: all rows or none, and a sentence for each that is wrong."""

import csv
import html
import io

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from registry.files.models import AttachmentLink
from registry.indicators.models import IndicatorValue
from tests.permissions.cases import token_in
from tests.support import shared
from tests.support.clock import NOW

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
HEADS = (
    *("Mã chỉ tiêu", "Đơn vị tính", "Kỳ từ ngày", "Đến hết ngày", "Tử số"),
    *("Mẫu số", "Giá trị", "Nguồn số liệu", "Ghi chú"),
)
PAPER = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
GOOD = [
    ["kpi_hh_fibre", "%", "01/01/2026", "30/06/2026", "720.000", "960.000", "", "Báo cáo 45", ""],
    ["kpi_mbb_per100", "trên 100 dân", "01/01/2026", "30/06/2026", "", "", "71,5", "Báo cáo 45", "=1+1"],
]


def table(rows, heads=HEADS):
    """A CSV file of these rows."""
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([heads, *rows])
    return text.getvalue().encode("utf-8-sig")


def send(client, content, *, name="so-lieu.csv", paper=PAPER):
    page = client.get("/indicators/import")
    data = {"csrf_token": token_in(page), "file": (io.BytesIO(content), name)}
    if paper:
        data["evidence"] = (io.BytesIO(paper), "bao-cao.pdf")
    return client.post("/indicators/import", data=data)


def count(ctx_of):
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        return ctx.session.scalar(select(func.count()).select_from(IndicatorValue))


def test_all_rows_are_entered_with_their_document(client_of, ctx_of):
    client = client_of("so.khcn")
    assert send(client, table(GOOD)).status_code == 303
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        values = {str(value.value) for value in ctx.session.scalars(select(IndicatorValue))}
        links = ctx.session.scalar(
            select(func.count()).select_from(AttachmentLink).where(AttachmentLink.subject_kind == "indicator_value")
        )
    assert values == {"75.00", "71.50"}
    assert links == 2
    page = client.get("/indicators/kpi_hh_fibre").text
    assert "75" in page
    assert "Báo cáo 45" in page


def changed(**cells):
    """The first good row with other cells."""
    names = ("code", "unit", "first", "last", "numerator", "denominator", "value", "source", "note")
    row = dict(zip(names, GOOD[0], strict=True)) | cells
    return list(row.values())


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (changed(code="kpi_khac"), "Dòng 3, Mã chỉ tiêu “kpi_khac”: Không có chỉ tiêu “kpi_khac”"),
        (changed(code="kpi_bts_shared_position"), "tính từ cơ sở dữ liệu; không nhập số liệu"),
        (changed(unit="hộ"), "Dòng 3, Đơn vị tính “hộ”: Đơn vị tính của chỉ tiêu này là “%”"),
        (changed(denominator="0"), "Mẫu số là 0 nên không có tỷ lệ"),
        (changed(denominator=""), "Chỉ có tử số hoặc mẫu số"),
        (changed(numerator="nhiều"), "Dòng 3, Tử số “nhiều”"),
        (changed(numerator="970.000"), "không vượt 100%"),
        (changed(last="31/12/2099"), "“Đến hết ngày” là 31/12/2099; cần từ"),
        (changed(first="31/02/2026"), "Dòng 3, Kỳ từ ngày “31/02/2026”"),
        (changed(source=""), "Dòng 3, Nguồn số liệu “”: Chưa nhập"),
        (GOOD[0], "đã có giá trị 75"),
    ],
)
def test_one_wrong_row_keeps_all_out_and_is_named(client_of, ctx_of, row, sentence):
    answer = send(client_of("so.khcn"), table([GOOD[0], row]))
    assert answer.status_code == 422
    assert sentence in html.unescape(answer.text)
    assert count(ctx_of) == 0


def test_a_missing_document_is_named(client_of, ctx_of):
    answer = send(client_of("so.khcn"), table(GOOD), paper=None)
    assert answer.status_code == 422
    assert "số liệu của chỉ tiêu này cần văn bản nguồn kèm theo" in html.unescape(answer.text)
    assert count(ctx_of) == 0


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "trong.xlsx"),
        (b"PK\x03\x04" + b"\x00" * 400, "hong.xlsx"),
        (table([], heads=("a", "b")), "khac.csv"),
        (table([]), "khong-dong.csv"),
        (table([GOOD[0]] * 501), "nhieu.csv"),
        (b"%PDF-1.4 not a table", "bao-cao.pdf"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_in_one_sentence(client_of, ctx_of, content, name):
    answer = send(client_of("so.khcn"), content, name=name)
    assert answer.status_code == 422
    assert 'href="#file"' in answer.text
    assert "Traceback" not in answer.text
    assert count(ctx_of) == 0


def test_the_template_names_what_people_enter_and_is_read_again(client_of):
    client = client_of("so.khcn")
    book = client.get("/indicators/import/template.xlsx").data
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    codes = [row[0] for row in rows[1:]]
    assert "kpi_hh_fibre" in codes
    assert "kpi_bts_shared_position" not in codes
    answer = send(client, book, name="so-lieu-chi-tieu.xlsx")
    assert answer.status_code == 422
    assert "Kỳ từ ngày “”: Chưa nhập" in html.unescape(answer.text)
