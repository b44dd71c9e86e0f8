"""Cells of an ODS sheet that hold an error: their word stands in the text that is shown, their value is empty."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, ParseError, iterparse

from registry.imports.reading.errors_xlsx import MOST_ERRORS, Errors

_CONTENT: Final = "content.xml"
_MARK: Final = b'value-type="error"'
_CHUNK: Final = 1024 * 1024
_TABLE: Final = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TYPE: Final = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"
_CELLS: Final = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")


def find_errors(path: Path, place: int) -> Errors:
    """Row (from 1) -> column (from 0) -> error word, for the sheet at a place (from 0) of the workbook."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _scan(archive, place) if _has_errors(archive) else {}
    except (zipfile.BadZipFile, KeyError, OSError, RuntimeError, NotImplementedError, EOFError, ParseError, ValueError):
        return {}  # what is wrong with the file, the reader of values says


def _has_errors(archive: zipfile.ZipFile) -> bool:
    """A quick look, so that files without errors are not parsed twice."""
    tail = b""
    with archive.open(_CONTENT) as packed:
        while piece := packed.read(_CHUNK):
            if _MARK in tail + piece:
                return True
            tail = piece[-len(_MARK) :]
    return False


def _scan(archive: zipfile.ZipFile, place: int) -> Errors:
    """Go through the sheet, counting rows and cells that stand for several; the archive rules have refused entities."""
    found: Errors = {}
    table, row, count = -1, 0, 0
    with archive.open(_CONTENT) as packed:
        for event, element in iterparse(packed, ("start", "end")):  # noqa: S314 - DOCTYPE was refused by workbook_rules
            if event == "start":
                if element.tag == f"{_TABLE}table":
                    table, row = table + 1, 0
            elif element.tag == f"{_TABLE}table-row":
                if table == place and count < MOST_ERRORS:
                    words = _words(element)
                    count += len(words)
                    if words:
                        found[row + 1] = words
                row += int(element.get(f"{_TABLE}number-rows-repeated", "1"))
                element.clear()
            elif element.tag == f"{_TABLE}table" and table == place:
                break
    return found


def _words(row: Element) -> dict[int, str]:
    words, column = {}, 0
    for cell in row:
        if cell.tag in _CELLS:
            if cell.get(_TYPE) == "error":
                words[column] = "".join(cell.itertext()).strip() or "#ERR"
            column += int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
    return words
