"""Error values of cells (#N/A, #REF!), which calamine leaves empty: read from the file itself."""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, ParseError, iterparse

_CHUNK: Final = 1024 * 1024
#: Chunks overlap by more than the length of a cell element with its value.
_OVERLAP: Final = 2_048
_ERROR: Final = re.compile(
    rb"<(?:\w+:)?c\b([^>]{0,200})>(?:(?!</?(?:\w+:)?c\b).){0,1500}?<(?:\w+:)?v>([^<]{1,20})</", re.DOTALL
)
_REFERENCE: Final = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_SHEET: Final = re.compile(rb"<(?:\w+:)?sheet\b[^>]*>")
_NAME: Final = re.compile(rb'\bname="([^"]*)"')
_ID: Final = re.compile(rb'\b\w+:id="([^"]*)"')
_RELATION: Final = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
_RELATION_ID: Final = re.compile(rb'\bId="([^"]*)"')
_TARGET: Final = re.compile(rb'\bTarget="([^"]*)"')
_XLSX_MARK: Final = b't="e"'
#: Limit of memory.
MOST_ERRORS: Final = 100_000

Errors = dict[int, dict[int, str]]


def find_errors_xlsx(path: Path, sheet_index: int) -> Errors:
    """Row (from 1) -> column (from 0) -> error text, for the sheet at an index (from 0)."""
    try:
        with zipfile.ZipFile(path) as archive:
            part = _part(archive, sheet_index)
            return _scan_xlsx(archive, part) if part is not None else {}
    except (zipfile.BadZipFile, KeyError, OSError, RuntimeError, NotImplementedError, EOFError):
        return {}  # what is wrong with the archive, the reader of values says


def _part(archive: zipfile.ZipFile, sheet_index: int) -> str | None:
    """Path of a sheet in the archive, by the workbook's list and relations."""
    sheets = _SHEET.findall(archive.read("xl/workbook.xml"))
    relations = {}
    for element in _RELATION.findall(archive.read("xl/_rels/workbook.xml.rels")):
        name, target = _RELATION_ID.search(element), _TARGET.search(element)
        if name and target:
            relations[name[1]] = target[1].decode("utf-8", "replace")
    identity = _ID.search(sheets[sheet_index]) if sheet_index < len(sheets) else None
    target_name = relations.get(identity[1]) if identity else None
    if target_name is None:
        return None
    return target_name.lstrip("/") if target_name.startswith("/") else f"xl/{target_name}"


def _scan_xlsx(archive: zipfile.ZipFile, part: str) -> Errors:
    errors: Errors = {}
    count = 0
    for piece in _pieces(archive, part):
        if _XLSX_MARK not in piece:
            continue
        for attributes, value in _ERROR.findall(piece):
            reference = _REFERENCE.search(attributes) if _XLSX_MARK in attributes else None
            if reference is None or count >= MOST_ERRORS:
                continue
            count += 1
            errors.setdefault(int(reference[2]), {})[_column(reference[1])] = value.decode("utf-8", "replace")
    return errors


