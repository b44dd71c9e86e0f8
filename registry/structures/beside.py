"""What stands beside a line, one by one: what the reader sees exactly, in the order of the line.

Whom a row may be told to is `positions`' answer; the metres of the index are read here, since it knows no other.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from sqlalchemy import Float, Select, Text, bindparam, func, literal_column, select, true

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.structures import positions, prepared
from registry.structures.codes import Status
from registry.structures.models import PROVINCE_GRID, WGS84, Structure

#: What stands no longer.
_GONE: Final = (Status.DECOMMISSIONED, Status.REMOVED)
_DECIMALS: Final = 6


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
    """The length of a line (GeoJSON, WGS 84) in metres, and what of `corridor.along` the reader sees exactly, in order.

    One more than `most` stands for any more. The caller notes the look of what it shows.
    """
    values = {"line": geojson, "metres": float(metres)}
    rows = prepared.run(ctx, ("beside", most), lambda: _beside(ctx, most), values)
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
