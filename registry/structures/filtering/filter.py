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
from registry.structures.filtering.checks import CHECKS, check_conditions, fresh_since, good_until, was_standing
from registry.structures.filtering.extra import extra_conditions, extra_conditions_at
from registry.structures.filtering.owner_terms import OwnerMatch, match_owner_terms, owner_conditions
from registry.structures.kinds import KINDS
from registry.structures.models import PROVINCE_GRID, WGS84
from registry.structures.positions import Window
from registry.structures.positions.moment import Point, When
from registry.structures.positions.versions import commune_id_at, communes_in_force, names_at, rows_at
from registry.structures.visibility import IS_OPEN
from registry.territory.queries import area_unit_ids

LEAST_M: Final = 50
MOST_M: Final = 5_000
#: Used where the address has a place and no distance.
USUAL_M: Final = 500
#: Less than a degree of latitude or, in Vietnam, of longitude has, so that the box contains the circle.
_METRES_A_DEGREE: Final = 100_000
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


def is_near(readable_rows: Any, near: Near) -> ColumnElement[bool]:
    """The condition over the selectable of positions; the box comes first, for the spatial indexes.

    A structure known by its cell matches where its cell is that near, which reveals nothing about it.
    """
    center = func.ST_SetSRID(func.ST_MakePoint(near.lon, near.lat), WGS84)
    on_grid = func.ST_Transform(readable_rows.c.geom, PROVINCE_GRID)
    return and_(
        readable_rows.c.geom.op("&&")(func.ST_MakeEnvelope(*near.box, WGS84)),
        func.ST_DWithin(on_grid, func.ST_Transform(center, PROVINCE_GRID), near.metres),
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


def box_values(structure_filter: StructureFilter) -> dict[str, float]:
    """The parameters of a box in the statements of `conditions`."""
    return dict(zip(("box_west", "box_south", "box_east", "box_north"), structure_filter.bbox or (), strict=False))


def box_of(structure_filter: StructureFilter) -> ColumnElement[Any]:
    """The box of a filter; its sides are named parameters, so that one statement serves every box (`box_values`)."""
    sides = (bindparam(name, side, type_=Float) for name, side in box_values(structure_filter).items())
    return cast("ColumnElement[Any]", func.ST_MakeEnvelope(*sides, 4326))


def conditions(
    readable_rows: FromClause,
    structure_filter: StructureFilter,
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
    clauses: list[ColumnElement[bool]] = [
        readable_rows.c[name].in_(codes) for name, codes in structure_filter.choices.items()
    ]
    clauses += [readable_rows.c[name].is_(narrowed) for name, narrowed in structure_filter.flags.items()]
    if structure_filter.without_restricted:
        # Of structures seen as cells the status is NULL; none of them is restricted.
        clauses.append(IS_OPEN.clause(readable_rows, or_unknown=True))
    if structure_filter.owner_id is not None:
        clauses.append(readable_rows.c.owner_organisation_id == structure_filter.owner_id)
    if structure_filter.unit_id is not None:
        clauses.append((readable_rows.c.commune_id if commune is None else commune).in_(unit_ids))
    if structure_filter.bbox is not None:
        clauses.append(func.ST_Intersects(readable_rows.c.geom, box_of(structure_filter)))
    if structure_filter.near is not None:
        clauses.append(is_near(readable_rows, structure_filter.near))
    if structure_filter.q:
        clauses.append(
            or_(
                contains_all(readable_rows.c.search_text, structure_filter.q.split()),
                *owner_conditions(readable_rows, owned),
            )
        )
    narrowed = _own(structure_filter, own)
    if narrowed is not None:
        clauses.append(and_(readable_rows.c.exact, readable_rows.c.id.in_(narrowed)))
    return clauses


def _own(structure_filter: StructureFilter, own: FromClause | None) -> Any:
    if structure_filter.kind is None or not (
        structure_filter.own_choices or structure_filter.own_ranges or structure_filter.own_flags
    ):
        return None
    table = KINDS[structure_filter.kind].model.__table__ if own is None else own
    narrowed: list[ColumnElement[bool]] = [
        table.c[name].in_(codes) for name, codes in structure_filter.own_choices.items()
    ]
    narrowed += [table.c[name].is_(flag) for name, flag in structure_filter.own_flags.items()]
    for name, limits in structure_filter.own_ranges.items():
        if limits.least is not None:
            narrowed.append(table.c[name] >= limits.least)
        if limits.most is not None:
            narrowed.append(table.c[name] <= limits.most)
    return select(table.c.id).where(*narrowed)


def where_of(ctx: Ctx, readable_rows: Subquery, structure_filter: StructureFilter) -> list[ColumnElement[bool]]:
    """The complete WHERE of a filter over positions.readable for the time of the filter."""
    if structure_filter.when is not None:
        return where_at(ctx, readable_rows, structure_filter, structure_filter.when)
    owned = match_owner_terms(ctx.session, structure_filter.q) if structure_filter.q else []
    unit_ids = (
        sorted(area_unit_ids(ctx.session, [structure_filter.unit_id])) if structure_filter.unit_id is not None else []
    )
    clauses = conditions(readable_rows, structure_filter, owned=owned, unit_ids=unit_ids)
    clauses += extra_conditions(ctx, readable_rows, structure_filter.extra)
    return clauses + check_conditions(
        ctx,
        readable_rows,
        quality=structure_filter.quality,
        confirmed=structure_filter.confirmed,
        since=structure_filter.since,
    )


def window_of(structure_filter: StructureFilter) -> Window:
    """The box of a filter, for the spatial index of the history."""
    return None if structure_filter.window is None else func.ST_MakeEnvelope(*structure_filter.window, 4326)


def where_at(
    ctx: Ctx, readable_rows: Subquery, structure_filter: StructureFilter, when: When
) -> list[ColumnElement[bool]]:
    """The WHERE of a filter over a past selectable."""
    point = when.at(ctx.now)
    checked = (
        []
        if structure_filter.quality is None
        else [was_standing(readable_rows.c), _check(structure_filter.quality)(ctx, readable_rows.c, point)]
    )
    owned: list[OwnerMatch] = []
    if structure_filter.q:
        owned = _once(
            ctx, ("owners", structure_filter.q, point), lambda: _owner_matches_at(ctx, structure_filter.q, point)
        )
    commune: ColumnElement[Any] | None = None
    unit_ids: list[int] = []
    unit_id = structure_filter.unit_id
    if unit_id is not None:
        unit_ids = _once(ctx, ("communes", unit_id, point), lambda: _communes_of(ctx, unit_id, point))
        commune = commune_id_at(readable_rows, communes_in_force(point), point)
    own = rows_at(KINDS[structure_filter.kind].model, point, "own") if structure_filter.kind else None
    clauses = conditions(readable_rows, structure_filter, owned=owned, unit_ids=unit_ids, commune=commune, own=own)
    clauses += checked + extra_conditions_at(ctx, readable_rows, structure_filter.extra, point)
    if structure_filter.confirmed is not None:
        fresh = fresh_since(structure_filter.since or good_until(ctx, point.day), readable_rows.c)
        narrowed = fresh if structure_filter.confirmed == "newer" else not_(fresh)
        clauses.append(and_(was_standing(readable_rows.c), narrowed))
    return clauses


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
    ids: list[_T] = known_ids[key]
    return ids


def _owner_matches_at(ctx: Ctx, q: str, point: Point) -> list[OwnerMatch]:
    names, aliases = names_at(Organisation, point, "owner"), names_at(OrganisationAlias, point, "alias")
    return match_owner_terms(ctx.session, q, names, aliases)


def _communes_of(ctx: Ctx, unit_id: int, point: Point) -> list[int]:
    """The communes in force on the day that a unit, of that day or of another, contains."""
    area = area_unit_ids(ctx.session, [unit_id])
    return sorted(area & set(ctx.session.scalars(communes_in_force(point))))
