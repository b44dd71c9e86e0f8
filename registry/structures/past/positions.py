"""Past positions, for `structures/positions.py`: each actor's one selectable, over the history instead of the present.

Rights are always today's: the present row decides who sees a structure exactly, as a cell or not at all, whatever the
version shown said then; one that is gone from the register is judged by its last version. Whoever sees a cell sees that
of the same row: two cells at two times would say that the place lies at the border between them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Subquery,
    Text,
    case,
    cast,
    collate,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.db.history import history_of
from registry.structures import positions
from registry.structures.codes import SharingStatus, Status
from registry.structures.models import Structure
from registry.structures.past.models import StructureGone
from registry.structures.past.versions import said
from registry.structures.past.when import Point, When

#: What lists of the past need besides, since they cannot join the present table; NULL in the coarse branch.
_MORE: Final = ("surveyed_on", "created_at", "provenance", "position_method")
#: A plan of today is nobody else's business, whatever was said of it once.
_PLANS: Final = (Status.PLANNED, Status.BUILDING)
_DECIMALS: Final = 7
Window = ColumnElement[Any] | None


def readable(ctx: Ctx, when: When | None, *, window: Window = None, name: str = "readable") -> Subquery:
    """What the actor may see of a time, in the columns of `positions.readable`; of the present without `when`.

    Past rows have also `history_id` (None for cells) and the columns of _MORE. `window`, a geometry, lets the spatial
    indexes narrow the versions and the cells first; the caller still compares `geom` with it.
    """
    if when is None:
        return positions.readable(ctx, name=name)
    first, *others = _branches(ctx, when, window)
    return first.union_all(*others).subquery(name) if others else first.subquery(name)


def counted(ctx: Ctx, when: When | None, statuses: Collection[Status] = positions.SHOWN_AS_CELLS) -> Subquery:
    """What figures of a time count, in the columns of `readable`; see `positions.counted`."""
    if when is None:
        return positions.counted(ctx, statuses)
    if not positions.counts_province(ctx):
        return readable(ctx, when, name="counted")
    point = when.at(ctx.now)
    found: list[Select[Any]] = []
    for holder, known in _holders(when, point):
        found += [_exact(ctx, holder, point, None).where(*known), _province(ctx, holder, point, statuses).where(*known)]
    return union_all(*found).subquery("counted")


def parts(ctx: Ctx, when: When | None, *, window: Window = None) -> list[Subquery]:
    """What `readable` holds, branch by branch."""
    if when is None:
        return positions.parts(ctx)
    return [branch.subquery(f"part_{number}") for number, branch in enumerate(_branches(ctx, when, window))]


def _branches(ctx: Ctx, when: When, window: Window) -> list[Select[Any]]:
    point = when.at(ctx.now)
    found = []
    for holder, known in _holders(when, point):
        found.append(_exact(ctx, holder, point, window).where(*known))
        if not positions.sees_all(ctx):
            found.append(_coarse(ctx, holder, point, window).where(*known))
    return found


def _holders(when: When, point: Point) -> Iterator[tuple[Any, list[ColumnElement[bool]]]]:
    """The rows that decide who may see what: the present ones, and the last ones of those that are gone."""
    yield Structure, []
    if when.recorded_at is None:
        # Of what is gone nothing is known now: it was a sample, or a mistake that was taken back.
        return
    last = history_of(Structure).alias()
    rows = (
        select(*(last.c[column.name] for column in Structure.__table__.columns), StructureGone.gone_at)
        .join(StructureGone, StructureGone.history_id == last.c.history_id)
        .subquery("gone")
    )
    yield aliased(Structure, rows, adapt_on_names=True), [rows.c.gone_at > point.known_at]


def _exact(ctx: Ctx, holder: Any, point: Point, window: Window) -> Select[Any]:
    version = history_of(Structure).alias()
    query = _as_said(holder, version, point).where(visible(ctx, holder, P.STRUCTURE_READ))
    return query if window is None else query.where(version.c.geom.op("&&")(window))


def _province(ctx: Ctx, holder: Any, point: Point, statuses: Collection[Status]) -> Select[Any]:
    """What figures of the province count besides: by today's rights, in a status of then."""
    version = history_of(Structure).alias()
    return _as_said(holder, version, point).where(
        visible(ctx, holder, P.STRUCTURE_READ).is_not(True),
        visible(ctx, holder, P.DASHBOARD_PROVINCE),
        holder.status.not_in(_PLANS),
        version.c.status.in_(statuses),
    )


