"""The place of a case (an incident, a violation) for its readers: exact, or that of its public cell (docs/hidden.md).

A case is often on a structure, so an exact point, or the commune that it lies in, would give the structure away to a
reader who knows structures as cells only. Exact places are for the authorities and parties that act on the case, and
for who sees its structure exactly; all others get the middle of the cell, and the commune that this middle is in.

The models have `structure_id`, `place_m` (a point on the grid of the province) and `unit_id`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Double, case, cast, func, or_, select, true

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, scopes_of, visible
from registry.structures.models import PROVINCE_GRID, Structure
from registry.structures.positions.selectable import sees_all, sees_exactly
from registry.structures.visibility import IS_RESTRICTED


def is_on_open_structure(model: Any) -> ColumnElement[bool]:
    """SQL: cases on no structure, or on one that is not restricted; of the others outsiders learn nothing."""
    restricted = select(Structure.id).where(Structure.id == model.structure_id, IS_RESTRICTED.clause(Structure))
    return or_(model.structure_id.is_(None), ~restricted.correlate(model).exists())


def is_on_power_pole(model: Any) -> ColumnElement[bool]:
    """SQL: cases on a structure of a kind of the energy sector, which Sở Công Thương reads."""
    pole = select(Structure.id).where(Structure.id == model.structure_id, Structure.is_power_pole_rule())
    return pole.correlate(model).exists()


def knows_place(ctx: Ctx, model: Any, *served: P) -> ColumnElement[bool]:
    """SQL: cases whose exact place the actor may read: by a permission of `served`, or as it sees their structure."""
    if knows_all_places(ctx, *served):
        return true()
    visible_structure = select(Structure.id).where(Structure.id == model.structure_id, sees_exactly(ctx))
    return or_(*(visible(ctx, model, permission) for permission in served), visible_structure.correlate(model).exists())


def knows_all_places(ctx: Ctx, *served: P) -> bool:
    """Whether the actor may read the exact place of every case."""
    return sees_all(ctx) or any(ALL in scopes_of(ctx.actor, permission) for permission in served)


def unit_for(ctx: Ctx, model: Any, public: ColumnElement[Any], *served: P) -> ColumnElement[Any]:
    """SQL: the commune that the actor is given: the recorded one where it may read the place, else `public`."""
    recorded: ColumnElement[Any] = model.unit_id.expression
    if knows_all_places(ctx, *served):
        return recorded
    return case((knows_place(ctx, model, *served), recorded), else_=public)


def cell_middle(model: Any) -> ColumnElement[Any]:
    """SQL: the middle of the public cell of the place of a case, on the grid of the province."""
    side = func.coarse_grid_m()
    x, y = ((func.floor(axis(model.place_m) / side) + cast(0.5, Double)) * side for axis in (func.ST_X, func.ST_Y))
    return func.ST_SetSRID(func.ST_MakePoint(x, y), PROVINCE_GRID)
