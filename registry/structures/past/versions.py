"""Which version of a row was valid and known: one rule for every versioned table."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Subquery, and_, case, exists, or_, select

from registry.kernel.db.base import Base
from registry.kernel.db.history import history_of
from registry.structures.past.when import Point


def said(version: FromClause, model: type[Base], point: Point) -> list[ColumnElement[bool]]:
    """`version`, an alias of the history of `model`, is the one that held at the point.

    That is the one recorded last among those known by then that had begun to hold by then.
    """
    later = history_of(model).alias()
    return [
        version.c.effective_from < point.valid_before,
        version.c.recorded_from <= point.known_at,
        # Named, for `SELECT *` would ask for the right to read every column.
        ~exists(later.c.history_id).where(
            later.c.id == version.c.id,
            later.c.history_id > version.c.history_id,
            later.c.effective_from < point.valid_before,
            later.c.recorded_from <= point.known_at,
        ),
    ]


def lasts(version: FromClause, point: Point) -> ColumnElement[bool]:
    """The row of a version that held was not deleted before the day was over, as far as known by then."""
    end = version.c.recorded_to
    return or_(end.is_(None), end > point.known_at, end >= point.valid_before)


def rows_at(model: type[Base], point: Point, name: str) -> Subquery:
    """The rows of a versioned table as they were valid and known."""
    version = history_of(model).alias()
    columns = [version.c[column.name] for column in model.__table__.columns]
    return select(*columns).where(*said(version, model, point), lasts(version, point)).subquery(name)


def known(model: type[Base], point: Point, name: str) -> Subquery:
    """A small table of names as it was known at the point; rows that are older than their history, as they stand."""
    now, version, later = model.__table__, history_of(model).alias(), history_of(model).alias()
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