def _pieces(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    tail = b""
    with archive.open(part) as packed:
        while piece := packed.read(_CHUNK):
            yield tail + piece
            tail = (tail + piece)[-_OVERLAP:]


def _column(letters: bytes) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + letter - 64
    return column - 1


# --- XLS ----------------------------------------------------------------------------------------------------------
_WORDS: Final = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
_HEADER: Final = 512
_IN_HEADER: Final = 109
_LAST_SECTOR: Final = 0xFFFFFFF9
_ENTRY: Final = 128
_NAMES: Final = ("Workbook", "Book")
_SMALLEST_STREAM: Final = 4096
_FORMULA, _SHEET_RECORD, _ERROR_RECORD, _END = 0x0006, 0x0085, 0x0205, 0x000A
_ERROR_LENGTH: Final = 8
_FORMULA_LENGTH: Final = 14
_IS_ERROR: Final = 2


def find_errors_xls(path: Path, sheet_index: int) -> Errors:
    """As `find_errors_xlsx`, from the OLE2 container and BIFF8 records; none in files of another structure."""
    try:
        stream = _stream(path.read_bytes())
        starts = [struct.unpack_from("<I", body)[0] for code, body in _records(stream, 0) if code == _SHEET_RECORD]
        return _errors(stream, starts[sheet_index]) if sheet_index < len(starts) else {}
    except (struct.error, IndexError, OSError):
        return {}  # what is wrong with the file, the reader of values says


def _stream(content: bytes) -> bytes:
    """Records of the workbook, from the sectors of the container."""
    size = 1 << struct.unpack_from("<H", content, 30)[0]
    directory, more, count = (struct.unpack_from("<I", content, at)[0] for at in (48, 68, 72))
    tables = [*struct.unpack_from(f"<{_IN_HEADER}I", content, 76)]
    for _time in range(min(count, len(content) // size)):
        sector = struct.unpack_from(f"<{size // 4}I", content, _HEADER + more * size)
        tables += sector[:-1]
        more = sector[-1]
    chain: list[int] = []
    for table in tables:
        if table < _LAST_SECTOR:
            chain += struct.unpack_from(f"<{size // 4}I", content, _HEADER + table * size)
    entries = _follow(content, chain, directory, size)
    for at in range(0, len(entries) - _ENTRY + 1, _ENTRY):
        entry = entries[at : at + _ENTRY]
        length = struct.unpack_from("<H", entry, 64)[0]
        name = entry[: max(0, length - 2)].decode("utf-16-le", "replace")
        start, total = struct.unpack_from("<II", entry, 116)
        if name in _NAMES and total >= _SMALLEST_STREAM:
            return _follow(content, chain, start, size)[:total]
    return b""


def _follow(content: bytes, chain: list[int], sector: int, size: int) -> bytes:
    sectors = []
    for _time in range(len(content) // size + 1):
        if sector >= _LAST_SECTOR:
            break
        sectors.append(content[_HEADER + sector * size : _HEADER + (sector + 1) * size])
        sector = chain[sector]
    return b"".join(sectors)


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(stream):
        code, length = struct.unpack_from("<HH", stream, at)
        yield code, stream[at + 4 : at + 4 + length]
        if code == _END:
            return
        at += 4 + length


def _errors(stream: bytes, start: int) -> Errors:
    errors: Errors = {}
    count = 0
    for code, body in _records(stream, start):
        word = None
        if code == _ERROR_RECORD and len(body) >= _ERROR_LENGTH and body[7] == 1:
            word = _WORDS.get(body[6])
        elif code == _FORMULA and len(body) >= _FORMULA_LENGTH and body[12:14] == b"\xff\xff" and body[6] == _IS_ERROR:
            word = _WORDS.get(body[8])
        if word is not None and count < MOST_ERRORS:
            row, column = struct.unpack_from("<HH", body)
            errors.setdefault(row + 1, {})[column] = word
            count += 1
    return errors


# --- ODS ----------------------------------------------------------------------------------------------------------
_CONTENT: Final = "content.xml"
_ODS_MARK: Final = b'value-type="error"'
_TABLE: Final = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TYPE: Final = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"
_CELLS: Final = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")


def find_errors_ods(path: Path, sheet_index: int) -> Errors:
    """As `find_errors_xlsx`, from the text of cells with an error type."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _scan_ods(archive, sheet_index) if _has_errors(archive) else {}
    except (zipfile.BadZipFile, KeyError, OSError, RuntimeError, NotImplementedError, EOFError, ParseError, ValueError):
        return {}  # what is wrong with the file, the reader of values says


def _has_errors(archive: zipfile.ZipFile) -> bool:
    """Quick test, so that files without errors are not parsed twice."""
    tail = b""
    with archive.open(_CONTENT) as packed:
        while piece := packed.read(_CHUNK):
            if _ODS_MARK in tail + piece:
                return True
            tail = piece[-len(_ODS_MARK) :]
    return False


def _scan_ods(archive: zipfile.ZipFile, sheet_index: int) -> Errors:
    """Count rows and cells including repetitions; `check_workbook` has refused entities before."""
    errors: Errors = {}
    table, row, count = -1, 0, 0
    with archive.open(_CONTENT) as packed:
        for event, element in iterparse(packed, ("start", "end")):  # noqa: S314 - DOCTYPE was refused by workbook_rules
            if event == "start":
                if element.tag == f"{_TABLE}table":
                    table, row = table + 1, 0
            elif element.tag == f"{_TABLE}table-row":
                if table == sheet_index and count < MOST_ERRORS:
                    words = _words(element)
                    count += len(words)
                    if words:
                        errors[row + 1] = words
                row += int(element.get(f"{_TABLE}number-rows-repeated", "1"))
                element.clear()
            elif element.tag == f"{_TABLE}table" and table == sheet_index:
                break
    return errors


def _words(row: Element) -> dict[int, str]:
    words, column = {}, 0
    for cell in row:
        if cell.tag in _CELLS:
            if cell.get(_TYPE) == "error":
                words[column] = "".join(cell.itertext()).strip() or "#ERR"
            column += int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
    return words
