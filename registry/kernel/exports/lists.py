"""The lists that can be exported as files; features provide them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Protocol

from sqlalchemy import Select, func, select
from werkzeug.datastructures import MultiDict

from registry.kernel.context import Context
from registry.kernel.db.base import Choice
from registry.kernel.errors import NotFound
from registry.kernel.exports.dataset import EVERY, Column, FileFormat, Record, Value
from registry.kernel.feature import KeyedExtensionPoint
from registry.kernel.i18n import _

Args = MultiDict[str, str]


class Count(Protocol):
    """Counts rows up to a limit."""

    def __call__(self, most: int) -> int:
        """Number of rows; `most` + 1 stands for any larger number."""
        ...


@dataclass(frozen=True)
class Source:
    """A list under one filter for one actor; nothing is read before `count` or `records` is called."""

    columns: tuple[Column, ...]
    count: Count
    records: Callable[[], Iterator[Record]]
    #: The active filter: label and value.
    chosen: tuple[tuple[str, str], ...] = ()
    #: Further statements for the file, such as the precision of positions.
    notes: tuple[tuple[str, str], ...] = ()
    name_column: str = ""
    #: Writer of formats that only this list has: format, path, and a callback for the owner of each record.
    writer: Callable[[FileFormat, Path, Callable[[int | None], None]], None] | None = None
    #: File name instead of that of the list; "" for none.
    stem: str = ""


@dataclass(frozen=True)
class ExportChoice:
    """An option of an export: argument of the URL, label, and its values with labels, the default first."""

    name: str
    label: Any
    values: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class ExportList:
    """One list: `permission` is that of its page, `open` reads the arguments of its URL."""

    code: str
    label: Any
    #: ASCII, for names of files.
    stem: str
    permission: StrEnum
    open: Callable[[Context[Any], Args], Source]
    formats: tuple[FileFormat, ...] = field(default=EVERY)
    #: Distinguishes its links from those of another list in the same menu.
    remark: Any = ""
    choices: tuple[ExportChoice, ...] = ()
    #: Always written by the worker, at most one file per account at a time.
    by_worker: bool = False


EXPORT_LISTS = KeyedExtensionPoint[ExportList]("exports.lists", key=lambda export: export.code)


def list_of(code: str) -> ExportList:
    """The list with this code; NotFound for any other."""
    found = EXPORT_LISTS.get(code)
    if found is None:
        raise NotFound(_("Không có danh sách nào tên «%(code)s» để tải về.", code=code[:60]))
    return found


def costly_lists() -> frozenset[str]:
    return frozenset(code for code, found in EXPORT_LISTS.items() if found.by_worker)


#: Rows fetched at a time.
FETCH_ROWS: Final = 500


@dataclass(frozen=True)
class Cell:
    """A column and how its value is read from a row."""

    name: str
    label: Any
    of: Callable[[Any], Any]
    kind: type = str

    @property
    def column(self) -> Column:
        """The column in the reader's language."""
        return Column(self.name, str(self.label), self.kind)


def export_value(value: Any) -> Value:
    """A value as a file holds it: members of closed lists by their labels."""
    if isinstance(value, Choice):
        return str(value.label)
    plain: Value = value
    return plain


def query_source(
    ctx: Context[Any],
    query: Select[Any],
    cells: Sequence[Cell],
    *,
    chosen: tuple[tuple[str, str], ...] = (),
    notes: tuple[tuple[str, str], ...] = (),
    geometry: Callable[[Any], bytes | None] | None = None,
    name_column: str = "",
) -> Source:
    """A list of the rows of `query`, read in batches from one snapshot."""

    def count(most: int) -> int:
        limited = query.with_only_columns(1).order_by(None).limit(most + 1).subquery()
        return int(ctx.session.scalar(select(func.count()).select_from(limited)) or 0)

    def records() -> Iterator[Record]:
        for row in ctx.session.execute(query, execution_options={"yield_per": FETCH_ROWS}):
            values = tuple(export_value(cell.of(row)) for cell in cells)
            yield Record(values, geometry(row) if geometry else None)

    columns = tuple(cell.column for cell in cells)
    return Source(columns, count, records, chosen, notes, name_column)
