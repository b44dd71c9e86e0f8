"""Where the structures on a route are from its line: distances, order and spans, computed inside the database.

Exactly compared are structures of the route's owner and published ones. Of all others only the public cells are, for a
line that its owner may redraw at will would find the place of a hidden structure by asking.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from geoalchemy2 import Geometry
from sqlalchemy import ColumnElement, FromClause, Subquery, and_, case, func, null, or_, select, text
from sqlalchemy import cast as sql_cast

from registry.authz.actors import Ctx
from registry.kernel.db.session import POSITION_READER_ROLE
from registry.structures.commands import GivenPosition
from registry.structures.kinds.kind import Kind
from registry.structures.models import PROVINCE_GRID, WGS84, Structure
from registry.structures.positions.reader_role import reading, run
from registry.structures.visibility import IS_PUBLISHED

#: Within so many metres of the ends of a ring a place on it may be at its beginning or at its end.
_RING_ENDS_M: Final = 50.0
#: A ring goes to another structure and back.
_SMALLEST_RING: Final = 3
_MILLIMETRE: Final = Decimal("0.001")
_CREATE_LENGTHS: Final = text(
    "CREATE TEMPORARY TABLE check_length (number bigint, drawn_length_m numeric(12, 3)) ON COMMIT DROP"
)
_LENGTHS: Final = text(
    "INSERT INTO check_length SELECT number, ST_Length(spot_m) FROM check_place"
    " UNION ALL SELECT match.number, ST_Length(s.geom_m) FROM check_match match JOIN structure s"
    " ON s.id = match.structure_id WHERE match.number NOT IN (SELECT number FROM check_place)"
)


def line_of_geojson(geojson: Any) -> ColumnElement[Any]:
    """A stated line (WGS 84) on the grid of the province, for the column `line_m` of `facts_along`."""
    shape = func.ST_SetSRID(func.ST_GeomFromGeoJSON(geojson), WGS84)
    line: ColumnElement[Any] = sql_cast(func.ST_Transform(shape, PROVINCE_GRID), Geometry)
    return line


def recorded_line() -> ColumnElement[Any]:
    """The column `line_m` of `facts_along` where the line is that of the register."""
    line: ColumnElement[Any] = sql_cast(null(), Geometry)
    return line


def drawn_length(
    ctx: Ctx, kind: Kind, values: Mapping[str, Any], position: GivenPosition | None, structure_id: int | None = None
) -> dict[str, Decimal]:
    """`drawn_length_m` for the rules of a record that states a length; nothing where there is nothing to compare.

    The length is that of the given position, else that of the structure.
    """
    if all(values.get(name) is None for name in kind.length_fields):
        return {}
    if position is not None:
        query = select(func.ST_Length(line_of_geojson(position.geojson)))
    else:
        query = select(func.ST_Length(Structure.geom_m)).where(Structure.id == structure_id)
    length = run(ctx, query).scalar_one()
    return {"drawn_length_m": Decimal(length).quantize(_MILLIMETRE)}


def fill_lengths(ctx: Ctx) -> None:
    """Fill `check_length` (number, drawn_length_m) with the lengths of the lines of a file: as given, else as recorded.

    Reads the scratch tables `check_place` and `check_match` of the connection.
    """
    ctx.session.execute(text("DROP TABLE IF EXISTS pg_temp.check_length"))
    ctx.session.execute(_CREATE_LENGTHS)
    ctx.session.execute(
        text(f"GRANT SELECT, INSERT ON check_length, check_place, check_match TO {POSITION_READER_ROLE}")
    )
    with reading(ctx):
        ctx.session.execute(_LENGTHS)


def facts_along(routes: FromClause) -> Subquery:
    """The facts of each structure on each route. To be read within `run`.

    `routes` has `key`, `line_id` (the structure that has the line, or NULL), `line_m` (a line that replaces it, or
    NULL), `owner_id`, `ordinal`, `structure_id`. The result has its columns without the line, and of each structure:
    `code`, `kind`, `status`, `began_on` (first day of its life, or NULL), `exact`, `apart_m` (from the line; of a
    hidden one from its cells), `back_m` (metres by which it lies before its forerunner in the direction of the list),
    `span_m` (from its forerunner), `before_kind`, `repeats` (it stands earlier in the list) and `closes` (it is the
    first of the list again, at its end). What is unknown is NULL.
    """
    carrier, line = Structure.__table__.alias("carrier"), Structure.__table__.alias("line")
    line_m = func.coalesce(routes.c.line_m, line.c.geom_m)
    spot = case(
        (func.ST_Dimension(carrier.c.geom_m) == 1, func.ST_LineInterpolatePoint(carrier.c.geom_m, 0.5)),
        else_=carrier.c.geom_m,
    )
    placed = (
        select(
            *(column for column in routes.c if column.name not in ("line_m", "line_id")),
            carrier.c.code,
            carrier.c.kind,
            carrier.c.status,
            func.least(carrier.c.built_on, carrier.c.in_service_on).label("began_on"),
            or_(
                carrier.c.owner_organisation_id == routes.c.owner_id,
                IS_PUBLISHED.clause(carrier),
            ).label("exact"),
            line_m.label("line_m"),
            func.ST_Length(line_m).label("length_m"),
            carrier.c.geom_m.label("carrier_m"),
            spot.label("spot_m"),
            func.ST_Transform(carrier.c.geom_coarse, PROVINCE_GRID).label("cells_m"),
        )
        .select_from(routes)
        .join(carrier, carrier.c.id == routes.c.structure_id)
        .outerjoin(line, line.c.id == routes.c.line_id)
        .subquery("placed")
    )
    first, last = _along(placed.c, func.ST_StartPoint), _along(placed.c, func.ST_EndPoint)
    located = select(
        placed, func.least(first, last).label("begins_m"), func.greatest(first, last).label("ends_m")
    ).subquery("located")
    route: dict[str, Any] = {"partition_by": located.c.key, "order_by": located.c.ordinal}
    whole: dict[str, Any] = {"partition_by": located.c.key}
    same: dict[str, Any] = {"partition_by": (located.c.key, located.c.structure_id), "order_by": located.c.ordinal}
    steps = select(
        located,
        (
            (located.c.begins_m + located.c.ends_m - func.lag(located.c.begins_m + located.c.ends_m).over(**route)) / 2
        ).label("step_m"),
        (func.lag(located.c.begins_m).over(**route) - located.c.ends_m).label("before_m"),
        (located.c.begins_m - func.lag(located.c.ends_m).over(**route)).label("beyond_m"),
        case(
            (
                and_(located.c.exact, func.lag(located.c.exact).over(**route)),
                func.ST_Distance(func.lag(located.c.carrier_m).over(**route), located.c.carrier_m),
            )
        ).label("span_m"),
        func.lag(located.c.kind).over(**route).label("before_kind"),
        (func.row_number().over(**same) > 1).label("repeats"),
        and_(
            located.c.ordinal == func.max(located.c.ordinal).over(**whole),
            located.c.structure_id == func.first_value(located.c.structure_id).over(**route),
            located.c.ordinal >= _SMALLEST_RING,
        ).label("closes"),
    ).subquery("steps")
    # A list runs in the direction in which its end lies from its beginning.
    direction = func.sign(func.sum(steps.c.step_m).over(partition_by=steps.c.key))
    apart = case(
        (steps.c.exact, func.ST_Distance(steps.c.line_m, steps.c.spot_m)),
        else_=func.ST_Distance(steps.c.line_m, steps.c.cells_m),
    )
    hidden = ("line_m", "carrier_m", "spot_m", "cells_m", "begins_m", "ends_m", "step_m", "before_m", "beyond_m")
    # A duct and the manhole at its end may stand in either order: only what lies wholly before its forerunner is back.
    back = case((direction >= 0, steps.c.before_m), else_=steps.c.beyond_m)
    return select(
        *(column for column in steps.c if column.name not in hidden),
        apart.label("apart_m"),
        back.label("back_m"),
    ).subquery("facts")


def _along(columns: Any, end: Callable[[Any], ColumnElement[Any]]) -> ColumnElement[Any]:
    """Metres along the line to an end of a structure that is known exactly; NULL near the ends of a ring."""
    spot = case((func.ST_Dimension(columns.carrier_m) == 1, end(columns.carrier_m)), else_=columns.carrier_m)
    along = case((columns.exact, func.ST_LineLocatePoint(columns.line_m, spot) * columns.length_m))
    is_ring = func.ST_DWithin(func.ST_StartPoint(columns.line_m), func.ST_EndPoint(columns.line_m), 1.0)
    is_at_its_ends = and_(is_ring, or_(along < _RING_ENDS_M, along > columns.length_m - _RING_ENDS_M))
    return case((is_at_its_ends, None), else_=along)
