"""Archives that lie, workbooks that swell, and other files of office programs."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from functools import cache

import xlsxwriter

from tests.hostile.cases import OUTSIDE, Case, zipped, zipped_entries
from tests.hostile.maps import kml
from tests.messy.xls import xls

_PLACES = kml("<Placemark><name>T1</name><Point><coordinates>105,19</coordinates></Point></Placemark>")
_SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
)
_NO_SHEETS = '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheets/></workbook>'
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"


@cache
def workbook(*rows: tuple[object, ...]) -> bytes:
    """A workbook as a program writes it."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("S")
        for number, cells in enumerate(rows or (("Mã trạm", "Tên trạm"), ("T1", "Trạm 1"))):
            sheet.write_row(number, 0, cells)
    return out.getvalue()


def _book(sheet: str | None, **others: bytes | str | None) -> bytes:
    """A good workbook, its sheet (None: left out) and other parts replaced."""
    with zipfile.ZipFile(io.BytesIO(workbook())) as good:
        parts: dict[str, bytes | str | None] = {name: good.read(name) for name in good.namelist()}
    parts["xl/worksheets/sheet1.xml"] = sheet
    parts |= {f"xl/{name}.xml": content for name, content in others.items()}
    return zipped({name: content for name, content in parts.items() if content is not None})


def _with(content: bytes, name: str, added: bytes | str) -> bytes:
    """A good archive with one more entry."""
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, added)
    return out.getvalue()


def _named(name: str) -> bytes:
    return zipped_entries((zipfile.ZipInfo("doc.kml"), _PLACES), (_info(name), b"x"))


def _info(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("x")
    entry.filename = name
    return entry


def _link() -> bytes:
    entry = zipfile.ZipInfo("link.kml")
    entry.create_system = 3
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return zipped_entries((zipfile.ZipInfo("doc.kml"), _PLACES), (entry, b"/etc/passwd"))


def _encrypted() -> bytes:
    content = bytearray(zipped({"doc.kml": _PLACES}))
    content[6] |= 1
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    return bytes(content)


def _strange_method() -> bytes:
    return zipped({"doc.kml": _PLACES}, method=zipfile.ZIP_LZMA)


def _blanks(count: int) -> bytes:
    return zipped({"doc.kml": b"<kml>" + b" " * count})


def _size_that_lies(count: int) -> bytes:
    """The list says that the entry has ten bytes; many more come out."""
    content = bytearray(_blanks(count))
    at = content.index(b"PK\x01\x02")
    content[22:26] = content[at + 24 : at + 28] = struct.pack("<I", 10)
    return bytes(content)


def _damaged() -> bytes:
    content = bytearray(zipped({"doc.kml": _PLACES}))
    content[60:64] = b"\xff\xff\xff\xff"
    return bytes(content)


def _overlapping() -> bytes:
    """Two hundred names for one content."""
    content = zipped({"doc.kml": _PLACES, "a.kml": b"<kml>" + b" " * 900_000})
    at = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    second = content.index(b"PK\x01\x02", at + 4)
    record = content[second:end]
    records = [content[at:second]]
    records += [record.replace(b"a.kml", f"{chr(97 + n // 26)}{chr(97 + n % 26)}.km".encode()) for n in range(200)]
    listing = b"".join(records)
    return content[:at] + listing + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 201, 201, len(listing), at, 0)


def _many(count: int) -> bytes:
    return zipped({"doc.kml": _PLACES} | {f"{n}.txt": b"" for n in range(1, count)})


def _twice() -> bytes:
    return zipped_entries((_info("doc.kml"), _PLACES), (_info("DOC.kml"), _PLACES))


def _nested() -> bytes:
    inner = zipped({"x": b"\x00" * 10_000_000})
    for _level in range(5):
        inner = zipped({f"{n}.zip": inner for n in range(10)})
    return inner


def _strings_bomb(count: int) -> bytes:
    strings = "<sst>" + "".join(f"<si><t>{n:032d}</t></si>" for n in range(count)) + "</sst>"
    return _book(_SHEET % '<row r="1"><c r="A1" t="s"><v>0</v></c></row>', sharedStrings=strings)


def _many_cells() -> bytes:
    row = "".join(f"<c><v>{n}</v></c>" for n in range(300))
    return _book(_SHEET % (f"<row>{row}</row>" * 60_000))


def _far_corner(reference: str) -> bytes:
    return _book(_SHEET % f'<row r="1"><c r="A1"><v>1</v></c></row><row><c r="{reference}"><v>1</v></c></row>')


