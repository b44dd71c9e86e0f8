"""The only module that reads exact positions: it gives each actor one selectable, exact or as cells.

Who sees which position stands at the head of the product's promises. In the coarse branch every attribute but kind and
owner category is NULL, so a filter on any other attribute can say nothing about those rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Result,
    Row,
    Select,
    Subquery,
    Text,
    and_,
    cast,
    collate,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.sql import Executable

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, holds, scopes_of, side, visible
from registry.kernel.db.compiled import CompiledStatement, execute_pipeline
from registry.kernel.db.session import POSITION_READER_ROLE
from registry.structures.codes import Status
from registry.structures.models import Structure
from registry.territory.models import AdminUnit, UnitLevel

#: Attributes that lists, filters and sorts may use; NULL in the coarse branch.
EXACT_ONLY = (
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
_DECIMALS = 7
_DECIMALS_OF_LISTS = 6
#: In this order: the name is kept before the role changes.
_TAKE = "SELECT concat(set_config('registry.role_before', current_user, true), set_config('role', %(role)s, true){})"
_GIVE = "SELECT concat(set_config('role', current_setting('registry.role_before'), true){})"
_PLAN = ", set_config('plan_cache_mode', '{}', true)"
#: Taken and given back, without and with one plan for all values.
_ROLE = {
    False: (CompiledStatement.of(_TAKE.format("")), CompiledStatement.of(_GIVE.format(""))),
    True: (
        CompiledStatement.of(_TAKE.format(_PLAN.format("force_generic_plan"))),
        CompiledStatement.of(_GIVE.format(_PLAN.format("auto"))),
    ),
}
_READING = "positions.reading"
#: When all that is seen as cells was changed, as far as anybody is told.
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
#: Whatever stands or is in repair is shown to the public as a cell; plans are nobody else's business.
SHOWN_AS_CELLS = (Status.ACTIVE, Status.SUSPENDED)


@contextmanager
def reading(ctx: Ctx, *, one_plan: bool = False) -> Iterator[None]:
    """Within the block the transaction has the role that may read exact positions; a block within one takes none.

    With `one_plan` statements that a connection has met before are not planned anew for their values: for those whose
    rows come in the order of an index whatever the values are.
    """
    if ctx.memo.get(_READING):
        yield
        return
    take, give_back = _ROLE[one_plan]
    take.execute(ctx.connection, {"role": POSITION_READER_ROLE})
    ctx.memo[_READING] = True
    try:
        yield
    finally:
        ctx.memo[_READING] = False
    # Not in the finally: after a failed statement the transaction is over, and its roll-back restores the role.
    give_back.execute(ctx.connection)


def run(ctx: Ctx, statement: Executable) -> Result[Any]:
    """Execute a read of positions; the rows are fetched before the role is given back."""
    with reading(ctx):
        return ctx.session.execute(statement).freeze()()


def run_words(ctx: Ctx, words: CompiledStatement, values: Mapping[str, Any], *, one_plan: bool = False) -> list[Any]:
    """The rows of a statement that was compiled before, the role taken and given back in the same trip."""
    if ctx.memo.get(_READING):
        return words.execute(ctx.connection, values)
    take, give_back = _ROLE[one_plan]
    role = {"role": POSITION_READER_ROLE}
    return execute_pipeline(ctx.connection, [(take, role), (words, values), (give_back, {})])[1]


def stream(ctx: Ctx, statement: Executable, *, portion: int) -> Result[Any]:
    """Execute a read of positions whose rows are fetched `portion` at a time, all as they were when it began.

    The database asks for the role when the cursor is opened, so it is given back before the first row is read.
    """
    with reading(ctx):
        return ctx.session.execute(statement, execution_options={"yield_per": portion})


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
    """Whether the actor's figures are of the whole province although it sees most of it as cells."""
    return holds(ctx.actor, P.DASHBOARD_PROVINCE) and not sees_all(ctx)


