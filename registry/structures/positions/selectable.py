"""One selectable of structures for each actor, exact or as cells, of the present or of a past time.

In the coarse branch every attribute but kind and owner category is NULL, so a filter on any other attribute reveals
nothing about those rows.

Rights are always today's: the present row decides who sees a structure exactly, as a cell or not at all, whatever the
status of the past version was; a structure that left the register is judged by its last version. The cell of a past row
is that of the same present row: two cells at two times would place the structure at the border between them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Double,
    LargeBinary,
    Row,
    Select,
    Subquery,
    Text,
    Uuid,
    and_,
    any_,
    cast,
    collate,
    column,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    table,
    union_all,
)
from sqlalchemy.orm import aliased

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, holds, scopes_of, side, visible
from registry.kernel.db.history import history_of
from registry.structures.codes import Status
from registry.structures.models import Structure, StructureGone
from registry.structures.positions.moment import Point, When
from registry.structures.positions.reader_role import run
from registry.structures.positions.versions import version_conditions, version_of
from registry.structures.visibility import (
    IS_NO_PLAN,
    IS_SHOWN_AS_CELLS,
    PAST_MAY_BE_SHOWN,
    SHOWN_AS_CELLS,
    WAS_SHOWN_AS_CELLS,
)
from registry.territory.models import AdminUnit
from registry.territory.queries import commune_shares

#: Attributes that lists, filters and sorts may use; NULL in the coarse branch.
EXACT_ONLY: Final = (
    "owner_organisation_id",
    "own_code",
    "status",
    "sharing_status",
    "condition",
    "commune_id",
    "road_name",
    "address",
    "is_urban",
    "is_public_asset",
    "is_published",
    "confirmed_on",
    "search_text",
    "updated_at",
)
#: Further attributes of past rows, which cannot join the present table; NULL in the coarse branch.
_PAST_ONLY: Final = ("surveyed_on", "created_at", "provenance", "position_method")
_DECIMALS: Final = 7
_DECIMALS_OF_LISTS: Final = 6
#: `updated_at` of everything that is seen as cells.
LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)
Window = ColumnElement[Any] | None
Among = Select[Any] | None
#: The communes of cells, as fastpath/coarse_cell_counts.py declares the table.
_CELL: Final = table("structure_cell", column("key", Uuid), column("unit_id", BigInteger), column("placed_by", Text))


# --- who sees what ------------------------------------------------------------------------------------------------
def sees_all(ctx: Ctx) -> bool:
    """Whether the actor sees every structure exactly."""
    return ALL in scopes_of(ctx.actor, P.STRUCTURE_READ)


def sees_all_of(ctx: Ctx, owner_id: int) -> bool:
    """Whether the actor sees every structure of an owner exactly, restricted ones too."""
    if sees_all(ctx):
        return True
    granted = [part for scope in scopes_of(ctx.actor, P.STRUCTURE_READ) for part in (scope.parts or (scope,))]
    return owner_id in ctx.actor.organisation_ids and side("owner") in granted


def sees_exactly(ctx: Ctx) -> ColumnElement[bool]:
    """The structures that the actor sees exactly."""
    return visible(ctx, Structure, P.STRUCTURE_READ)


def counts_province(ctx: Ctx) -> bool:
    """Whether the actor's figures cover the whole province although it sees most of it as cells."""
    return holds(ctx.actor, P.DASHBOARD_PROVINCE) and not sees_all(ctx)


def is_counted(ctx: Ctx) -> ColumnElement[bool]:
    """The structures that figures may count for the actor: those seen exactly, or all that its figures cover."""
    return or_(sees_exactly(ctx), visible(ctx, Structure, P.DASHBOARD_PROVINCE))


def is_shown_as_cells() -> ColumnElement[bool]:
    """In service or suspended, and not restricted: everyone may see its cells."""
    return and_(Structure.geom_coarse.is_not(None), IS_SHOWN_AS_CELLS.clause(Structure))


