"""The filter of lists, map, search and exports: values of an address become one dataclass, one WHERE serves all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, func, or_, select

from registry.kernel.fields import FilterKind, fields_of
from registry.structures.kinds import KINDS

#: Filters by closed lists; the value is a tuple of codes.
CHOICES = ("kind", "status", "sharing_status", "condition", "owner_category")
FLAGS = ("is_urban", "is_public_asset")


@dataclass(frozen=True)
class Range:
    """Inclusive ends of a number, either open."""

    least: Decimal | None = None
    most: Decimal | None = None


@dataclass(frozen=True)
class StructureFilter:
    """What the list is narrowed to; empty means everything that the reader may see."""

    q: str = ""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    flags: Mapping[str, bool] = field(default_factory=dict)
    #: Fields of the one chosen kind.
    own_choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    own_ranges: Mapping[str, Range] = field(default_factory=dict)
    own_flags: Mapping[str, bool] = field(default_factory=dict)
    owner_id: int | None = None
    unit_id: int | None = None
    #: West, south, east, north in degrees.
    bbox: tuple[float, float, float, float] | None = None

    @property
    def kind(self) -> str | None:
        """The one kind chosen, if it is one."""
        kinds = self.choices.get("kind", ())
        return kinds[0] if len(kinds) == 1 and kinds[0] in KINDS else None


def own_filters(kind: str | None) -> dict[str, FilterKind]:
    """The filterable fields that only this kind has."""
    if kind is None:
        return {}
    fields = fields_of(KINDS[kind].model, own=True)
    return {name: declared.filter for name, declared in fields.items() if declared.filter is not None}


def conditions(
    seen: Subquery, chosen: StructureFilter, *, owner_ids: list[int], unit_ids: list[int]
) -> list[ColumnElement[bool]]:
    """The WHERE of a filter over the selectable of positions.readable.

    `owner_ids` are the organisations whose name matches `q`, `unit_ids` the communes that `unit_id` stands for.
    """
    found: list[ColumnElement[bool]] = [seen.c[name].in_(codes) for name, codes in chosen.choices.items()]
    found += [seen.c[name].is_(wanted) for name, wanted in chosen.flags.items()]
    if chosen.owner_id is not None:
        found.append(seen.c.owner_organisation_id == chosen.owner_id)
    if chosen.unit_id is not None:
        found.append(seen.c.commune_id.in_(unit_ids))
    if chosen.bbox is not None:
        found.append(func.ST_Intersects(seen.c.geom, func.ST_MakeEnvelope(*chosen.bbox, 4326)))
    if chosen.q:
        found.append(_matches(seen, chosen.q, owner_ids))
    own = _own(chosen)
    if own is not None:
        found.append(and_(seen.c.exact, seen.c.id.in_(own)))
    return found


def _matches(seen: Subquery, q: str, owner_ids: list[int]) -> ColumnElement[bool]:
    words = [seen.c.search_text.contains(func.fold(word), autoescape=False) for word in q.split()]
    return or_(and_(*words), seen.c.owner_organisation_id.in_(owner_ids)) if owner_ids else and_(*words)


def _own(chosen: StructureFilter) -> Any:
    if chosen.kind is None or not (chosen.own_choices or chosen.own_ranges or chosen.own_flags):
        return None
    table = KINDS[chosen.kind].model.__table__
    wanted: list[ColumnElement[bool]] = [table.c[name].in_(codes) for name, codes in chosen.own_choices.items()]
    wanted += [table.c[name].is_(flag) for name, flag in chosen.own_flags.items()]
    for name, limits in chosen.own_ranges.items():
        if limits.least is not None:
            wanted.append(table.c[name] >= limits.least)
        if limits.most is not None:
            wanted.append(table.c[name] <= limits.most)
    return select(table.c.id).where(*wanted)
