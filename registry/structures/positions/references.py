"""Codes by which a record refers to other structures: for its owner, and for those who see these structures exactly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible, whole_organisation_ids
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
    may_know = _all_seen(visible(ctx, named, P.STRUCTURE_READ)).where(_names(named, column, owner_id)).scalar_subquery()
    return case((or_(owner_id.in_(whole_organisation_ids(ctx.actor)), may_know), column)).label(name)


def visible_values(ctx: Ctx, kind: str, owner_id: int, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of one record without the codes of structures that the actor does not see exactly."""
    references = {name: values[name] for name in KINDS[kind].references if values.get(name)}
    if not references or positions.sees_all(ctx) or owner_id in whole_organisation_ids(ctx.actor):
        return dict(values)
    readable_rows = _all_seen(positions.sees_exactly(ctx))
    hidden = {
        name
        for name, code in references.items()
        if not ctx.session.scalar(readable_rows.where(_names(Structure, code, owner_id)))
    }
    return {name: None if name in hidden else value for name, value in values.items()}


def _all_seen(is_seen: ColumnElement[bool]) -> Select[bool]:
    """Whether the actor sees all structures of a condition; NULL where there are none."""
    return select(func.bool_and(func.coalesce(is_seen, False)))


def _names(structure: Any, code: Any, owner_id: Any) -> ColumnElement[bool]:
    """Whether a record of an owner means a structure by a code in any spelling."""
    key = func.code_key(code)
    is_own = and_(func.code_key(structure.own_code) == key, structure.owner_organisation_id == owner_id)
    return or_(structure.code == func.upper(key), is_own)
