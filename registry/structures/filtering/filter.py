"""The filter of lists, map, search and exports: values of an address become one dataclass, one WHERE serves all."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeVar, cast

from sqlalchemy import ColumnElement, Float, FromClause, Subquery, and_, bindparam, func, not_, or_, select

from registry.accounts.models import Organisation, OrganisationAlias
from registry.authz.actors import Ctx
from registry.kernel.db.matching import contains_all
from registry.kernel.errors import Invalid
from registry.kernel.fields import FilterKind, fields_of
from registry.kernel.i18n import _
from registry.structures.codes import SharingStatus
from registry.structures.filtering.checks import CHECKS, check_conditions, fresh_since, good_until, was_standing
from registry.structures.filtering.extra import extra_conditions, extra_conditions_at
from registry.structures.filtering.owner_terms import OwnerMatch, match_owner_terms, owner_conditions
from registry.structures.kinds import KINDS
from registry.structures.models import PROVINCE_GRID, WGS84
from registry.structures.positions import Window
from registry.structures.positions.moment import Point, When
from registry.structures.positions.versions import commune_id_at, communes_in_force, names_at, rows_at
from registry.territory.queries import area_unit_ids

LEAST_M: Final = 50
MOST_M: Final = 5_000
#: Used where the address has a place and no distance.
USUAL_M: Final = 500
#: Less than a degree of latitude or, in Vietnam, of longitude has, so that the box contains the circle.
_METRES_A_DEGREE: Final = 100_000
#: Filters by closed lists; their values are tuples of codes.
CHOICES = ("kind", "status", "sharing_status", "condition", "owner_category")
FLAGS = ("is_urban", "is_public_asset")
_T = TypeVar("_T")


@dataclass(frozen=True)
class Near:
    """Within `metres` of a place."""

    lon: float
    lat: float
    metres: int

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north of a box around the circle, in degrees."""
        reach = self.metres / _METRES_A_DEGREE
        return (self.lon - reach, self.lat - reach, self.lon + reach, self.lat + reach)


def is_near(seen: Any, near: Near) -> ColumnElement[bool]:
    """The condition over the selectable of positions; the box comes first, for the spatial indexes.

    A structure known by its cell matches where its cell is that near, which reveals nothing about it.
    """
    place = func.ST_SetSRID(func.ST_MakePoint(near.lon, near.lat), WGS84)
    on_grid = func.ST_Transform(seen.c.geom, PROVINCE_GRID)
    return and_(
        seen.c.geom.op("&&")(func.ST_MakeEnvelope(*near.box, WGS84)),
        func.ST_DWithin(on_grid, func.ST_Transform(place, PROVINCE_GRID), near.metres),
    )


@dataclass(frozen=True)
class Range:
    """A range of numbers, both ends inclusive, either open."""

    least: Decimal | None = None
    most: Decimal | None = None


@dataclass(frozen=True)
class StructureFilter:
    """The conditions of a list; an empty filter matches everything that the reader may see."""

    q: str = ""
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    flags: Mapping[str, bool] = field(default_factory=dict)
    #: Fields of the one chosen kind.
    own_choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    own_ranges: Mapping[str, Range] = field(default_factory=dict)
    own_flags: Mapping[str, bool] = field(default_factory=dict)
    #: Leave restricted structures (defence, security) out, which only some readers see.
    without_restricted: bool = False
    owner_id: int | None = None
    unit_id: int | None = None
    #: A code of checks.CHECKS: the structures that it finds.
    quality: str | None = None
    #: "newer": confirmed, measured or registered on or after `since` (default: from the setting); or "older".
    confirmed: str | None = None
    since: date | None = None
    #: West, south, east, north in degrees.
    bbox: tuple[float, float, float, float] | None = None
    near: Near | None = None
    #: Values of filters of features above (extra.EXTRA_FILTERS), by argument.
    extra: Mapping[str, str] = field(default_factory=dict)
    #: A past time; None is the present. It must be passed to `positions.readable`, too.
    when: When | None = None

    @property
    def window(self) -> tuple[float, float, float, float] | None:
        """The box that a map shows first, where the filter has a place."""
        return self.bbox or (self.near.box if self.near else None)

    @property
    def kind(self) -> str | None:
        """The one chosen kind, if exactly one is chosen."""
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
    """The box of a filter; its sides are named parameters, so that one statement serves every box (`box_values`)."""
    sides = (bindparam(name, side, type_=Float) for name, side in box_values(chosen).items())
    return cast("ColumnElement[Any]", func.ST_MakeEnvelope(*sides, 4326))


def conditions(
    seen: FromClause,
    chosen: StructureFilter,
    *,
    owned: Sequence[OwnerMatch],
    unit_ids: list[int],
    commune: ColumnElement[Any] | None = None,
    own: FromClause | None = None,
) -> list[ColumnElement[bool]]:
    """The WHERE of a filter over the selectable of positions.readable.

    `owned` are the matches of terms of `q` with owners, `unit_ids` the communes of `unit_id`. `commune` and `own`
    replace the recorded commune and the kind's table by those of a past day.
    """
    found: list[ColumnElement[bool]] = [seen.c[name].in_(codes) for name, codes in chosen.choices.items()]
    found += [seen.c[name].is_(narrowed) for name, narrowed in chosen.flags.items()]
    if chosen.without_restricted:
        # Of structures seen as cells the status is NULL; none of them is restricted.
        found.append(seen.c.sharing_status.is_distinct_from(SharingStatus.RESTRICTED.value))
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