# --- the selectable -----------------------------------------------------------------------------------------------
def readable(
    ctx: Ctx, when: When | None = None, *, window: Window = None, among: Among = None, name: str = "readable"
) -> Subquery:
    """All that the actor may see, one row a structure, with `geom` exact or as cells and `exact` (bool).

    Without `when` of the present. Past rows also have `history_id` (None for cells) and the columns of _PAST_ONLY.
    `window`, a geometry, narrows past versions and cells by the spatial indexes; the caller still compares `geom`.
    `among`, a query of ids, narrows all branches by the index of ids; it is read once.
    """
    first, *others = _branches(ctx, when, window, among)
    return first.union_all(*others).subquery(name) if others else first.subquery(name)


def parts(ctx: Ctx, when: When | None = None, *, window: Window = None) -> list[Subquery]:
    """The branches of `readable`: an ordered page of each comes from an index, that of their union does not."""
    return [branch.subquery(f"part_{number}") for number, branch in enumerate(_branches(ctx, when, window))]


def counted(
    ctx: Ctx, when: When | None = None, statuses: Collection[Status] = SHOWN_AS_CELLS, *, among: Among = None
) -> Subquery:
    """The rows that figures count: `readable`, for figures of the province with the attributes of cells, too.

    Of the structures seen as cells only those in one of `statuses` are included. Only counts of it may be shown.
    `among` as in `readable`.
    """
    if not counts_province(ctx):
        return readable(ctx, when, among=among, name="counted")
    if when is None:
        query = _exact(or_(sees_exactly(ctx), and_(is_counted(ctx), Structure.status.in_(statuses))))
        return query.subquery("counted")
    point = when.at(ctx.now)
    branches: list[Select[Any]] = []
    for holder, conditions in holders(when, point, among):
        branches += [
            _exact_at(ctx, holder, point, None).where(*conditions),
            _province_at(ctx, holder, point, statuses).where(*conditions),
        ]
    return union_all(*branches).subquery("counted")


def index_rows(ctx: Ctx) -> Subquery:
    """Id, code and kind of the rows of `readable` in one table: one index scan returns them in order.

    Scanned by branches, one branch may have no row for hundreds of thousands of codes: an import of one owner.
    """
    rows = select(Structure.id, Structure.code, Structure.kind)
    if not sees_all(ctx):
        rows = rows.where(or_(sees_exactly(ctx), is_shown_as_cells()))
    return rows.subquery("walked")


def _branches(ctx: Ctx, when: When | None, window: Window, among: Among = None) -> list[Select[Any]]:
    if when is not None:
        return _branches_at(ctx, when, window, among)
    among_ids = _is_among(Structure.id, among)
    exact = _exact(sees_exactly(ctx)).where(*among_ids)
    if sees_all(ctx):
        return [exact]
    coarse = select(
        Structure.id,
        Structure.code,
        Structure.kind,
        Structure.owner_category,
        Structure.is_sample,
        literal(False).label("exact"),
        _no_name(),
        *(_hidden(Structure, attribute) for attribute in EXACT_ONLY),
        Structure.geom_coarse.label("geom"),
        _place(Structure.geom_coarse),
    ).where(sees_exactly(ctx).is_not(True), is_shown_as_cells(), *among_ids)
    return [exact, coarse]


def _exact(shown: ColumnElement[bool]) -> Select[Any]:
    return select(
        Structure.id,
        Structure.code,
        Structure.kind,
        Structure.owner_category,
        Structure.is_sample,
        literal(True).label("exact"),
        Structure.name,
        *(getattr(Structure, attribute) for attribute in EXACT_ONLY),
        Structure.geom,
        _place(Structure.geom),
    ).where(shown)


def _place(geometry: Any) -> ColumnElement[Any]:
    """The key of an index that sorts neighbours together; the key of cells reveals no more than the cells."""
    return func.place_key(geometry.expression, type_=LargeBinary).label("place")


def _no_name() -> ColumnElement[Any]:
    """Same type and collation as names of the exact branch: only then both are merged in the order of an index."""
    return collate(cast(literal(""), Text), Structure.name.type.collation).label("name")


