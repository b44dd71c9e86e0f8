"""Codes by which a record refers to other structures: for its owner, and for those who see these structures exactly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, case, exists, or_, select
from sqlalchemy.orm import aliased

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.structures import positions
from registry.structures.kinds import KINDS
from registry.structures.models import Structure


def visible_column(ctx: Ctx, kind: str, own: FromClause, owner_id: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    """A column of a kind's table: NULL where it refers to a structure that the actor does not see exactly.

    `own` is the table of the kind or a past of it, `owner_id` the owner of the record.
    """
    column: ColumnElement[Any] = own.c[name]
    if name not in KINDS[kind].references or positions.sees_all(ctx):
        return column
    named = aliased(Structure)
    by_code = or_(named.code == column, and_(named.own_code == column, named.owner_organisation_id == owner_id))
    known = exists(named.id).where(by_code, visible(ctx, named, P.STRUCTURE_READ))
    return case((or_(owner_id.in_(ctx.actor.organisation_ids), known), column)).label(name)


def visible_values(ctx: Ctx, kind: str, owner_id: int, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of one record without the codes of structures that the actor does not see exactly."""
    given = {name: values[name] for name in KINDS[kind].references if values.get(name)}
    if not given or positions.sees_all(ctx) or owner_id in ctx.actor.organisation_ids:
        return dict(values)
    codes = list(given.values())
    query = select(Structure.code, Structure.own_code, Structure.owner_organisation_id).where(
        or_(
            Structure.code.in_(codes),
            and_(Structure.own_code.in_(codes), Structure.owner_organisation_id == owner_id),
        ),
        positions.sees_exactly(ctx),
    )
    known = {code for row in ctx.session.execute(query) for code in (row.code, row.own_code)}
    return {name: None if name in given and given[name] not in known else value for name, value in values.items()}
