"""Makers of messy files: the same small list of towers in every encoding, separator and format."""

import csv
import io
import unicodedata
import zipfile
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

import xlsxwriter

from registry.imports.reading.encodings.legacy import TCVN3, VISCII, VNI
from registry.imports.reading.protocol import ReadOptions

HEADER = ("Mã trạm", "Tên trạm", "Loại cột", "Chiều cao cột (m)", "Xã/phường", "X (m)", "Y (m)")
ROWS = (
    ("T1", "Trạm Ngọc Liên", "A2b", "42", "Xã Ngọc Liên", "2.222.689,10", "548.975,07"),
    ("T2", "Trạm Hoằng Tiến", "A2b", "36", "Xã Hoằng Tiến", "2.199.531,43", "596.578,15"),
    ("T3", "Trạm Quảng Xương", "A1a", "15", "Xã Quảng Chính", "2.180.001,00", "580.002,50"),
)
TITLE = "DANH SÁCH TRẠM (VN-2000, KTT 105°00', múi 3°)"
#: Texts that the makers of workbooks write as errors of formulas.
ERRORS = ("#N/A", "#REF!")
KNOWN_KIND = "antenna_tower"
_TONES = "\u0300\u0301\u0303\u0309\u0323"


@dataclass(frozen=True)
class Case:
    """A file by a sentence, and what must come out; what is not given is not looked at."""

    sentence: str
    content: bytes
    file_format: str = "csv"
    header: tuple[str, ...] = HEADER
    header_row: int | None = None
    rows: int = len(ROWS)
    #: Cells of the first row by heading.
    first: dict[str, str] = field(default_factory=dict)
    encoding: str | None = None
    offered: str | None = None
    sure: bool = True
    separator: str | None = None
    system: str | None = ""
    kind: str = KNOWN_KIND
    options: ReadOptions = field(default_factory=ReadOptions)
    table: str | None = None
    tables: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    units: dict[str, str] = field(default_factory=dict)
    geometry: str | None = None
    geometry_type: str | None = None
    role: str = ""
    swap: bool = False
    title: str | None = None


def text(rows=(HEADER, *ROWS), *, separator=";", newline="\r\n"):
    """The rows as CSV text."""
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator=newline).writerows(rows)
    return out.getvalue()


def as_1258(words):
    """Windows-1258: the base letter, then its tone."""
    out = b""
    for character in unicodedata.normalize("NFC", words):
        try:
            out += character.encode("cp1258")
        except UnicodeEncodeError:
            apart = unicodedata.normalize("NFD", character)
            tone = next(mark for mark in apart if mark in _TONES)
            base = unicodedata.normalize("NFC", apart.replace(tone, ""))
            out += base.encode("cp1258") + tone.encode("cp1258")
    return out


def in_font(words, table):
    """The characters that an old font shows as these words; where it has no capital with a tone, the small one."""
    turned = {letter: sequence for sequence, letter in reversed(table.letters.items())}
    return "".join(turned.get(character, turned.get(character.lower(), character)) for character in words)


def as_tcvn3(words):
    """TCVN3, as the fonts named .VnTime show it."""
    return in_font(words, TCVN3).encode("latin-1")


def as_vni(words):
    """VNI for Windows."""
    return in_font(words, VNI).encode("latin-1")


def as_viscii(words):
    """VISCII."""
    return in_font(words.replace("°", " "), VISCII).encode("latin-1")


def twice(words):
    """UTF-8 that was taken for Windows-1252 and written as UTF-8 again."""
    spelled = "".join(
        bytes([byte]).decode("cp1252") if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else chr(byte)
        for byte in words.encode()
    )
    return spelled.encode()


def xlsx(rows=(HEADER, *ROWS), *, name="Trạm", more=None, hidden=(), merged=(), at=(0, 0)):
    """A workbook: one sheet, or several by `more`; `merged` are (first row, first column, last row, last column)."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for title, cells in {name: rows, **(more or {})}.items():
            sheet = book.add_worksheet(title)
            for down, row in enumerate(cells, at[0]):
                for right, value in enumerate(row, at[1]):
                    _write(sheet, down, right, value, day)
            if title == name:
                for box in merged:
                    sheet.merge_range(*box, cells[box[0] - at[0]][box[1] - at[1]])
            if title in hidden:
                sheet.hide()
    return out.getvalue()


def _write(sheet, down, right, value, day):
    if value in ERRORS:
        sheet.write_formula(down, right, "=1", None, value)
    elif isinstance(value, str):
        sheet.write_string(down, right, value) if value else None
    elif hasattr(value, "year"):
        sheet.write_datetime(down, right, value, day)
    elif value is not None:
        sheet.write_number(down, right, value)


def ods(sheets):
    """An OpenDocument workbook of texts and numbers."""
    tables = "".join(
        f'<table:table table:name="{escape(name)}">{"".join(map(_ods_row, rows))}</table:table>'
        for name, rows in sheets.items()
    )
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    spaces += ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{spaces} office:version="1.2">'
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("mimetype", kind)
        packed.writestr("META-INF/manifest.xml", manifest)
        packed.writestr("content.xml", content)
    return out.getvalue()


_ODS_ERROR = (
    '<table:table-cell table:formula="of:=NA()" office:value-type="string" office:string-value="" '
    'calcext:value-type="error"><text:p>{}</text:p></table:table-cell>'
)


def _ods_row(row):
    cells = "".join(
        _ODS_ERROR.format(value)
        if value in ERRORS
        else f'<table:table-cell office:value-type="float" office:value="{value}"/>'
        if isinstance(value, (int, float))
        else f'<table:table-cell office:value-type="string"><text:p>{escape(value)}</text:p></table:table-cell>'
        if value
        else "<table:table-cell/>"
        for value in row
    )
    return f"<table:table-row>{cells}</table:table-row>"