def _hidden(table: Any, attribute: str) -> ColumnElement[Any]:
    if attribute == "updated_at":
        # A list sorted by it needs a value: the same for all, so that it reveals nothing.
        return literal(LONG_AGO).label(attribute)
    typed: ColumnElement[Any] = cast(null(), getattr(table, attribute).type)
    return typed.label(attribute)


# --- the selectable of a past time --------------------------------------------------------------------------------
def _branches_at(ctx: Ctx, when: When, window: Window, among: Among) -> list[Select[Any]]:
    point = when.at(ctx.now)
    branches = []
    for holder, conditions in holders(when, point, among):
        branches.append(_exact_at(ctx, holder, point, window).where(*conditions))
        if not sees_all(ctx):
            branches.append(_coarse_at(ctx, holder, point, window).where(*conditions))
    return branches


def holders(when: When, point: Point, among: Among) -> Iterator[tuple[Any, list[ColumnElement[bool]]]]:
    """The rows that decide on rights: the present ones, and the last versions of those that left the register."""
    yield Structure, _is_among(Structure.id, among)
    if when.recorded_at is None:
        # A structure that left the register was a sample or a mistake: today nothing is known of it.
        return
    last = history_of(Structure).alias()
    rows = (
        select(*(last.c[column.name] for column in Structure.__table__.columns), StructureGone.gone_at)
        .join(StructureGone, StructureGone.history_id == last.c.history_id)
        .subquery("gone")
    )
    among_ids = _is_among(rows.c.id, among)
    yield aliased(Structure, rows, adapt_on_names=True), [rows.c.gone_at > point.known_at, *among_ids]


def _is_among(row_id: Any, among: Among) -> list[ColumnElement[bool]]:
    """Whether an id is one of these, which are read once: a semi-join is a loop in a loop where statistics are old."""
    return [] if among is None else [row_id == any_(func.array(among.scalar_subquery()))]


def _exact_at(ctx: Ctx, holder: Any, point: Point, window: Window) -> Select[Any]:
    version = version_of(Structure)
    query = _with_attributes_at(holder, version, point).where(visible(ctx, holder, P.STRUCTURE_READ))
    return query if window is None else query.where(version.c.geom.op("&&")(window))


def _province_at(ctx: Ctx, holder: Any, point: Point, statuses: Collection[Status]) -> Select[Any]:
    """The other rows that figures of the province count: by today's rights, by the status of then."""
    version = version_of(Structure)
    return _with_attributes_at(holder, version, point).where(
        visible(ctx, holder, P.STRUCTURE_READ).is_not(True),
        visible(ctx, holder, P.DASHBOARD_PROVINCE),
        IS_NO_PLAN.clause(holder),
        version.c.status.in_(statuses),
    )


def _with_attributes_at(holder: Any, version: Any, point: Point) -> Select[Any]:
    columns = (
        holder.id.label("id"),
        holder.code.label("code"),
        # It never changes, and the present table has an index of it.
        holder.kind.label("kind"),
        version.c.owner_category,
        version.c.is_sample,
        literal(True).label("exact"),
        version.c.name,
        *(version.c[attribute] for attribute in (*EXACT_ONLY, *_PAST_ONLY)),
        version.c.history_id,
        version.c.geom,
    )
    return _joined(columns, holder, version).where(*version_conditions(version, Structure, point))


def _coarse_at(ctx: Ctx, holder: Any, point: Point, window: Window) -> Select[Any]:
    version = version_of(Structure)
    columns = (
        holder.id.label("id"),
        holder.code.label("code"),
        holder.kind.label("kind"),
        version.c.owner_category,
        version.c.is_sample,
        literal(False).label("exact"),
        _no_name(),
        *(_hidden(version.c, attribute) for attribute in (*EXACT_ONLY, *_PAST_ONLY)),
        cast(null(), version.c.history_id.type).label("history_id"),
        holder.geom_coarse.label("geom"),
    )
    query = _joined(columns, holder, version).where(
        *version_conditions(version, Structure, point),
        visible(ctx, holder, P.STRUCTURE_READ).is_not(True),
        PAST_MAY_BE_SHOWN.clause(holder),
        WAS_SHOWN_AS_CELLS.clause(version),
    )
    return query if window is None else query.where(holder.geom_coarse.op("&&")(window))


