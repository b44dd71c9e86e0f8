"""Columns of a list: the value of a row for files, and how the page shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cached_property
from operator import attrgetter
from typing import Any, Final

from sqlalchemy.orm import DeclarativeBase

from registry.kernel.clock import term_end
from registry.kernel.context import Context
from registry.kernel.db.base import Choice
from registry.kernel.exports.dataset import FileColumn, Value
from registry.kernel.fields import ComposedValue, fields_named
from registry.kernel.i18n import LazyText, _, format_date, format_datetime, format_number, format_term_end

Read = Callable[[Context[Any], Any], Any]


class TermEnd(datetime):
    """The type of a column whose values are exclusive ends; both page and file have their last day."""


class On(Enum):
    """Where a column appears."""

    BOTH = "both"
    PAGE = "page"
    FILES = "files"


@dataclass(frozen=True)
class Column:
    """One column. `value` is a function of context and row, or the path of an attribute of the row (`name`)."""

    name: str
    label: Any
    value: str | Read = ""
    #: Type of the values in files; the page formats them by it.
    kind: type = str
    #: What the page shows instead of the formatted value: text or Markup; None and "" show a dash.
    show: Read | None = None
    #: Heading on the page where it differs from that in files.
    heading: Any = ""
    #: Names the record; the first column of the page.
    main: bool = False
    #: Whether a main column may take several lines: a sentence, not a code.
    wraps: bool = False
    #: A number or code, shown in one line.
    is_code: bool = False
    #: Aligned as a number; default: by type, except the main column.
    numeric: bool | None = None
    on: On = On.BOTH
    #: Whether the reader may order the page by it; `name` is the value of the argument `sort`.
    sortable: bool = False
    #: What a `ListView` orders by for it: an expression, or the name of a selected column; makes it sortable.
    sort: Any = None
    #: Not on the page until the reader asks for it.
    optional: bool = False
    #: Name of the selected column whose sum over all rows of the list the page shows.
    total: str = ""
    #: Who has the column; default: everyone who may read the list.
    offered: Callable[[Context[Any]], bool] | None = None

    @property
    def path(self) -> str:
        """The path of the attribute that holds the value."""
        return self.value if isinstance(self.value, str) and self.value else self.name

    @cached_property
    def read(self) -> Read:
        """The value of a row."""
        return reader(self.value or self.name)

    @property
    def is_sortable(self) -> bool:
        return self.sortable or self.sort is not None

    @property
    def is_numeric(self) -> bool:
        if self.numeric is None:
            return self.kind in (int, Decimal) and not self.main
        return self.numeric

    @property
    def is_fixed(self) -> bool:
        """Whether a page shows the value whole, however narrow it is: a code, number, day or state."""
        return self.is_code or self.is_numeric or issubclass(self.kind, (date, bool, int, Decimal, Choice))

    @property
    def file_column(self) -> FileColumn:
        """The column of files, in the reader's language."""
        return FileColumn(self.name, str(self.label), self.kind)

    def on_page(self, ctx: Context[Any], row: Any) -> Any:
        """What the page shows of a row: text, Markup, or None."""
        if self.show is not None:
            return self.show(ctx, row)
        value = self.read(ctx, row)
        return format_term_end(value) if self.kind is TermEnd else format_value(value)

    def in_file(self, ctx: Context[Any], row: Any) -> Value:
        """The value that files hold."""
        value = self.read(ctx, row)
        return term_end(value) if self.kind is TermEnd and value is not None else file_value(value)


def declared_columns(model: type[DeclarativeBase], *names: str, row: str = "", **options: Any) -> tuple[Column, ...]:
    """Columns of declared fields of a model; `row`: the attribute that is the record, "" for the row itself."""
    return tuple(
        Column(
            field.name,
            field.heading or field.label,
            f"{row}.{field.name}" if row else field.name,
            str if issubclass(field.python_type, ComposedValue) else field.python_type,
            **options,
        )
        for field in fields_named(model, *names)
    )


def reader(value: str | Read) -> Read:
    """A function of context and row; a text is the path of an attribute."""
    if not isinstance(value, str):
        return value
    get = attrgetter(value)
    return lambda _ctx, row: get(row)


def file_value(value: Any) -> Value:
    """A value as files hold it: members of closed lists by their labels, texts in the reader's language."""
    if isinstance(value, Choice):
        return str(value.label)
    if isinstance(value, (LazyText, ComposedValue)):
        return str(value)
    plain: Value = value
    return plain


#: By type, the first that fits: how pages show a value.
_FORMATS: Final[tuple[tuple[Any, Callable[[Any], str]], ...]] = (
    (Choice, lambda value: str(value.label)),
    (bool, lambda value: _("Có") if value else _("Không")),
    (datetime, format_datetime),
    (date, format_date),
    ((int, Decimal), format_number),
)


def format_value(value: Any) -> Any:
    """A value as pages show it, in the reader's language."""
    if type(value) is str:
        return value
    return next((form(value) for kinds, form in _FORMATS if isinstance(value, kinds)), value)


def offered(columns: tuple[Column, ...], ctx: Context[Any], here: On) -> list[Column]:
    """The columns on the page or in files that the reader has; on the page the main one comes first."""
    offered_columns = [
        column for column in columns if column.on in (On.BOTH, here) and (not column.offered or column.offered(ctx))
    ]
    return sorted(offered_columns, key=lambda column: not column.main) if here is On.PAGE else offered_columns