def is_counted(ctx: Ctx) -> ColumnElement[bool]:
    """The structures that figures may count for the actor: what it sees exactly, or all that its figures are of."""
    return or_(sees_exactly(ctx), visible(ctx, Structure, P.DASHBOARD_PROVINCE))


def counted(ctx: Ctx, statuses: Collection[Status] = SHOWN_AS_CELLS) -> Subquery:
    """What figures count: `readable`, where the actor's figures are of the province with the attributes of cells, too.

    Of what it sees as cells those rows are there whose status is one of `statuses`. Only counts of it may be shown.
    """
    if not counts_province(ctx):
        return readable(ctx, name="counted")
    query = _exact(or_(sees_exactly(ctx), and_(is_counted(ctx), Structure.status.in_(statuses))))
    return query.subquery("counted")


def readable(ctx: Ctx, *, name: str = "readable") -> Subquery:
    """All that the actor may see, one row a structure, with `geom` exact or as cells and `exact` saying which."""
    first, *others = _branches(ctx)
    return first.union_all(*others).subquery(name) if others else first.subquery(name)


def parts(ctx: Ctx) -> list[Subquery]:
    """What `readable` holds, branch by branch: an ordered page of each comes from an index, that of their union not."""
    return [branch.subquery(f"part_{number}") for number, branch in enumerate(_branches(ctx))]


def walked(ctx: Ctx) -> Subquery:
    """Id, code and kind of what `readable` holds, without branches: one walk along an index meets them in order.

    Of two branches one may have none for hundreds of thousands of codes: those of an import of one owner.
    """
    seen = select(Structure.id, Structure.code, Structure.kind)
    if not sees_all(ctx):
        seen = seen.where(or_(sees_exactly(ctx), is_shown_as_cells()))
    return seen.subquery("walked")


def is_shown_as_cells() -> ColumnElement[bool]:
    """What stands or is in repair and is not restricted: everybody may see its cells."""
    return and_(Structure.geom_coarse.is_not(None), Structure.status.in_(SHOWN_AS_CELLS))


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


def _branches(ctx: Ctx) -> list[Select[Any]]:
    exact = _exact(sees_exactly(ctx))
    if sees_all(ctx):
        return [exact]
    coarse = select(
        Structure.id,
        Structure.code,
        Structure.kind,
        Structure.owner_category,
        Structure.is_sample,
        literal(False).label("exact"),
        # Same type and collation as the names of the exact branch: only then both are merged in the order of an index.
        collate(cast(literal(""), Text), Structure.name.type.collation).label("name"),
        *(_hidden(attribute) for attribute in EXACT_ONLY),
        Structure.geom_coarse.label("geom"),
        _place(Structure.geom_coarse),
    ).where(sees_exactly(ctx).is_not(True), is_shown_as_cells())
    return [exact, coarse]


def _place(geometry: Any) -> ColumnElement[Any]:
    """The key of an index that keeps neighbours together; of cells it tells no more than they do."""
    return func.place_key(geometry.expression, type_=LargeBinary).label("place")


def _hidden(attribute: str) -> ColumnElement[Any]:
    column = getattr(Structure, attribute)
    if attribute == "updated_at":
        # A list sorted by it needs a value: the same for all, so that it tells nothing.
        return literal(LONG_AGO).label(attribute)
    typed: ColumnElement[Any] = cast(null(), column.type)
    return typed.label(attribute)


def geojson_of(ctx: Ctx, structure_id: int) -> str | None:
    """The geometry that the actor may see of one structure, as GeoJSON text with 7 decimals."""
    seen = readable(ctx)
    found: str | None = run(
        ctx, select(func.ST_AsGeoJSON(seen.c.geom, _DECIMALS)).where(seen.c.id == structure_id)
    ).scalar()
    return found


def told_shape(rows: Subquery) -> ColumnElement[Any]:
    """The geometry of rows of this module, exact or cells as they have it, as GeoJSON text to 0.1 m: `geojson`."""
    return func.ST_AsGeoJSON(rows.c.geom, _DECIMALS_OF_LISTS).label("geojson")


