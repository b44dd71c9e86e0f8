"""The only module that reads exact positions: it gives each actor one selectable, exact or as cells.

Who sees which position stands at the head of the product's promises. In the coarse branch every attribute but kind and
owner category is NULL, so a filter on any other attribute can say nothing about those rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Result,
    Row,
    Select,
    Subquery,
    Text,
    cast,
    collate,
    func,
    literal,
    null,
    or_,
    select,
    text,
)
from sqlalchemy.sql import Executable

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, scopes_of, visible
from registry.kernel.db.history import history_of
from registry.kernel.db.session import POSITION_READER_ROLE
from registry.structures.codes import Status
from registry.structures.models import Structure

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
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
#: Whatever stands or is in repair is shown to the public as a cell; plans are nobody else's business.
SHOWN_AS_CELLS = (Status.ACTIVE, Status.SUSPENDED)


@contextmanager
def reading(ctx: Ctx) -> Iterator[None]:
    """Within the block the transaction has the role that may read exact positions."""
    before = ctx.session.scalar(text("SELECT current_user"))
    ctx.session.execute(text(f"SET LOCAL ROLE {POSITION_READER_ROLE}"))
    yield
    # Not in a finally: after a failed statement the transaction is over, and its roll-back restores the role.
    ctx.session.execute(text(f'SET LOCAL ROLE "{before}"'))


def run(ctx: Ctx, statement: Executable) -> Result[Any]:
    """Execute a read of positions; the rows are fetched before the role is given back."""
    with reading(ctx):
        return ctx.session.execute(statement).freeze()()


def sees_all(ctx: Ctx) -> bool:
    """Whether the actor sees every structure exactly."""
    return ALL in scopes_of(ctx.actor, P.STRUCTURE_READ)


def sees_exactly(ctx: Ctx) -> ColumnElement[bool]:
    """The structures that the actor sees exactly."""
    return visible(ctx, Structure, P.STRUCTURE_READ)


def readable(ctx: Ctx, *, name: str = "readable") -> Subquery:
    """All that the actor may see, one row a structure, with `geom` exact or as cells and `exact` saying which."""
    first, *others = _branches(ctx)
    return first.union_all(*others).subquery(name) if others else first.subquery(name)


def parts(ctx: Ctx) -> list[Subquery]:
    """What `readable` holds, branch by branch: an ordered page of each comes from an index, that of their union not."""
    return [branch.subquery(f"part_{number}") for number, branch in enumerate(_branches(ctx))]


def _branches(ctx: Ctx) -> list[Select[Any]]:
    exact = select(
        Structure.id,
        Structure.code,
        Structure.kind,
        Structure.owner_category,
        Structure.is_sample,
        literal(True).label("exact"),
        Structure.name,
        *(getattr(Structure, attribute) for attribute in EXACT_ONLY),
        Structure.geom,
    ).where(sees_exactly(ctx))
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
    ).where(
        sees_exactly(ctx).is_not(True),
        Structure.geom_coarse.is_not(None),
        Structure.status.in_(SHOWN_AS_CELLS),
    )
    return [exact, coarse]


def _hidden(attribute: str) -> ColumnElement[Any]:
    column = getattr(Structure, attribute)
    if attribute == "updated_at":
        # A list sorted by it needs a value: the same for all, so that it tells nothing.
        return literal(_LONG_AGO).label(attribute)
    typed: ColumnElement[Any] = cast(null(), column.type)
    return typed.label(attribute)


def geojson_of(ctx: Ctx, structure_id: int) -> str | None:
    """The geometry that the actor may see of one structure, as GeoJSON text with 7 decimals."""
    seen = readable(ctx)
    found: str | None = run(
        ctx, select(func.ST_AsGeoJSON(seen.c.geom, _DECIMALS)).where(seen.c.id == structure_id)
    ).scalar()
    return found


def given_of(ctx: Ctx, structure_id: int, moment: datetime | None = None) -> Row[Any] | None:
    """How the position of a structure was given, its length in metres and its shape, for who sees it exactly.

    With `moment` as it was recorded then; who may see it is always a question of today.
    """
    said = Structure.__table__ if moment is None else history_of(Structure)
    query = select(
        said.c.given_position,
        said.c.given_srid,
        said.c.position_operation,
        func.ST_Length(said.c.geom_m).label("length_m"),
        func.ST_AsGeoJSON(said.c.geom, _DECIMALS).label("geojson"),
    ).where(
        said.c.id == structure_id, select(Structure.id).where(Structure.id == structure_id, sees_exactly(ctx)).exists()
    )
    if moment is not None:
        query = query.where(
            said.c.recorded_from <= moment, or_(said.c.recorded_to.is_(None), said.c.recorded_to > moment)
        )
    return run(ctx, query).one_or_none()
