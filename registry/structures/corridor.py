"""Structures along a line, counted by owner and kind: exact for what the reader sees exactly, by cells for the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from sqlalchemy import Float, Select, Text, bindparam, func, literal_column, not_, or_, select, true

from registry.accounts.models import Organisation
from registry.audit.notes import look
from registry.authz.actors import Ctx
from registry.structures import positions, prepared
from registry.structures.codes import Status
from registry.structures.models import PROVINCE_GRID, WGS84, Structure

_GONE: Final = (Status.DECOMMISSIONED, Status.REMOVED)
#: Degrees that hold more metres than any corridor is wide, so that the spatial index narrows first.
_METRES_A_DEGREE: Final = 100_000
_DECIMALS: Final = 6


@dataclass
class Group:
    """Structures of one owner and kind; `owner` is None where only cells are seen, and then category is all there is.

    `conditions` and `sharing` are code -> count; a condition of None is not known.
    """

    kind: str
    owner_id: int | None
    owner: str | None
    category: Any
    count: int = 0
    conditions: Counter[Any] = field(default_factory=Counter)
    sharing: Counter[Any] = field(default_factory=Counter)


@dataclass(frozen=True)
class Corridor:
    """What stands along a line. `near` are exact, `cells` touch the line's surroundings with their public cells."""

    metres: int
    near: tuple[Group, ...]
    cells: tuple[Group, ...]


class Beside(NamedTuple):
    """A structure beside a line: metres away from it, and from its start to where it comes first."""

    id: int
    code: str
    name: str
    kind: str
    status: str
    condition: str | None
    sharing_status: str
    owner_id: int
    owner: str | None
    metres: float
    at_m: float
    geojson: str


def list_beside(ctx: Ctx, geojson: str, metres: int, most: int) -> tuple[float, list[Beside]]:
    """The length of a line (GeoJSON, WGS 84) in metres, and what of `along` the reader sees exactly, from its start on.

    One more than `most` stands for any more. The caller notes the look of what it shows.
    """
    values = {"line": geojson, "metres": float(metres)}
    rows = prepared.run(ctx, ("beside", most), lambda: _beside(ctx, most), values).all()
    return rows[0].length_m, [Beside(*tuple(row)[1:]) for row in rows if row.id is not None]


def _beside(ctx: Ctx, most: int) -> Select[Any]:
    given = func.ST_SetSRID(func.ST_GeomFromGeoJSON(bindparam("line", type_=Text)), WGS84)
    # Once, not for every row.
    way = select(func.ST_Transform(given, PROVINCE_GRID).label("line")).cte("way").prefix_with("MATERIALIZED")
    line = select(way.c.line).scalar_subquery()
    shape = Structure.geom_m
    # Of a line that leads along, its first end; of one that crosses, the crossing may come before both.
    met = (func.ST_ClosestPoint(line, shape), func.ST_StartPoint(shape), func.ST_EndPoint(shape))
    place = func.least(*(func.ST_LineLocatePoint(line, point) for point in met))
    beside = (
        select(
            Structure.id,
            Structure.code,
            Structure.name,
            Structure.kind,
            Structure.status,
            Structure.condition,
            Structure.sharing_status,
            Structure.owner_organisation_id,
            func.ST_Distance(Structure.geom_m, line).label("metres"),
            (place * func.ST_Length(line)).label("at_m"),
            Structure.geom,
        )
        .where(
            positions.sees_exactly(ctx),
            Structure.status.not_in(_GONE),
            func.ST_DWithin(Structure.geom_m, line, bindparam("metres", type_=Float)),
        )
        .order_by("at_m", Structure.id)
        .limit(literal_column(str(most + 1)))
        .subquery("beside")
    )
    named = (
        select(
            *(column for column in beside.c if column.name not in ("metres", "at_m", "geom")),
            Organisation.short_name,
            beside.c.metres,
            beside.c.at_m,
            func.ST_AsGeoJSON(beside.c.geom, _DECIMALS).label("geojson"),
        )
        .outerjoin(Organisation, Organisation.id == beside.c.owner_organisation_id)
        .subquery("named")
    )
    # The length also where nothing stands.
    whole = select(func.ST_Length(way.c.line).label("length_m"), *named.c)
    return whole.select_from(way.outerjoin(named, true())).order_by(named.c.at_m, named.c.id)


def along(ctx: Ctx, geojson: str, metres: int) -> Corridor:
    """The standing structures within `metres` of a line (GeoJSON, WGS 84) that the actor may know of."""
    seen = positions.readable(ctx)
    line = func.ST_SetSRID(func.ST_GeomFromGeoJSON(geojson), WGS84)
    columns = (
        seen.c.exact,
        seen.c.kind,
        seen.c.owner_organisation_id,
        seen.c.owner_category,
        seen.c.condition,
        seen.c.sharing_status,
    )
    near = func.ST_DWithin(
        func.ST_Transform(seen.c.geom, PROVINCE_GRID), func.ST_Transform(line, PROVINCE_GRID), metres
    )
    query = (
        select(*columns, func.count().label("found"))
        .where(seen.c.geom.op("&&")(func.ST_Expand(line, 2 * metres / _METRES_A_DEGREE)), near)
        .where(or_(not_(seen.c.exact), seen.c.status.not_in(_GONE)))
        .group_by(*columns)
    )
    rows = positions.run(ctx, query).all()
    owners = {row.owner_organisation_id for row in rows if row.exact}
    look(ctx, "corridor", owners, rows=sum(row.found for row in rows if row.exact))
    names = ctx.session.execute(select(Organisation.id, Organisation.short_name).where(Organisation.id.in_(owners)))
    known = {row.id: row.short_name for row in names}
    return Corridor(
        metres,
        _groups((row for row in rows if row.exact), known),
        _groups((row for row in rows if not row.exact), known),
    )


def _groups(rows: Iterable[Any], names: dict[int, str]) -> tuple[Group, ...]:
    found: dict[tuple[Any, ...], Group] = {}
    for row in rows:
        owner_id = row.owner_organisation_id
        key = (owner_id, row.owner_category, row.kind)
        group = found.setdefault(key, Group(row.kind, owner_id, names.get(owner_id), row.owner_category))
        group.count += row.found
        group.conditions[row.condition] += row.found
        if row.sharing_status is not None:
            group.sharing[row.sharing_status] += row.found
    return tuple(sorted(found.values(), key=lambda group: (group.owner or "", group.category, group.kind)))
