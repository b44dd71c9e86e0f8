"""Further columns where structures are compared with each other, which the features above provide."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry.authz.actors import Ctx
from registry.kernel.feature import ExtensionPoint


@dataclass(frozen=True)
class Wish:
    """What the structures are compared for: so many places of a kind, near a place (WGS 84 degrees)."""

    kind: str
    quantity: int
    lon: float
    lat: float


@dataclass(frozen=True)
class Told:
    """What a column says of one structure, and where more of it stands."""

    text: str
    url: str | None = None


#: Called once for all rows (id, code, kind, owner_organisation_id...), which are seen exactly: id -> what is told.
CellSource = Callable[[Ctx, Wish, Sequence[Any]], Mapping[int, Told]]


@dataclass(frozen=True)
class Column:
    """One more column: its heading and what stands in it."""

    key: str
    label: Any
    source: CellSource


COLUMNS = ExtensionPoint[Column]("structures.comparison_columns")


def columns_of(ctx: Ctx, wish: Wish, rows: Sequence[Any]) -> list[tuple[Column, Mapping[int, Told]]]:
    """The columns that say something of any of these rows."""
    found = [(column, column.source(ctx, wish, rows)) for column in COLUMNS] if rows else []
    return [(column, cells) for column, cells in found if cells]