def _as_said(holder: Any, version: Any, point: Point) -> Select[Any]:
    columns = (
        holder.id.label("id"),
        holder.code.label("code"),
        version.c.kind,
        version.c.owner_category,
        version.c.is_sample,
        literal(True).label("exact"),
        version.c.name,
        *(version.c[attribute] for attribute in (*positions.EXACT_ONLY, *_MORE)),
        version.c.history_id,
        version.c.geom,
    )
    return _joined(columns, holder, version).where(*said(version, Structure, point))


def _coarse(ctx: Ctx, holder: Any, point: Point, window: Window) -> Select[Any]:
    version = history_of(Structure).alias()
    columns = (
        holder.id.label("id"),
        holder.code.label("code"),
        version.c.kind,
        version.c.owner_category,
        version.c.is_sample,
        literal(False).label("exact"),
        collate(cast(literal(""), Text), Structure.name.type.collation).label("name"),
        *(_hidden(version, attribute) for attribute in (*positions.EXACT_ONLY, *_MORE)),
        cast(null(), version.c.history_id.type).label("history_id"),
        holder.geom_coarse.label("geom"),
    )
    query = _joined(columns, holder, version).where(
        *said(version, Structure, point),
        visible(ctx, holder, P.STRUCTURE_READ).is_not(True),
        holder.sharing_status != SharingStatus.RESTRICTED,
        holder.status.not_in(_PLANS),
        version.c.status.in_(positions.SHOWN_AS_CELLS),
    )
    return query if window is None else query.where(holder.geom_coarse.op("&&")(window))


def _joined(columns: Iterable[ColumnElement[Any]], holder: Any, version: Any) -> Select[Any]:
    query: Select[Any] = select(*columns).select_from(holder).join(version, version.c.id == holder.id)
    return query


def _hidden(version: Any, attribute: str) -> ColumnElement[Any]:
    if attribute == "updated_at":
        return literal(positions.LONG_AGO).label(attribute)
    typed: ColumnElement[Any] = cast(null(), version.c[attribute].type)
    return typed.label(attribute)


def middle_of(seen: Subquery) -> ColumnElement[Any]:
    """The place that decides on the unit of a row: a point itself, of a line its middle."""
    is_line = func.GeometryType(seen.c.geom) == "LINESTRING"
    return case((is_line, func.ST_LineInterpolatePoint(seen.c.geom, 0.5)), else_=func.ST_PointOnSurface(seen.c.geom))


def geojson_at(ctx: Ctx, when: When, structure_id: int) -> str | None:
    """The geometry that the actor may see of one structure at that time, as GeoJSON text with 7 decimals."""
    seen = readable(ctx, when)
    query = select(func.ST_AsGeoJSON(seen.c.geom, _DECIMALS)).where(seen.c.id == structure_id)
    found: str | None = positions.run(ctx, query).scalar()
    return found


def given_at(ctx: Ctx, when: When, structure_id: int) -> Row[Any] | None:
    """How the position was given at that time, its length in metres and its shape, for who sees it exactly."""
    seen, version = readable(ctx, when), history_of(Structure).alias()
    query = (
        select(
            version.c.given_position,
            version.c.given_srid,
            version.c.position_operation,
            func.ST_Length(version.c.geom_m).label("length_m"),
            func.ST_AsGeoJSON(version.c.geom, _DECIMALS).label("geojson"),
        )
        .join(seen, seen.c.history_id == version.c.history_id)
        .where(seen.c.id == structure_id, seen.c.exact)
    )
    return positions.run(ctx, query).one_or_none()


def given_of_versions(ctx: Ctx, structure_id: int, limit: int) -> dict[int, str]:
    """The position as it was given in each of the newest versions of a structure, for who sees it exactly today."""
    version = history_of(Structure).alias()
    query = (
        select(version.c.history_id, version.c.given_position)
        .join(Structure, Structure.id == version.c.id)
        .where(version.c.id == structure_id, positions.sees_exactly(ctx))
        .order_by(version.c.history_id.desc())
        .limit(limit)
    )
    return {row.history_id: row.given_position for row in positions.run(ctx, query)}
