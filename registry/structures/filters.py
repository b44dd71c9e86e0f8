"""The filter of lists, map, search and exports: values of an address become one dataclass, one WHERE serves all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import ColumnElement, Float, FromClause, and_, bindparam, func, or_, select

from registry.kernel.db.matching import contains_all
from registry.kernel.fields import FilterKind, fields_of
from registry.structures.kinds import KINDS
from registry.structures.near import Near, is_near
from registry.structures.owner_words import OwnerWords, owned_with
from registry.structures.past.when import When

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
    #: A check of quality.CHECKS; what it finds.
    quality: str | None = None
    #: "newer": confirmed, measured or registered on or after `since` (or the day that the setting gives); or "older".
    confirmed: str | None = None
    since: date | None = None
    #: West, south, east, north in degrees.
    bbox: tuple[float, float, float, float] | None = None
    near: Near | None = None
    #: Filters of features above (further.FURTHER), by their argument.
    further: Mapping[str, str] = field(default_factory=dict)
    #: The time that is asked about; None is the present. Whoever reads must give it to `past.positions.readable`.
    when: When | None = None

    @property
    def window(self) -> tuple[float, float, float, float] | None:
        """What a map shows first of this filter, where it says a place."""
        return self.bbox or (self.near.box if self.near else None)

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


def box_values(chosen: StructureFilter) -> dict[str, float]:
    """The parameters of a box in the statements of `conditions`."""
    return dict(zip(("box_west", "box_south", "box_east", "box_north"), chosen.bbox or (), strict=False))


def box_of(chosen: StructureFilter) -> ColumnElement[Any]:
    """The box of a filter; its sides are named, so that one statement serves every box (`box_values`)."""
    sides = (bindparam(name, side, type_=Float) for name, side in box_values(chosen).items())
    return cast("ColumnElement[Any]", func.ST_MakeEnvelope(*sides, 4326))


def conditions(
    seen: FromClause,
    chosen: StructureFilter,
    *,
    owned: Sequence[OwnerWords],
    unit_ids: list[int],
    commune: ColumnElement[Any] | None = None,
    own: FromClause | None = None,
) -> list[ColumnElement[bool]]:
    """The WHERE of a filter over the selectable of positions.readable.

    `owned` are the ways in which words of `q` name owners, `unit_ids` the communes that `unit_id` stands for.
    `commune` and `own` replace the recorded commune and the kind's table: those of a past day.
    """
    found: list[ColumnElement[bool]] = [seen.c[name].in_(codes) for name, codes in chosen.choices.items()]
    found += [seen.c[name].is_(wanted) for name, wanted in chosen.flags.items()]
    if chosen.owner_id is not None:
        found.append(seen.c.owner_organisation_id == chosen.owner_id)
    if chosen.unit_id is not None:
        found.append((seen.c.commune_id if commune is None else commune).in_(unit_ids))
    if chosen.bbox is not None:
        found.append(func.ST_Intersects(seen.c.geom, box_of(chosen)))
    if chosen.near is not None:
        found.append(is_near(seen, chosen.near))
    if chosen.q:
        found.append(_matches(seen, chosen.q, owned))
    narrowed = _own(chosen, own)
    if narrowed is not None:
        found.append(and_(seen.c.exact, seen.c.id.in_(narrowed)))
    return found


def _matches(seen: FromClause, q: str, owned: Sequence[OwnerWords]) -> ColumnElement[bool]:
    return or_(contains_all(seen.c.search_text, q.split()), *owned_with(seen, owned))


def _own(chosen: StructureFilter, own: FromClause | None) -> Any:
    if chosen.kind is None or not (chosen.own_choices or chosen.own_ranges or chosen.own_flags):
        return None
    table = KINDS[chosen.kind].model.__table__ if own is None else own
    wanted: list[ColumnElement[bool]] = [table.c[name].in_(codes) for name, codes in chosen.own_choices.items()]
    wanted += [table.c[name].is_(flag) for name, flag in chosen.own_flags.items()]
    for name, limits in chosen.own_ranges.items():
        if limits.least is not None:
            wanted.append(table.c[name] >= limits.least)
        if limits.most is not None:
            wanted.append(table.c[name] <= limits.most)
    return select(table.c.id).where(*wanted)
