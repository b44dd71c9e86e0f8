"""Orders that a reader chooses for a list, as keys of its paging."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, cast, func, literal

#: Stand for a value that is missing, which the key before it puts last: row comparisons know no NULL.
_LEAST: Final[dict[type, str]] = {
    str: "",
    int: "0",
    float: "0",
    Decimal: "0",
    date: "0001-01-01",
    datetime: "0001-01-01 00:00+00",
}
#: Types of columns that a list can be ordered by.
SORTABLE_TYPES: Final = frozenset(_LEAST)


@dataclass(frozen=True)
class SortOrder:
    """The column that a page is ordered by."""

    name: str
    is_descending: bool

    @property
    def arguments(self) -> list[tuple[str, str]]:
        return [("sort", self.name), ("order", "desc" if self.is_descending else "asc")]


@dataclass(frozen=True)
class SortKey:
    """One key of an order, read from the query of the list."""

    #: An expression, or the name of a selected column.
    source: Any
    is_descending: bool
    #: Whether this key is that of rows without a value, which come last in both directions.
    of_missing: bool

    def read(self, query: Select[Any]) -> ColumnElement[Any]:
        """The expression of the key in a query."""
        value = query.selected_columns[self.source] if isinstance(self.source, str) else self.source
        if self.of_missing:
            missing: ColumnElement[Any] = value.is_not(None) if self.is_descending else value.is_(None)
            return missing
        return func.coalesce(value, cast(literal(_LEAST[value.type.python_type]), value.type))


def sort_keys(source: Any, *, is_descending: bool) -> tuple[SortKey, SortKey]:
    """The keys of an order, before the id of the row."""
    return SortKey(source, is_descending, True), SortKey(source, is_descending, False)