_MANIFEST = (
    '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    '<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
    "</manifest:manifest>"
)


def _ods(content: str) -> bytes:
    body = (
        '<?xml version="1.0"?><office:document-content'
        ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="S">{content}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    return zipped({"mimetype": _ODS, "content.xml": body, "META-INF/manifest.xml": _MANIFEST})


_ODS_CELL = '<table:table-cell office:value-type="string"%s><text:p>x</text:p></table:table-cell>'
_ODS_WIDE = (
    '<table:table-row table:number-rows-repeated="1048576">'
    + _ODS_CELL % ' table:number-columns-repeated="16384"'
    + "</table:table-row>"
)


def _compound(*streams: str) -> bytes:
    """The head of an OLE2 file with names of streams in its directory."""
    names = b"".join(name.encode("utf-16-le").ljust(128, b"\x00") for name in ("Root Entry", *streams))
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504 + names.ljust(4_096, b"\x00")


def _old_far(row: int, column: int) -> bytes:
    """An old workbook whose last cell says that it stands far away."""
    content = xls({"S": [["Mã trạm", "Tên trạm"], ["T1", 7.0]]})
    return content.replace(struct.pack("<HHH", 1, 1, 0), struct.pack("<HHH", row, column, 0))


REFUSED = {
    "archive of 1,001 entries": Case(lambda: _many(1_001), "1.001"),
    "archive of 60,000 entries": Case(lambda: _many(60_000), "60000", is_long=True),
    "archive with a name that climbs": Case(lambda: _named(f"../../../../tmp/{OUTSIDE}"), "không hợp lệ"),
    "archive with a name from the root": Case(lambda: _named(f"/tmp/{OUTSIDE}"), "không hợp lệ"),  # noqa: S108
    "archive with a name of Windows": Case(lambda: _named(f"..\\..\\{OUTSIDE}"), "không hợp lệ"),
    "archive with a drive in a name": Case(lambda: _named("C:evil"), "không hợp lệ"),
    "archive with a control character in a name": Case(lambda: _named("a\nb.txt"), "không hợp lệ"),
    "archive with a very long name": Case(lambda: _named("x" * 60_000), "không hợp lệ"),
    "archive with a link": Case(_link, "liên kết"),
    "archive with a name twice": Case(_twice, "cùng tên"),
    "archive with a password": Case(_encrypted, "mật khẩu"),
    "archive packed in a strange way": Case(_strange_method, "không được hỗ trợ"),
    "archive whose sizes lie": Case(lambda: _size_that_lies(9_000_000), "ZIP bị hỏng"),
    "archive whose sizes lie by 99 MB": Case(lambda: _size_that_lies(99_000_000), "ZIP bị hỏng", is_long=True),
    "archive of 9 MB of blanks": Case(lambda: _blanks(9_000_000), "quá lớn"),
    "archive of 99 MB of blanks": Case(lambda: _blanks(99_000_000), "quá lớn", is_long=True),
    "archive of overlapping entries": Case(_overlapping, "ZIP bị hỏng"),
    "archive of archives": Case(_nested, "không chứa"),
    "archive cut off": Case(lambda: zipped({"doc.kml": _PLACES})[:-30], "cắt cụt"),
    "archive with damaged content": Case(_damaged, "ZIP bị hỏng"),
    "archive without entries": Case(lambda: zipped({}), "không có tệp con"),
    "archive of a text without columns": Case(lambda: zipped({"x.txt": b"a;b\r\n1;2\r\n"}), "không chứa"),
    "archive of a VRT": Case(lambda: zipped({"x.vrt": b"<OGRVRTDataSource/>"}), "không chứa"),
    "archive that is workbook and map (polyglot)": Case(lambda: _with(workbook(), "doc.kml", _PLACES), "nhiều dạng"),
    "document of Word": Case(lambda: zipped({"word/document.xml": b"<x/>"}), "DOCX"),
    "presentation": Case(lambda: zipped({"ppt/presentation.xml": b"<x/>"}), "PPTX"),
    "binary workbook": Case(lambda: zipped({"xl/workbook.bin": b"x"}), "XLSB"),
    "program of Java": Case(lambda: zipped({"META-INF/MANIFEST.MF": b"x"}), "JAR"),
    "text document of OpenOffice": Case(
        lambda: zipped({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<x/>"}), "OpenDocument"
    ),
    "workbook with entities": Case(
        lambda: _book('<!DOCTYPE x [<!ENTITY a "x">]>' + _SHEET % "<row><c><v>&a;</v></c></row>"), "DOCTYPE"
    ),
    "workbook with a far row": Case(lambda: _far_corner("XFD1048576"), "trải rộng"),
    "workbook with far cells of two rows": Case(lambda: _far_corner("AZZ1048570"), "trải rộng"),
    "workbook of 9 MB of blanks": Case(lambda: _book(" " * 9_000_000), "quá lớn"),
    "workbook of 99 MB of blanks": Case(lambda: _book(" " * 99_000_000), "quá lớn", is_long=True),
    "workbook of 100,000 unused texts": Case(lambda: _strings_bomb(100_000), "không có dòng dữ liệu"),
    "workbook of 1,000,000 unused texts": Case(lambda: _strings_bomb(1_000_000), "không có dòng dữ liệu", is_long=True),
    "workbook of 18,000,000 cells without places": Case(_many_cells, "bộ nhớ", is_long=True),
    "workbook without sheets": Case(lambda: _book(None, workbook=_NO_SHEETS), "không có trang tính"),
    "workbook whose sheet is missing": Case(lambda: _book(None), "bị hỏng"),
    "workbook cut off": Case(lambda: workbook()[:-200], "cắt cụt"),
    "workbook with a sheet that is no XML": Case(lambda: _book("\x00\x01<<<<"), "bị hỏng"),
    "workbook with only a header": Case(lambda: workbook(("Mã trạm", "Tên trạm")), "không"),
    "workbook with a password": Case(lambda: _compound("EncryptedPackage", "EncryptionInfo"), "mật khẩu"),
    "sheet of OpenOffice repeated without end": Case(lambda: _ods(_ODS_WIDE), "ODS bị hỏng"),
    "sheet of OpenOffice repeated to 18,000,000 cells": Case(
        lambda: _ods(
            '<table:table-row table:number-rows-repeated="60000">'
            + _ODS_CELL % ' table:number-columns-repeated="300"'
            + "</table:table-row>"
        ),
        "bộ nhớ",
    ),
    "sheet of OpenOffice with entities": Case(
        lambda: zipped({"mimetype": _ODS, "content.xml": '<!DOCTYPE x [<!ENTITY a "x">]><x>&a;</x>'}), "DOCTYPE"
    ),
    "sheet of OpenOffice that is no XML": Case(lambda: zipped({"mimetype": _ODS, "content.xml": "x"}), "ODS bị hỏng"),
    "old document of Word": Case(lambda: _compound("WordDocument"), "DOC"),
    "old presentation": Case(lambda: _compound("PowerPoint Document"), "PPT"),
    "message of Outlook": Case(lambda: _compound("__properties_version1.0"), "MSG"),
    "old compound file of no kind": Case(_compound, "OLE2"),
    "old workbook with far cells": Case(lambda: _old_far(65_535, 255), "bộ nhớ"),
    "old workbook with cells beyond all columns": Case(lambda: _old_far(65_535, 65_535), "bộ nhớ"),
    "old workbook cut off": Case(lambda: _compound("Workbook")[:1_000], "XLS bị hỏng"),
    "old workbook of zeros": Case(lambda: _compound("Workbook") + b"\x00" * 100_000, "XLS bị hỏng"),
}


def _formula() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("S")
        sheet.write_row(0, 0, ["Mã trạm", "Tên trạm"])
        sheet.write_formula(1, 0, '=HYPERLINK("http://127.0.0.1:PORT/x","T1")', None, "T1")
        sheet.write_formula(1, 1, '=WEBSERVICE("http://127.0.0.1:PORT/x")', None, "kept")
    return out.getvalue()


_EXTERNAL = (
    '<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>'
)

HARMLESS = {
    "archive of texts": Case(lambda: zipped({"x.csv": b"a;b\r\n1;2\r\n"}), "1"),
    "workbook with formulas": Case(_formula, "T1"),
    "workbook with links to others": Case(
        lambda: _with(workbook(), "xl/externalLinks/externalLink1.xml", _EXTERNAL), "T1"
    ),
    "workbook with macros": Case(lambda: _with(workbook(), "xl/vbaProject.bin", b"\xd0\xcf\x11\xe0macro"), "T1"),
    "workbook with words of a formula": Case(lambda: workbook(("a", "b"), ("=1+1", "x")), "=1+1"),
    "workbook with words after its end": Case(lambda: workbook() + b"\n", "T1"),
}
