"""The lists that can be exported as files; features provide them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Protocol

from werkzeug.datastructures import MultiDict

from registry.kernel.context import Context
from registry.kernel.errors import NotFound
from registry.kernel.exports.dataset import EVERY, ExportFormat, ExportRecord, FileColumn
from registry.kernel.exports.open_data import OpenDataAbout
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

    columns: tuple[FileColumn, ...]
    count: Count
    records: Callable[[], Iterator[ExportRecord]]
    #: The active filter: label and value.
    chosen: tuple[tuple[str, str], ...] = ()
    #: Further statements for the file, such as the precision of positions.
    notes: tuple[tuple[str, str], ...] = ()
    name_column: str = ""
    #: Writer of formats that only this list has: format, path, and a callback for the owner of each record.
    writer: Callable[[ExportFormat, Path, Callable[[int | None], None]], None] | None = None
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
    formats: tuple[ExportFormat, ...] = field(default=EVERY)
    #: Distinguishes its links from those of another list in the same menu.
    remark: Any = ""
    choices: tuple[ExportChoice, ...] = ()
    #: Always written by the worker, at most one file per account at a time.
    by_worker: bool = False
    #: What visitors download whole is made by the worker, for a version of the register.
    is_stored: bool = False
    #: What the catalogue of open data says of it; every public list that is not left to the worker has it.
    open_data: OpenDataAbout | None = None


EXPORT_LISTS = KeyedExtensionPoint[ExportList]("exports.lists", key=lambda export: export.code)


def list_of(code: str) -> ExportList:
    """The list with this code; NotFound for any other."""
    export_list = EXPORT_LISTS.get(code)
    if export_list is None:
        raise NotFound(_("Không có danh sách nào tên “%(code)s” để tải về.", code=code[:60]))
    return export_list


def costly_lists() -> frozenset[str]:
    return frozenset(code for code, export_list in EXPORT_LISTS.items() if export_list.by_worker)


#: Rows fetched at a time.
FETCH_ROWS: Final = 500
