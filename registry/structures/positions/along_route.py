"""Where the structures on a route are from its line: distances, order and spans, computed inside the database.

Exactly compared are structures of the route's owner and published ones. Of all others only the public cells are, for a
line that its owner may redraw at will would find the place of a hidden structure by asking.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from geoalchemy2 import Geometry
from sqlalchemy import ColumnElement, FromClause, Subquery, and_, case, func, not_, or_, select, text
from sqlalchemy import cast as sql_cast

from registry.authz.actors import Ctx
from registry.kernel.db.session import POSITION_READER_ROLE
from registry.structures.commands import GivenPosition
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import Kind, Shape
from registry.structures.models import PROVINCE_GRID, WGS84, Structure
from registry.structures.positions.reader_role import reading, run
from registry.structures.visibility import IS_PUBLISHED

#: Within so many metres of the ends of a ring a place on it may be at its beginning or at its end.
_RING_ENDS_M: Final = 50.0
#: A line with ends this near each other is a ring.
_CLOSED_M: Final = 1.0
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
    """A stated line (WGS 84) on the grid of the province."""
    shape = func.ST_SetSRID(func.ST_GeomFromGeoJSON(geojson), WGS84)
    line: ColumnElement[Any] = sql_cast(func.ST_Transform(shape, PROVINCE_GRID), Geometry)
    return line


def recorded_line(structure: FromClause) -> ColumnElement[Any]:
    """A line on the grid of the province: that of this row of `structure`."""
    line: ColumnElement[Any] = sql_cast(structure.c.geom_m, Geometry)
    return line


def line_columns(line_m: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
    """The columns of a line that `facts_along` reads: `line_m`, `length_m`, `is_ring`."""
    ends_apart = func.ST_Distance(func.ST_StartPoint(line_m), func.ST_EndPoint(line_m))
    return line_m.label("line_m"), func.ST_Length(line_m).label("length_m"), (ends_apart <= _CLOSED_M).label("is_ring")


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

    `routes` has `key`, the columns of `line_columns`, `owner_id`, `ordinal`, `structure_id`. The result has its columns
    without those of the line, and of each structure: `code`, `kind`, `status`, `began_on` (first day of its life, or
    NULL), `exact`, `apart_m` (from the line; of a hidden one from its cells), `back_m` (metres by which it lies before
    its forerunner in the direction of the list), `span_m` (from its forerunner), `before_kind`, `repeats` (it stands
    earlier in the list) and `closes` (it is the first of the list again, at its end). What is unknown is NULL.
    """
    located = _located(routes).c
    route: dict[str, Any] = {"partition_by": located.key, "order_by": located.ordinal}
    same: dict[str, Any] = {"partition_by": (located.key, located.structure_id), "order_by": located.ordinal}
    begun_m, ended_m = func.lag(located.begins_m).over(**route), func.lag(located.ends_m).over(**route)
    steps = select(
        *(column for column in located if column.name != "exact_m"),
        (located.begins_m + located.ends_m - (begun_m + ended_m)).label("step_m"),
        (begun_m - located.ends_m).label("before_m"),
        (located.begins_m - ended_m).label("beyond_m"),
        func.ST_Distance(func.lag(located.exact_m).over(**route), located.exact_m).label("span_m"),
        func.lag(located.kind).over(**route).label("before_kind"),
        (func.row_number().over(**same) > 1).label("repeats"),
    ).subquery("steps")
    whole: dict[str, Any] = {"partition_by": steps.c.key}
    # A list runs in the direction in which its end lies from its beginning.
    direction = func.sum(steps.c.step_m).over(**whole)
    # A duct and the manhole at its end may stand in either order: only what lies wholly before its forerunner is back.
    back = case((direction >= 0, steps.c.before_m), else_=steps.c.beyond_m)
    first_id = func.max(steps.c.structure_id).filter(steps.c.before_kind.is_(None)).over(**whole)
    is_last = steps.c.ordinal == func.max(steps.c.ordinal).over(**whole)
    closes = and_(is_last, steps.c.ordinal >= _SMALLEST_RING, steps.c.structure_id == first_id)
    hidden = ("begins_m", "ends_m", "step_m", "before_m", "beyond_m")
    columns = (column for column in steps.c if column.name not in hidden)
    return select(*columns, back.label("back_m"), closes.label("closes")).subquery("facts")


def _located(routes: FromClause) -> Subquery:
    """The routes with what is read from the shapes of the structures on them.

    `exact_m` is the shape of what is known exactly; `begins_m` and `ends_m` are metres along the line to its ends, NULL
    near the ends of a ring, where it may be either. OFFSET keeps the database from computing a distance for each of its
    uses.
    """
    carrier, hidden = Structure.__table__.alias("carrier"), Structure.__table__.alias("hidden")
    line_m, shape = routes.c.line_m, carrier.c.geom_m
    exact = or_(carrier.c.owner_organisation_id == routes.c.owner_id, IS_PUBLISHED.clause(carrier))
    is_line = carrier.c.kind.in_([code for code, kind in KINDS.items() if kind.shape is Shape.LINE])
    cells_m = select(func.ST_Transform(hidden.c.geom_coarse, PROVINCE_GRID)).where(hidden.c.id == routes.c.structure_id)
    middle = case(
        (not_(exact), cells_m.scalar_subquery()),
        (is_line, func.ST_LineInterpolatePoint(shape, 0.5)),
        else_=shape,
    )
    # A point is one place along the line: it has no `last_m`.
    first = case((not_(exact), None), (is_line, func.ST_StartPoint(shape)), else_=shape)
    last = case((and_(exact, is_line), func.ST_EndPoint(shape)))
    measured = (
        select(
            *(column for column in routes.c if column.name != "line_m"),
            carrier.c.code,
            carrier.c.kind,
            carrier.c.status,
            func.least(carrier.c.built_on, carrier.c.in_service_on).label("began_on"),
            exact.label("exact"),
            case((exact, shape)).label("exact_m"),
            func.ST_Distance(line_m, middle).label("apart_m"),
            (func.ST_LineLocatePoint(line_m, first) * routes.c.length_m).label("first_m"),
            (func.ST_LineLocatePoint(line_m, last) * routes.c.length_m).label("last_m"),
        )
        .join_from(routes, carrier, carrier.c.id == routes.c.structure_id)
        .offset(0)
        .subquery("measured")
    )
    begins_m, ends_m = (_unless_at_ring_ends(measured.c, along) for along in (measured.c.first_m, measured.c.last_m))
    return (
        select(
            *(column for column in measured.c if column.name not in ("length_m", "is_ring", "first_m", "last_m")),
            func.least(begins_m, ends_m).label("begins_m"),
            func.greatest(begins_m, ends_m).label("ends_m"),
        )
        .offset(0)
        .subquery("located")
    )


def _unless_at_ring_ends(measured: Any, along: Any) -> ColumnElement[Any]:
    is_at_its_ends = and_(measured.is_ring, or_(along < _RING_ENDS_M, along > measured.length_m - _RING_ENDS_M))
    return case((is_at_its_ends, None), else_=along)
