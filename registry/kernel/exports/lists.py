"""The lists that can be taken out as files, which the features provide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from werkzeug.datastructures import MultiDict

from registry.kernel.context import Context
from registry.kernel.errors import NotFound
from registry.kernel.exports.dataset import EVERY, Column, FileFormat, Record
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
class Choice:
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
    choices: tuple[Choice, ...] = ()
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
