"""Structures along a line: counted by owner and kind, one by one in order, and those that could carry a cable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import shapely
from sqlalchemy import Float, Select, Subquery, Text, bindparam, func, literal_column, not_, or_, select, true

from registry.accounts.models import Organisation
from registry.audit.access_log import log_access
from registry.authz.actors import Ctx
from registry.kernel.geo import linear
from registry.structures import positions
from registry.structures.codes import Condition, SharingStatus, Status
from registry.structures.fastpath import compiled_lists
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import Hosting, Shape
from registry.structures.models import PROVINCE_GRID, WGS84, Structure
from registry.structures.visibility import IS_LIVE

#: Less than a degree has, so that the expanded box contains the corridor and the spatial index narrows first.
_METRES_A_DEGREE: Final = 100_000
_DECIMALS: Final = 6
_CARRIERS: Final = (Hosting.HUNG_CABLES, Hosting.PULLED_CABLES, Hosting.LAID_CABLES)
#: Kinds along which a cable is led, and kinds between which it is hung.
LINE_CARRIERS: Final = tuple(
    code for code, kind in KINDS.items() if kind.shape is Shape.LINE and kind.hosting in _CARRIERS
)
POLE_CARRIERS: Final = tuple(
    code for code, kind in KINDS.items() if kind.shape is Shape.POINT and kind.hosting is Hosting.HUNG_CABLES
)


@dataclass
class CorridorGroup:
    """Structures of one owner and kind; `owner` is None where only cells are seen and only the category is known.

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
    """The structures along a line: `near` are exact, `cells` have public cells that intersect its surroundings."""

    metres: int
    near: tuple[CorridorGroup, ...]
    cells: tuple[CorridorGroup, ...]


def count_along_line(ctx: Ctx, geojson: str, metres: int) -> Corridor:
    """The standing structures within `metres` of a line (GeoJSON, WGS 84) that the actor may know of."""
    readable_rows = positions.readable(ctx)
    line = func.ST_SetSRID(func.ST_GeomFromGeoJSON(geojson), WGS84)
    columns = (
        readable_rows.c.exact,
        readable_rows.c.kind,
        readable_rows.c.owner_organisation_id,
        readable_rows.c.owner_category,
        readable_rows.c.condition,
        readable_rows.c.sharing_status,
    )
    near = func.ST_DWithin(
        func.ST_Transform(readable_rows.c.geom, PROVINCE_GRID), func.ST_Transform(line, PROVINCE_GRID), metres
    )
    query = (
        select(*columns, func.count().label("found"))
        .where(readable_rows.c.geom.op("&&")(func.ST_Expand(line, 2 * metres / _METRES_A_DEGREE)), near)
        .where(or_(not_(readable_rows.c.exact), IS_LIVE.clause(readable_rows)))
        .group_by(*columns)
    )
    rows = positions.run(ctx, query).all()
    owners = {row.owner_organisation_id for row in rows if row.exact}
    log_access(ctx, "corridor", owners, rows=sum(row.found for row in rows if row.exact))
    names = ctx.session.execute(select(Organisation.id, Organisation.short_name).where(Organisation.id.in_(owners)))
    owner_names = {row.id: row.short_name for row in names}
    return Corridor(
        metres,
        _groups((row for row in rows if row.exact), owner_names),
        _groups((row for row in rows if not row.exact), owner_names),
    )


def _groups(rows: Iterable[Any], names: dict[int, str]) -> tuple[CorridorGroup, ...]:
    groups: dict[tuple[Any, ...], CorridorGroup] = {}
    for row in rows:
        owner_id = row.owner_organisation_id
        key = (owner_id, row.owner_category, row.kind)
        group = groups.setdefault(key, CorridorGroup(row.kind, owner_id, names.get(owner_id), row.owner_category))
        group.count += row.found
        group.conditions[row.condition] += row.found
        if row.sharing_status is not None:
            group.sharing[row.sharing_status] += row.found
    return tuple(sorted(groups.values(), key=lambda group: (group.owner or "", group.category, group.kind)))


class StructureAlongLine(NamedTuple):
    """A structure along a line: metres away from it, and metres from the start of the line to the structure."""

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


def list_along_line(ctx: Ctx, geojson: str, metres: int, most: int) -> tuple[float, list[StructureAlongLine]]:
    """The length of a line (GeoJSON, WGS 84) in metres, and its exact structures within `metres`, in order along it.

    `most` + 1 structures stand for any more. The caller logs the access to the structures that it shows.
    """
    values = {"line": geojson, "metres": float(metres)}
    rows = compiled_lists.run(ctx, ("along_line", most), lambda: _along_line(ctx, most), values)
    return rows[0].length_m, [StructureAlongLine(*tuple(row)[1:]) for row in rows if row.id is not None]