def lengths(ctx: Ctx, *, counted: bool = False) -> Subquery:
    """Id and length in metres of what the actor sees exactly; 0 for points. To be read within `run`.

    With `counted` of all that its figures are of: only sums of that may be shown.
    """
    shown = is_counted(ctx) if counted else sees_exactly(ctx)
    measured = select(Structure.id, func.ST_Length(Structure.geom_m).label("length_m")).where(shown)
    return measured.subquery("measured")


def public_cells() -> ColumnElement[Any]:
    """The cells that stand for a structure in public. To be read within `run`."""
    return Structure.geom_coarse.expression


def middles() -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """The middle of a structure's exact place and of its public cells. To be read within `run`."""
    return func.ST_Centroid(Structure.geom), func.ST_Centroid(Structure.geom_coarse)


def by_unit_of_cells(groups: Subquery, day: date) -> Select[Any]:
    """Rows with `cells` and numbers, added up by the commune of a day that the middle of the cells lies in or next to.

    Gives `id` and `name` of the commune and each other column of `groups` as its sum. The recorded commune would narrow
    cells that reach into several.
    """
    middle = func.ST_Centroid(groups.c.cells)
    begun = or_(AdminUnit.valid_from.is_(None), AdminUnit.valid_from <= day)
    going_on = or_(AdminUnit.valid_to.is_(None), AdminUnit.valid_to >= day)
    level = UnitLevel.COMMUNE
    next_to = (
        select(AdminUnit.id)
        .where(AdminUnit.level == level, begun, going_on, AdminUnit.geom.is_not(None))
        .order_by(AdminUnit.geom.op("<->")(middle), AdminUnit.code)
        .limit(1)
        .correlate(groups)
        .scalar_subquery()
    )
    commune_id = func.coalesce(func.unit_at(middle, literal(level.value, Text), day), next_to)
    # First the communes: the function must be asked once a row, not once a row and commune.
    placed = select(groups, commune_id.label("commune_id")).cte("placed").prefix_with("MATERIALIZED")
    sums = [func.sum(placed.c[column.name]).label(column.name) for column in groups.c if column.name != "cells"]
    return (
        select(AdminUnit.id, AdminUnit.name, *sums)
        .join(placed, placed.c.commune_id == AdminUnit.id)
        .group_by(AdminUnit.id, AdminUnit.name)
    )


def total_length(ctx: Ctx, ids: Collection[int]) -> Decimal | None:
    """Metres of some structures together, each counted once; None where the actor does not see them all exactly."""
    measured = lengths(ctx)
    query = select(func.count().label("seen"), func.sum(measured.c.length_m).label("metres")).where(
        measured.c.id.in_(ids)
    )
    row = run(ctx, query).one()
    return Decimal(row.metres).quantize(Decimal("0.001")) if ids and row.seen == len(set(ids)) else None


def shapes_of(ctx: Ctx, shown: ColumnElement[bool], ids: Collection[int]) -> dict[int, str]:
    """Id -> GeoJSON of those structures that the actor sees exactly and that `shown`, a clause on Structure, covers."""
    query = select(Structure.id, func.ST_AsGeoJSON(Structure.geom, _DECIMALS).label("geojson")).where(
        Structure.id.in_(ids), sees_exactly(ctx), shown
    )
    return {row.id: row.geojson for row in run(ctx, query)}


def given_of(ctx: Ctx, structure_id: int) -> Row[Any] | None:
    """How the position of a structure was given, its length in metres and its shape, for who sees it exactly."""
    query = select(
        Structure.given_position,
        Structure.given_srid,
        Structure.position_operation,
        func.ST_Length(Structure.geom_m).label("length_m"),
        func.ST_AsGeoJSON(Structure.geom, _DECIMALS).label("geojson"),
    ).where(Structure.id == structure_id, sees_exactly(ctx))
    return run(ctx, query).one_or_none()
