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
    """Counts the rows up to a limit."""

    def __call__(self, most: int) -> int:
        """How many rows there are; `most` + 1 stands for any more."""
        ...


@dataclass(frozen=True)
class Source:
    """A list under one filter, as one actor may see it: nothing is read before `count` or `records` is called."""

    columns: tuple[Column, ...]
    count: Count
    records: Callable[[], Iterator[Record]]
    #: The filter in words: label and value.
    chosen: tuple[tuple[str, str], ...] = ()
    #: More that the file must say, such as the precision of positions.
    notes: tuple[tuple[str, str], ...] = ()
    name_column: str = ""
    #: Writers of formats that only this list has: given the format, where to write, and whom to tell of each owner.
    writer: Callable[[FileFormat, Path, Callable[[int | None], None]], None] | None = None
    #: What the file is called instead of the list, where the filter says more.
    stem: str = ""


@dataclass(frozen=True)
class ExportChoice:
    """What a person may choose for a file before it is written: argument of the address, label, values (the usual
    first) with their labels."""

    name: str
    label: Any
    values: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class ExportList:
    """One list: `permission` is what its page needs, `open` reads the arguments of its address."""

    code: str
    label: Any
    #: ASCII, for names of files.
    stem: str
    permission: StrEnum
    open: Callable[[Context[Any], Args], Source]
    formats: tuple[FileFormat, ...] = field(default=EVERY)
    #: What tells its links from those of another list in the same menu.
    remark: Any = ""
    choices: tuple[ExportChoice, ...] = ()
    #: Too costly to be written while a person waits, whatever its length: the worker writes it, one file an account
    #: at a time.
    by_worker: bool = False


EXPORT_LISTS = KeyedExtensionPoint[ExportList]("exports.lists", key=lambda export: export.code)


def list_of(code: str) -> ExportList:
    """The list of this code; NotFound for any other."""
    found = EXPORT_LISTS.get(code)
    if found is None:
        raise NotFound(_("Không có danh sách nào tên «%(code)s» để tải về.", code=code[:60]))
    return found


def costly_lists() -> frozenset[str]:
    """Codes of the lists that only the worker writes."""
    return frozenset(code for code, found in EXPORT_LISTS.items() if found.by_worker)


#: Rows fetched at a time.
FETCH_ROWS: Final = 500


@dataclass(frozen=True)
class Cell:
    """A column and how it is read from a row."""

    name: str
    label: Any
    of: Callable[[Any], Any]
    kind: type = str

    @property
    def column(self) -> Column:
        """The column in the language of this moment."""
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
    """A list whose rows are those of `query`, read in portions, all as they were when the read began."""

    def count(most: int) -> int:
        limited = query.with_only_columns(1).order_by(None).limit(most + 1).subquery()
        return int(ctx.session.scalar(select(func.count()).select_from(limited)) or 0)

    def records() -> Iterator[Record]:
        for row in ctx.session.execute(query, execution_options={"yield_per": FETCH_ROWS}):
            values = tuple(export_value(cell.of(row)) for cell in cells)
            yield Record(values, geometry(row) if geometry else None)

    columns = tuple(cell.column for cell in cells)
    return Source(columns, count, records, chosen, notes, name_column)
