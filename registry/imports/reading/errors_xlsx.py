"""Cells of an XLSX sheet that hold an error (#N/A, #REF!): the reader of values leaves them empty, so they are found
in the sheet's own XML and shown as they stand."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_CHUNK: Final = 1024 * 1024
#: An element of a cell with its value is shorter than this, so pieces overlap by it.
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
_MARK: Final = b't="e"'
#: Beyond so many they are all alike; memory stays bounded.
MOST_ERRORS: Final = 100_000

Errors = dict[int, dict[int, str]]


def find_errors(path: Path, place: int) -> Errors:
    """Row (from 1) -> column (from 0) -> error word, for the sheet at a place (from 0) of the workbook."""
    try:
        with zipfile.ZipFile(path) as archive:
            part = _part(archive, place)
            return _scan(archive, part) if part is not None else {}
    except (zipfile.BadZipFile, KeyError, OSError, RuntimeError, NotImplementedError, EOFError):
        return {}  # what is wrong with the archive, the reader of values says


def _part(archive: zipfile.ZipFile, place: int) -> str | None:
    """The part that holds a sheet, by the workbook's list and its relations."""
    sheets = _SHEET.findall(archive.read("xl/workbook.xml"))
    relations = {}
    for element in _RELATION.findall(archive.read("xl/_rels/workbook.xml.rels")):
        name, target = _RELATION_ID.search(element), _TARGET.search(element)
        if name and target:
            relations[name[1]] = target[1].decode("utf-8", "replace")
    identity = _ID.search(sheets[place]) if place < len(sheets) else None
    target_name = relations.get(identity[1]) if identity else None
    if target_name is None:
        return None
    return target_name.lstrip("/") if target_name.startswith("/") else f"xl/{target_name}"


def _scan(archive: zipfile.ZipFile, part: str) -> Errors:
    found: Errors = {}
    count = 0
    for piece in _pieces(archive, part):
        if _MARK not in piece:
            continue
        for attributes, value in _ERROR.findall(piece):
            reference = _REFERENCE.search(attributes) if _MARK in attributes else None
            if reference is None or count >= MOST_ERRORS:
                continue
            count += 1
            found.setdefault(int(reference[2]), {})[_column(reference[1])] = value.decode("utf-8", "replace")
    return found


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