def _joined(columns: Iterable[ColumnElement[Any]], holder: Any, version: Any) -> Select[Any]:
    query: Select[Any] = select(*columns).select_from(holder).join(version, version.c.id == holder.id)
    return query


# --- geometry of rows ---------------------------------------------------------------------------------------------
def geojson_of(ctx: Ctx, structure_id: int, when: When | None = None) -> str | None:
    """The geometry that the actor may see of one structure, as GeoJSON text with 7 decimals."""
    readable_rows = readable(ctx, when)
    query = select(func.ST_AsGeoJSON(readable_rows.c.geom, _DECIMALS)).where(readable_rows.c.id == structure_id)
    geojson: str | None = run(ctx, query).scalar()
    return geojson


def geojson_column(rows: Subquery) -> ColumnElement[Any]:
    """The geometry of rows of `readable`, exact or cells, as GeoJSON text to 0.1 m, labelled `geojson`."""
    return func.ST_AsGeoJSON(rows.c.geom, _DECIMALS_OF_LISTS).label("geojson")


def shapes_of(ctx: Ctx, shown: ColumnElement[bool], ids: Collection[int]) -> dict[int, str]:
    """Id -> GeoJSON of the structures that the actor sees exactly and that `shown`, a clause on Structure, covers."""
    query = select(Structure.id, func.ST_AsGeoJSON(Structure.geom, _DECIMALS).label("geojson")).where(
        Structure.id.in_(ids), sees_exactly(ctx), shown
    )
    return {row.id: row.geojson for row in run(ctx, query)}


def given_of(ctx: Ctx, structure_id: int, when: When | None = None) -> Row[Any] | None:
    """The position of a structure as it was given, its length in metres and its shape; None unless seen exactly."""
    if when is None:
        query = _given(Structure).where(Structure.id == structure_id, sees_exactly(ctx))
    else:
        readable_rows, version = readable(ctx, when), history_of(Structure).alias()
        query = _given(version.c).join(readable_rows, readable_rows.c.history_id == version.c.history_id)
        query = query.where(readable_rows.c.id == structure_id, readable_rows.c.exact)
    return run(ctx, query).one_or_none()


def given_once(ctx: Ctx, structure_id: int) -> Row[Any] | None:
    """The same of the present, read once for all parts of a page."""
    key = f"positions.given.{structure_id}"
    if key not in ctx.memo:
        ctx.memo[key] = given_of(ctx, structure_id)
    row: Row[Any] | None = ctx.memo[key]
    return row


def _given(table: Any) -> Select[Any]:
    return select(
        table.given_position,
        table.given_srid,
        table.position_operation,
        func.ST_Length(table.geom_m).label("length_m"),
        func.ST_AsGeoJSON(table.geom, _DECIMALS).label("geojson"),
    )


def given_of_versions(ctx: Ctx, structure_id: int, limit: int) -> dict[int, str]:
    """History id -> position as given, of the newest versions of a structure; empty unless seen exactly today."""
    version = history_of(Structure).alias()
    query = (
        select(version.c.history_id, version.c.given_position)
        .join(Structure, Structure.id == version.c.id)
        .where(version.c.id == structure_id, sees_exactly(ctx))
        .order_by(version.c.history_id.desc())
        .limit(limit)
    )
    return {row.history_id: row.given_position for row in run(ctx, query)}


def lengths(ctx: Ctx, *, counted: bool = False) -> Subquery:
    """Id and length in metres (0 for points) of the structures seen exactly. To be read within `run`.

    With `counted` of all that the actor's figures cover: only sums of that may be shown.
    """
    shown = is_counted(ctx) if counted else sees_exactly(ctx)
    measured = select(Structure.id, func.ST_Length(Structure.geom_m).label("length_m")).where(shown)
    return measured.subquery("measured")


