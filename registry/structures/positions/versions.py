"""Which version of a row was valid and known at a point of time: one rule for every versioned table."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Subquery,
    Text,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
)
from sqlalchemy.sql.selectable import NamedFromClause

from registry.authz.actors import Ctx
from registry.kernel.clock import local_date
from registry.kernel.db.base import Base
from registry.kernel.db.history import history_of
from registry.structures.codes import IN_SERVICE, Status
from registry.structures.models import Structure
from registry.structures.positions.moment import Point, day_start
from registry.territory.models import AdminUnit, UnitLevel


@cache
def version_of(model: type[Base]) -> NamedFromClause[Any]:
    """The alias of the history of a model that each branch of a statement selects its version from.

    One for all statements: an alias makes an object for each of its columns.
    """
    return history_of(model).alias()


@cache
def _later_than(model: type[Base]) -> NamedFromClause[Any]:
    """The alias for what was recorded after a version."""
    return history_of(model).alias()


def version_conditions(version: FromClause, model: type[Base], point: Point) -> list[ColumnElement[bool]]:
    """`version`, an alias of the history of `model`, is the version that was valid at the point.

    That is the one recorded last among those known by then that were valid by then.
    """
    later = _later_than(model)
    return [
        version.c.effective_from < point.valid_before,
        version.c.recorded_from <= point.known_at,
        # A named column: `SELECT *` would need the right to read every column.
        ~exists(later.c.history_id).where(
            later.c.id == version.c.id,
            later.c.history_id > version.c.history_id,
            later.c.effective_from < point.valid_before,
            later.c.recorded_from <= point.known_at,
        ),
    ]


def is_not_deleted(version: FromClause, point: Point) -> ColumnElement[bool]:
    """The row of a valid version was not deleted before the end of the day, as far as known by then."""
    end = version.c.recorded_to
    return or_(end.is_(None), end > point.known_at, end >= point.valid_before)


def rows_at(model: type[Base], point: Point, name: str) -> Subquery:
    """The rows of a versioned table as they were valid and known."""
    version = version_of(model)
    columns = [version.c[column.name] for column in model.__table__.columns]
    return (
        select(*columns)
        .where(*version_conditions(version, model, point), is_not_deleted(version, point))
        .subquery(name)
    )


def names_at(model: type[Base], point: Point, name: str) -> Subquery:
    """A small table of names as it was known at the point; rows older than their history as they are now."""
    now, version, later = model.__table__, version_of(model), _later_than(model)
    last = ~exists().where(
        later.c.id == version.c.id,
        later.c.history_id > version.c.history_id,
        later.c.recorded_from <= point.known_at,
    )
    columns: list[Any] = [
        now.c.id,
        *(
            case((version.c.history_id.is_not(None), version.c[column.name]), else_=column).label(column.name)
            for column in now.columns
            if column.name not in ("id", "geom")
        ),
    ]
    joined = now.outerjoin(version, and_(version.c.id == now.c.id, version.c.recorded_from <= point.known_at, last))
    return select(*columns).select_from(joined).subquery(name)


@dataclass(frozen=True)
class Beginning:
    """What the records say of a day: the structure had begun by it (`sure`), or its start is not known (`unknown`)."""

    sure: ColumnElement[bool]
    unknown: ColumnElement[bool]


def was_recorded_by(structure_id: Any, end: datetime, known_at: datetime | None = None) -> ColumnElement[bool]:
    """The register has a structure as of a moment before `end`, though it may have been entered later.

    With `known_at`: entered by that moment.
    """
    version = history_of(Structure).alias()
    by_then = [] if known_at is None else [version.c.recorded_from <= known_at]
    conditions = (version.c.id == structure_id, version.c.effective_from < end, *by_then)
    return select(version.c.history_id).where(*conditions).exists()


def begun_by(
    ctx: Ctx, on: date, start: ColumnElement[Any], row: Any = Structure, known_at: datetime | None = None
) -> Beginning:
    """Whether a structure had begun by a day; `start` is its first recorded day, `row` has the columns of the table.

    One without a first day is sure to exist since the register has it; before, its start is unknown, not “always”.
    `known_at`: the moment as of which `row` is known, now if None.
    """
    if on >= local_date(known_at or ctx.now):
        return Beginning(or_(start.is_(None), start <= on), false())
    end = day_start(on + timedelta(days=1))
    is_recorded = or_(row.created_at < end, was_recorded_by(row.id, end, known_at))
    return Beginning(or_(start <= on, and_(start.is_(None), is_recorded)), and_(start.is_(None), not_(is_recorded)))


def in_use_on(
    ctx: Ctx, on: date, kinds: Collection[str], ended: Any, row: Any = Structure, known_at: datetime | None = None
) -> ColumnElement[bool]:
    """Structures of these kinds in use on a day: not `ended` by it, not planned, under construction or suspended.

    Suspensions of a past day are those that the register knows today, or knew at `known_at`, as of which `row` is
    known; before the first record there are none.
    """
    status = row.status
    standing = (*IN_SERVICE, Status.SUSPENDED)
    served = or_(ended > on, and_(ended.is_(None), status.in_(standing)))
    built = status.not_in((Status.PLANNED, Status.BUILDING))
    if on >= local_date(known_at or ctx.now):
        return and_(built, served, status != Status.SUSPENDED)
    version = history_of(Structure).alias()
    point = Point(on, day_start(on + timedelta(days=1)), known_at or ctx.now)
    suspended = select(version.c.id).where(
        version.c.status == Status.SUSPENDED,
        version.c.kind.in_(kinds),
        *version_conditions(version, Structure, point),
        is_not_deleted(version, point),
    )
    return and_(built, served, row.id.not_in(suspended))


def units_at(point: Point, name: str) -> Subquery:
    """All units with their names and days as they were known."""
    return names_at(AdminUnit, point, name)


def communes_in_force(point: Point) -> Any:
    """Ids of the communes in force on the day."""
    units = units_at(point, "units")
    return select(units.c.id).where(units.c.level == UnitLevel.COMMUNE, is_in_force(units, point.day))


def is_in_force(units: Subquery, day: date) -> ColumnElement[bool]:
    """Units of `units_at` that are in force on a day."""
    begun = or_(units.c.valid_from.is_(None), units.c.valid_from <= day)
    return and_(begun, or_(units.c.valid_to.is_(None), units.c.valid_to >= day))


def commune_id_at(readable_rows: Subquery, in_force_ids: Any, point: Point) -> ColumnElement[Any]:
    """The commune of a row in the units as known at a point: the recorded one if in force, else that of its place.

    NULL for cells and outside the province.
    """
    lay_in = func.unit_known_at(
        middle_of(readable_rows), literal(UnitLevel.COMMUNE.value, Text), point.day, point.known_at
    )
    return case(
        (readable_rows.c.commune_id.is_(None), null()),
        (readable_rows.c.commune_id.in_(in_force_ids), readable_rows.c.commune_id),
        else_=lay_in,
    )


def middle_of(readable_rows: Subquery) -> ColumnElement[Any]:
    """The place that decides on the unit of a row: a point itself, the middle of a line."""
    is_line = func.GeometryType(readable_rows.c.geom) == "LINESTRING"
    return case(
        (is_line, func.ST_LineInterpolatePoint(readable_rows.c.geom, 0.5)),
        else_=func.ST_PointOnSurface(readable_rows.c.geom),
    )