def _matches(seen: FromClause, q: str, owned: Sequence[OwnerMatch]) -> ColumnElement[bool]:
    return or_(contains_all(seen.c.search_text, q.split()), *owner_conditions(seen, owned))


def _own(chosen: StructureFilter, own: FromClause | None) -> Any:
    if chosen.kind is None or not (chosen.own_choices or chosen.own_ranges or chosen.own_flags):
        return None
    table = KINDS[chosen.kind].model.__table__ if own is None else own
    narrowed: list[ColumnElement[bool]] = [table.c[name].in_(codes) for name, codes in chosen.own_choices.items()]
    narrowed += [table.c[name].is_(flag) for name, flag in chosen.own_flags.items()]
    for name, limits in chosen.own_ranges.items():
        if limits.least is not None:
            narrowed.append(table.c[name] >= limits.least)
        if limits.most is not None:
            narrowed.append(table.c[name] <= limits.most)
    return select(table.c.id).where(*narrowed)


def where_of(ctx: Ctx, seen: Subquery, chosen: StructureFilter) -> list[ColumnElement[bool]]:
    """The complete WHERE of a filter over positions.readable for the time of the filter."""
    if chosen.when is not None:
        return where_at(ctx, seen, chosen, chosen.when)
    owned = match_owner_terms(ctx.session, chosen.q) if chosen.q else []
    unit_ids = sorted(area_unit_ids(ctx.session, [chosen.unit_id])) if chosen.unit_id is not None else []
    found = conditions(seen, chosen, owned=owned, unit_ids=unit_ids)
    found += extra_conditions(ctx, seen, chosen.extra)
    return found + check_conditions(ctx, seen, quality=chosen.quality, confirmed=chosen.confirmed, since=chosen.since)


def window_of(chosen: StructureFilter) -> Window:
    """The box of a filter, for the spatial index of the history."""
    return None if chosen.window is None else func.ST_MakeEnvelope(*chosen.window, 4326)


def where_at(ctx: Ctx, seen: Subquery, chosen: StructureFilter, when: When) -> list[ColumnElement[bool]]:
    """The WHERE of a filter over a past selectable."""
    point = when.at(ctx.now)
    checked = [] if chosen.quality is None else [was_standing(seen.c), _check(chosen.quality)(ctx, seen.c, point)]
    owned: list[OwnerMatch] = []
    if chosen.q:
        owned = _once(ctx, ("owners", chosen.q, point), lambda: _owner_matches_at(ctx, chosen.q, point))
    commune: ColumnElement[Any] | None = None
    unit_ids: list[int] = []
    unit_id = chosen.unit_id
    if unit_id is not None:
        unit_ids = _once(ctx, ("communes", unit_id, point), lambda: _communes_of(ctx, unit_id, point))
        commune = commune_id_at(seen, communes_in_force(point), point)
    own = rows_at(KINDS[chosen.kind].model, point, "own") if chosen.kind else None
    found = conditions(seen, chosen, owned=owned, unit_ids=unit_ids, commune=commune, own=own)
    found += checked + extra_conditions_at(ctx, seen, chosen.extra, point)
    if chosen.confirmed is not None:
        fresh = fresh_since(chosen.since or good_until(ctx, point.day), seen.c)
        narrowed = fresh if chosen.confirmed == "newer" else not_(fresh)
        found.append(and_(was_standing(seen.c), narrowed))
    return found


def _check(code: str) -> Callable[[Ctx, Any, Point], ColumnElement[bool]]:
    clause = CHECKS[code].clause_at
    if clause is None:
        sentence = _("Phép kiểm tra chất lượng này chỉ dùng cho hiện tại; hãy bỏ bộ lọc này hoặc bỏ ngày xem.")
        raise Invalid({"quality": sentence})
    return clause


def _once(ctx: Ctx, key: Hashable, ask: Callable[[], list[_T]]) -> list[_T]:
    """The branches of one page need the same answer: it is read once a request."""
    known_ids: dict[Hashable, Any] = ctx.memo.setdefault("past", {})
    if key not in known_ids:
        known_ids[key] = ask()
    found: list[_T] = known_ids[key]
    return found


def _owner_matches_at(ctx: Ctx, q: str, point: Point) -> list[OwnerMatch]:
    names, aliases = names_at(Organisation, point, "owner"), names_at(OrganisationAlias, point, "alias")
    return match_owner_terms(ctx.session, q, names, aliases)


def _communes_of(ctx: Ctx, unit_id: int, point: Point) -> list[int]:
    """The communes in force on the day that a unit, of that day or of another, contains."""
    area = area_unit_ids(ctx.session, [unit_id])
    return sorted(area & set(ctx.session.scalars(communes_in_force(point))))