def _along_line(ctx: Ctx, most: int) -> Select[Any]:
    drawn = func.ST_SetSRID(func.ST_GeomFromGeoJSON(bindparam("line", type_=Text)), WGS84)
    # Materialised: computed once, not for every row.
    way = select(func.ST_Transform(drawn, PROVINCE_GRID).label("line")).cte("given_line").prefix_with("MATERIALIZED")
    line = select(way.c.line).scalar_subquery()
    shape = Structure.geom_m
    # The first end of a line that runs along; the crossing of one that crosses may come before both ends.
    met = (func.ST_ClosestPoint(line, shape), func.ST_StartPoint(shape), func.ST_EndPoint(shape))
    fraction = func.least(*(func.ST_LineLocatePoint(line, point) for point in met))
    met_structures = (
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
            (fraction * func.ST_Length(line)).label("at_m"),
            Structure.geom,
        )
        .where(
            positions.sees_exactly(ctx),
            Structure.is_live_rule(),
            func.ST_DWithin(Structure.geom_m, line, bindparam("metres", type_=Float)),
        )
        .order_by("at_m", Structure.id)
        .limit(literal_column(str(most + 1)))
        .subquery("along")
    )
    named = (
        select(
            *(column for column in met_structures.c if column.name not in ("metres", "at_m", "geom")),
            Organisation.short_name,
            met_structures.c.metres,
            met_structures.c.at_m,
            func.ST_AsGeoJSON(met_structures.c.geom, _DECIMALS).label("geojson"),
        )
        .outerjoin(Organisation, Organisation.id == met_structures.c.owner_organisation_id)
        .subquery("named")
    )
    # The outer join returns the length also where there are no structures.
    whole = select(func.ST_Length(way.c.line).label("length_m"), *named.c)
    return whole.select_from(way.outerjoin(named, true())).order_by(named.c.at_m, named.c.id)


@dataclass(frozen=True)
class Carrier:
    """A structure along which cables could be led, for planning."""

    id: int
    code: str
    name: str
    kind: str
    owner_id: int
    owner: str
    condition: Condition | None
    sharing_status: SharingStatus

    @property
    def hosting(self) -> Hosting | None:
        """How a cable is led along it."""
        return KINDS[self.kind].hosting

    @property
    def way(self) -> str:
        """The code of `hosting`."""
        return self.hosting.value if self.hosting else ""


@dataclass(frozen=True)
class Interval:
    """Metres of a line along which a structure leads; for a pole both are the same."""

    id: int
    from_m: float
    to_m: float


@dataclass(frozen=True)
class CarrierShape:
    """A structure with its geometry in metres of the province's grid."""

    id: int
    shape: Any


def lines_along(ctx: Ctx, geojson: str, metres: float, degrees: float) -> list[Interval]:
    """The ducts, trenches, tunnels and pole lines that lead along a line, and where."""
    along = linear.legs(geojson, metres)
    runs = positions.run(ctx, linear.runs(along, _shapes(ctx, LINE_CARRIERS), metres, degrees))
    return [Interval(row.id, row.from_m, row.to_m) for row in runs]


def poles_along(ctx: Ctx, geojson: str, metres: float) -> list[Interval]:
    """The poles along a line, and where."""
    along = linear.legs(geojson, metres)
    marks = positions.run(ctx, linear.marks(along, _shapes(ctx, POLE_CARRIERS), metres))
    return [Interval(row.id, row.at_m, row.at_m) for row in marks]


def carriers_within(ctx: Ctx, geojson: str, metres: float, most: int) -> list[CarrierShape]:
    """Lines and poles within `metres` of a line, `most` + 1 where there are too many."""
    shapes = _shapes(ctx, (*LINE_CARRIERS, *POLE_CARRIERS))
    area = select(linear.around(geojson, metres).label("area")).cte("area").prefix_with("MATERIALIZED")
    inside = select(area.c.area).scalar_subquery()
    query = (
        select(shapes.c.id, func.ST_AsBinary(linear.in_metres(shapes.c.shape)).label("shape"))
        .where(shapes.c.shape.op("&&")(inside), func.ST_Intersects(shapes.c.shape, inside))
        .limit(most + 1)
    )
    rows = positions.run(ctx, query).all()
    return [CarrierShape(row.id, shapely.from_wkb(bytes(row.shape))) for row in rows]


def carriers(ctx: Ctx, ids: Collection[int]) -> dict[int, Carrier]:
    """Id -> carrier, of the structures that the reader sees exactly."""
    query = (
        select(
            Structure.id,
            Structure.code,
            Structure.name,
            Structure.kind,
            Structure.owner_organisation_id.label("owner_id"),
            Organisation.short_name.label("owner"),
            Structure.condition,
            Structure.sharing_status,
        )
        .join(Organisation, Organisation.id == Structure.owner_organisation_id)
        .where(Structure.id.in_(sorted(ids)), positions.sees_exactly(ctx))
    )
    return {row.id: Carrier(*row) for row in ctx.session.execute(query)} if ids else {}


def _shapes(ctx: Ctx, kinds: Sequence[str]) -> Subquery:
    """Id and shape of structures of some kinds in service, of the exact branch alone.

    Unpublished structures of others take no part, so that an answer reveals nothing about them.
    """
    exact_rows, *_coarse = positions.parts(ctx)
    query = select(exact_rows.c.id, exact_rows.c.geom.label("shape"))
    return query.where(exact_rows.c.kind.in_(kinds), exact_rows.c.status == Status.ACTIVE).subquery("shapes")
