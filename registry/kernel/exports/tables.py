"""Lists that are one query: each column says how it reads a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, func, select

from registry.kernel.context import Context
from registry.kernel.db.base import Choice
from registry.kernel.exports.dataset import Column, Record, Value
from registry.kernel.exports.lists import Source

#: Rows fetched at a time.
PORTION: Final = 500


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


def shown(value: Any) -> Value:
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
        for row in ctx.session.execute(query, execution_options={"yield_per": PORTION}):
            values = tuple(shown(cell.of(row)) for cell in cells)
            yield Record(values, geometry(row) if geometry else None)

    columns = tuple(cell.column for cell in cells)
    return Source(columns, count, records, chosen, notes, name_column)
