"""Structures nearest to a place: exact rows in the order of an index, the others by their public cells.

`positions` decides which rows the actor sees exactly; distances to all others are to their cells, and of unpublished
structures of others only their presence in a cell is known.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    ColumnElement,
    Float,
    ScalarSelect,
    Select,
    all_,
    bindparam,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.orm import Session

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.kernel.feature import ExtensionPoint
from registry.structures import positions
from registry.structures.codes import SharingStatus, Status
from registry.structures.fastpath import compiled_lists
from registry.structures.filtering.filter import Near
from registry.structures.models import PROVINCE_GRID, WGS84, Structure
from registry.territory.queries import point

_DECIMALS: Final = 6
_QUARTER_SEGMENTS: Final = 16


class Nearby(NamedTuple):
    """A structure that the reader sees exactly, and its distance in metres."""

    id: int
    code: str
    name: str
    kind: str
    status: Status
    sharing_status: SharingStatus
    is_published: bool
    owner_organisation_id: int
    exact: bool
    metres: float
    geojson: str
    owner_name: str | None


@dataclass(frozen=True)
class CellGroup:
    """Structures of one kind known by the same cells: number, owner category, distance of the cells.

    `lon` and `lat` are a place within the cells.
    """

    owner_category: Any
    count: int
    metres: int
    lon: float
    lat: float


@dataclass(frozen=True)
class NearbyCell:
    """The public cells of one structure: their distance, and a place within them."""

    metres: int
    lon: float
    lat: float


@dataclass(frozen=True)
class Hidden:
    """The cells that contain structures of others, and (for the log alone) their owners."""

    cells: tuple[NearbyCell, ...]
    owners: frozenset[int]


def nearest(
    ctx: Ctx,
    around: Near,
    kind: str,
    *,
    limit: int,
    where: Callable[[], Iterable[ColumnElement[bool]]] = tuple,
    without: Collection[int] = (),
    what: Hashable = None,
) -> list[Nearby]:
    """The standing structures of a kind that the actor sees exactly, the nearest first, except the ids in `without`.

    `where` returns clauses on `structure`; `what` is their cache key (None: the statement is built each time). The
    caller logs the access to the structures that it shows.
    """
    if limit < 1:
        return []

    def build() -> Select[Any]:
        here = _here()
        near = (
            select(
                Structure.id,
                Structure.code,
                Structure.name,
                Structure.kind,
                Structure.status,
                Structure.sharing_status,
                Structure.is_published,
                Structure.owner_organisation_id,
                literal(True).label("exact"),
                func.ST_Distance(Structure.geom_m, here).label("metres"),
                Structure.geom,
            )
            .where(
                Structure.kind == kind,
                positions.sees_exactly(ctx),
                Structure.is_live_rule(),
                func.ST_DWithin(Structure.geom_m, here, bindparam("metres", type_=Float)),
                Structure.id != all_(bindparam("without", type_=ARRAY(BigInteger))),
                *where(),
            )
            .order_by(Structure.geom_m.op("<->", return_type=Float())(here), Structure.id)
            # A literal: a generic plan must know that few rows are needed.
            .limit(literal_column(str(int(limit))))
            .subquery("near")
        )
        shape = func.ST_AsGeoJSON(near.c.geom, _DECIMALS).label("geojson")
        columns = [column for column in near.c if column.name != "geom"]
        return (
            select(*columns, shape, Organisation.short_name.label("owner_name"))
            .outerjoin(Organisation, Organisation.id == near.c.owner_organisation_id)
            .order_by(near.c.metres, near.c.id)
        )

    values = {"lon": around.lon, "lat": around.lat, "metres": float(around.metres), "without": list(without)}
    # The nearest rows come in the order of the index for every place: one generic plan is enough.
    rows = compiled_lists.run(
        ctx, None if what is None else ("nearest", kind, limit, what), build, values, one_plan=True
    )
    return [_nearby(*row) for row in rows]


def _nearby(*values: Any) -> Nearby:
    """A row, also one of a cached statement with codes instead of members of closed lists."""
    row = Nearby(*values)
    return row._replace(status=Status(row.status), sharing_status=SharingStatus(row.sharing_status))


def cells_near(ctx: Ctx, around: Near, kind: str, *, limit: int) -> list[CellGroup]:
    """The structures of a kind known only by cells that intersect the surroundings, the nearest cells first."""
    if positions.sees_all(ctx):
        return []
    readable_rows = positions.readable(ctx)
    groups = (
        select(readable_rows.c.geom.label("cells"), readable_rows.c.owner_category, func.count().label("found"))
        .where(~readable_rows.c.exact, readable_rows.c.kind == kind, readable_rows.c.geom.op("&&")(_window(around)))
        .group_by(readable_rows.c.geom, readable_rows.c.owner_category)
        .subquery("groups")
    )
    query = _placed(groups, around, groups.c.owner_category, groups.c.found)
    rows = positions.run(ctx, query.order_by("metres", groups.c.owner_category, "lon", "lat").limit(limit))
    return [CellGroup(row.owner_category, row.found, round(row.metres), row.lon, row.lat) for row in rows]


def hidden_near(ctx: Ctx, around: Near, kind: str) -> Hidden:
    """The cells within reach that contain structures of a kind that the actor does not see exactly.

    Only the cells of the public map are compared, so that moving the place reveals no more than they do; planned,
    unfinished and restricted structures have none. The caller logs the answer, whatever it is.
    """
    if positions.sees_all(ctx):
        return Hidden((), frozenset())
    cells = (
        select(
            Structure.geom_coarse.label("cells"),
            func.array_agg(Structure.owner_organisation_id.distinct()).label("owners"),
        )
        .where(
            Structure.kind == kind,
            positions.sees_exactly(ctx).is_not(True),
            positions.is_shown_as_cells(),
            Structure.geom_coarse.op("&&")(_window(around)),
        )
        .group_by(Structure.geom_coarse)
        .subquery("groups")
    )
    rows = ctx.session.execute(_placed(cells, around, cells.c.owners).order_by("metres", "lon", "lat")).all()
    return Hidden(
        tuple(NearbyCell(round(row.metres), row.lon, row.lat) for row in rows),
        frozenset(owner for row in rows for owner in row.owners),
    )


def circle_outline(session: Session, around: Near) -> tuple[dict[str, Any], list[float]]:
    """The outline of the surroundings as GeoJSON, and its west, south, east and north."""
    circle = func.ST_Transform(func.ST_Buffer(_spot(around), around.metres, _QUARTER_SEGMENTS), WGS84)
    sides = (func.ST_XMin(circle), func.ST_YMin(circle), func.ST_XMax(circle), func.ST_YMax(circle))
    row = session.execute(select(func.ST_AsGeoJSON(circle, _DECIMALS), *sides)).one()
    return json.loads(row[0]), [round(side, _DECIMALS) for side in row[1:]]


def _spot(around: Near) -> ColumnElement[Any]:
    return func.ST_Transform(point(around.lon, around.lat), PROVINCE_GRID)


def _here() -> ScalarSelect[Any]:
    """The place :lon, :lat, computed once: a subselect of a materialised row keeps the order of the index."""
    lon, lat = (bindparam(name, type_=Float) for name in ("lon", "lat"))
    row: CTE = (
        select(func.ST_Transform(point(lon, lat), PROVINCE_GRID).label("place")).cte("here").prefix_with("MATERIALIZED")
    )
    return select(row.c.place).scalar_subquery()


def _window(around: Near) -> ColumnElement[Any]:
    return func.ST_MakeEnvelope(*around.box, WGS84)


def _placed(groups: Any, around: Near, *columns: ColumnElement[Any]) -> Select[Any]:
    """The groups with cells within reach, each with `metres` and a place within its cells."""
    flat = func.ST_Transform(groups.c.cells, PROVINCE_GRID)
    middle = func.ST_PointOnSurface(groups.c.cells)
    metres = func.ST_Distance(flat, _spot(around))
    return select(
        *columns, metres.label("metres"), func.ST_X(middle).label("lon"), func.ST_Y(middle).label("lat")
    ).where(metres <= around.metres)


@dataclass(frozen=True)
class ComparisonNeed:
    """What structures are compared for: so many places of a kind, near a place (WGS 84 degrees)."""

    kind: str
    quantity: int
    lon: float
    lat: float


@dataclass(frozen=True)
class ComparisonCell:
    """The text of a column for one structure, and a link to more."""

    text: str
    url: str | None = None


#: Called once for all exact rows (id, code, kind, owner_organisation_id...): id -> cell.
CellSource = Callable[[Ctx, ComparisonNeed, Sequence[Any]], Mapping[int, ComparisonCell]]


@dataclass(frozen=True)
class ComparisonColumn:
    """An additional column: its heading and its cells."""

    key: str
    label: Any
    source: CellSource


COMPARISON_COLUMNS = ExtensionPoint[ComparisonColumn]("structures.comparison_columns")


def comparison_columns(
    ctx: Ctx, wish: ComparisonNeed, rows: Sequence[Any]
) -> list[tuple[ComparisonColumn, Mapping[int, ComparisonCell]]]:
    """The columns that have a cell for any of these rows."""
    filled_columns = [(column, column.source(ctx, wish, rows)) for column in COMPARISON_COLUMNS] if rows else []
    return [(column, cells) for column, cells in filled_columns if cells]
