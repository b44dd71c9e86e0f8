"""What every reader gives: a header, numbered rows of text, and the words above the header."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from registry.imports.models import FileFormat
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _

MAX_BYTES: Final = 100 * 1024 * 1024
MAX_ROWS: Final = 200_000
MAX_COLUMNS: Final = 300
#: As much as a cell of a spreadsheet can hold.
MAX_CELL: Final = 32_767
#: A header stands below at most this many rows of title.
SEARCHED_ROWS: Final = 20
_MIDNIGHT: Final = (0, 0, 0)
_UNSTORABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

#: Tells whether a header word is one that some field goes by.
IsKnown = Callable[[str], bool]
Rows = Iterator[tuple[int, list[str]]]


@dataclass(frozen=True)
class Row:
    """One row: its number as the file counts, its cells in the order of the header."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A file as rows of text; `title` is what stands above the header."""

    file_format: FileFormat
    title: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]


def storable(text: str) -> str:
    """The text with a mark in place of what no database can keep."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def refuse(sentence: str) -> Invalid:
    """A file that cannot be read, in one sentence."""
    return Invalid({"file": sentence})


def cell_text(value: object) -> str:
    """A cell as a person would type it: the parser of fields then reads numbers of a workbook and of a CSV alike."""
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, (int, float)):
        return _number_text(value)
    return "" if value is None else _day_text(value)


def _day_text(value: object) -> str:
    """Days as day/month/year; anything else as it writes itself."""
    if isinstance(value, datetime):
        day = value.strftime("%d/%m/%Y")
        return day if (value.hour, value.minute, value.second) == _MIDNIGHT else f"{day} {value:%H:%M:%S}"
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    return str(value)


def _number_text(value: int | float) -> str:
    """Digits with a decimal comma, which is never taken for a mark of thousands."""
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not exact.is_finite():
        return str(value)
    if exact == exact.to_integral_value():
        return f"{exact.to_integral_value():f}"
    return f"{exact:f}".rstrip("0").replace(".", ",")


def make_table(file_format: FileFormat, rows: Rows, is_known: IsKnown) -> Table:
    """Find the header among the first rows, drop empty rows; Invalid where the file has no rows or too many."""
    head: list[tuple[int, list[str]]] = []
    for number, cells in rows:
        if any(cell.strip() for cell in cells):
            head.append((number, cells))
        if len(head) == SEARCHED_ROWS:
            break
    if not head:
        raise refuse(_("Tệp không có dòng nào; cần một dòng tiêu đề cột và ít nhất một dòng dữ liệu."))
    at = _header_at([cells for _number, cells in head], is_known)
    header = _unique(head[at][1])
    body = [_row(number, cells, len(header)) for number, cells in head[at + 1 :]]
    for number, cells in rows:
        if any(cell.strip() for cell in cells):
            body.append(_row(number, cells, len(header)))
        if len(body) > MAX_ROWS:
            raise refuse(_("Tệp có hơn %(most)d dòng dữ liệu; hãy chia thành nhiều tệp.", most=MAX_ROWS))
    if not body:
        raise refuse(_("Tệp không có dòng dữ liệu nào dưới dòng tiêu đề cột."))
    title = " ".join(cell.strip() for _number, cells in head[:at] for cell in cells if cell.strip())
    return Table(file_format, title, header, tuple(body))


def _header_at(rows: Sequence[list[str]], is_known: IsKnown) -> int:
    """The row with most words that fields go by; where none has any, the first row with more than one cell."""
    hits = [sum(is_known(cell) for cell in cells if cell.strip()) for cells in rows]
    if max(hits):
        return hits.index(max(hits))
    filled = [sum(bool(cell.strip()) for cell in cells) for cells in rows]
    return next((at for at, count in enumerate(filled) if count > 1), 0)


def _unique(cells: Sequence[str]) -> tuple[str, ...]:
    """Header words, each once: empty ones are named by their place, repeated ones numbered."""
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    if len(cells) > MAX_COLUMNS:
        raise refuse(_("Tệp có %(count)d cột, tối đa %(most)d.", count=len(cells), most=MAX_COLUMNS))
    found: list[str] = []
    for place, cell in enumerate(cells, 1):
        word = " ".join(storable(cell).split()) or _("Cột %(place)d", place=place)
        name, again = word, 2
        while name in found:
            name, again = f"{word} ({again})", again + 1
        found.append(name)
    return tuple(found)


def _row(number: int, cells: Sequence[str], width: int) -> Row:
    long = next((cell for cell in cells if len(cell) > MAX_CELL), None)
    if long is not None:
        raise refuse(
            _(
                "Dòng %(number)d có ô dài %(length)d ký tự, tối đa %(most)d.",
                number=number,
                length=len(long),
                most=MAX_CELL,
            )
        )
    return Row(number, (*cells[:width], *[""] * (width - len(cells))))