def lengths_by_commune(ctx: Ctx, day: date, *, counted: bool = False) -> Subquery:
    """Id, commune of a day and share of the length of lines seen exactly; see `commune_shares`, `lengths`."""
    shown = is_counted(ctx) if counted else sees_exactly(ctx)
    lines = select(Structure.id, Structure.geom).where(shown, func.ST_Dimension(Structure.geom) == 1)
    return commune_shares(lines.subquery("lines"), day)


def total_length(ctx: Ctx, ids: Collection[int]) -> Decimal | None:
    """Metres of some structures together, each counted once; None where the actor does not see them all exactly."""
    measured = lengths(ctx)
    query = select(func.count().label("seen"), func.sum(measured.c.length_m).label("metres")).where(
        measured.c.id.in_(ids)
    )
    row = run(ctx, query).one()
    return Decimal(row.metres).quantize(Decimal("0.001")) if ids and row.seen == len(set(ids)) else None


def public_cells() -> ColumnElement[Any]:
    """The public cells of a structure. To be read within `run`."""
    return Structure.geom_coarse.expression


def middles() -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """The middle of a structure's exact place and of its public cells. To be read within `run`."""
    return func.ST_Centroid(Structure.geom), func.ST_Centroid(Structure.geom_coarse)


def nearest_to(
    ctx: Ctx,
    points: CTE,
    point: ColumnElement[Any],
    box: ColumnElement[Any],
    is_in: Callable[[ColumnElement[Any]], ColumnElement[bool]],
    *where: ColumnElement[bool],
) -> Select[Any]:
    """The structure next to each point, of those in its box that the actor sees exactly.

    `points` is the table of points and boxes; `is_in` narrows the middles of structures, `where` are clauses on their
    table. Returns `place` (the middle), `distance` (of the shape) and `owner_organisation_id`. To be made a lateral,
    and read within `run`.
    """
    shape = Structure.__table__.c.geom
    distance: ColumnElement[float] = shape.op("<->", return_type=Double())(point)
    near = (
        select(
            func.ST_Centroid(shape).label("place"),
            distance.label("distance"),
            Structure.__table__.c.owner_organisation_id,
        )
        # Rights before the limit: else a structure that the reader may not know would displace one that it sees.
        .where(shape.op("&&")(box), sees_exactly(ctx), is_in(func.ST_Centroid(shape)), *where)
        # By nothing else: the index gives them in this order, one by one.
        .order_by(distance)
        # A literal: a generic plan must know that few rows are needed. With ties, which get an order below.
        .fetch(literal_column("1"), with_ties=True)
        .correlate(points)
        .lateral("near")
    )
    ties = (near.c.distance, func.ST_X(near.c.place), func.ST_Y(near.c.place), near.c.owner_organisation_id)
    return select(near).order_by(*ties).limit(literal_column("1"))


def by_unit_of_cells(groups: Subquery, day: date) -> Select[Any]:
    """Rows with `cells` and numbers, summed by the commune of a day that the middle of the cells is in or next to.

    Returns `id` and `name` of the commune and the sum of each other column of `groups`. The recorded commune would
    narrow cells that extend into several. Cells that the register has were placed when they were counted.
    """
    key = select(func.communes_key(day)).scalar_subquery()
    same = and_(_CELL.c.key == func.cells_key(groups.c.cells), _CELL.c.placed_by == key)
    commune_id = func.coalesce(_CELL.c.unit_id, func.unit_of_cells(groups.c.cells, day))
    # Communes first: the function runs once a row, not once a row and commune.
    placed = (
        select(groups, commune_id.label("commune_id"))
        .outerjoin_from(groups, _CELL, same)
        .cte("placed")
        .prefix_with("MATERIALIZED")
    )
    sums = [func.sum(placed.c[column.name]).label(column.name) for column in groups.c if column.name != "cells"]
    return (
        select(AdminUnit.id, AdminUnit.name, *sums)
        .join(placed, placed.c.commune_id == AdminUnit.id)
        .group_by(AdminUnit.id, AdminUnit.name)
    )
