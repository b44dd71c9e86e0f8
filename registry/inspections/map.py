"""The structures of a plan as a filter of the list and map of structures."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, ColumnElement, and_, any_, literal, select
from werkzeug.datastructures import MultiDict

from registry.audit.access_log import log_access
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds, visible
from registry.inspections.models import InspectionItem, InspectionPlan
from registry.kernel.geo.bounds import widened
from registry.kernel.i18n import _l
from registry.structures.filtering.extra import ExtraFilter
from registry.structures.filtering.url import read_filter
from registry.structures.map.extent import bounds_of, extent_of
from registry.structures.models import Structure

NAME: Final = "inspection"
#: Degrees around a structure on its map, about 100 m.
_MARGIN: Final = 0.001


def _is_in_plan(ctx: Ctx, readable_rows: Any, value: str) -> ColumnElement[bool]:
    """Of a plan that the reader may read; a structure known by its cell is in none."""
    structure_ids: list[int] = []
    if holds(ctx.actor, P.INSPECTION_READ):
        query = (
            select(InspectionItem.structure_id)
            .join(InspectionPlan, InspectionPlan.id == InspectionItem.plan_id)
            .where(InspectionPlan.id == int(value), visible(ctx, InspectionPlan, P.INSPECTION_READ))
        )
        structure_ids = list(ctx.session.scalars(query))
    # The ids, because the role that reads positions reads no plans.
    return and_(readable_rows.c.exact, readable_rows.c.id == any_(literal(structure_ids, ARRAY(BigInteger))))


IN_PLAN: Final = ExtraFilter(NAME, _l("Kế hoạch kiểm tra"), _is_in_plan, text=_l("công trình của một kế hoạch"))


def bounds_of_structure(ctx: Ctx, structure: Structure) -> list[float] | None:
    """The box around one structure that the reader may see, with room for what is near."""
    bounds = bounds_of(ctx, structure.id)
    if bounds is None:
        return None
    log_access(ctx, "inspection", [structure.owner_organisation_id], code=structure.code)
    return widened(bounds, _MARGIN)


def bounds_of_plan(ctx: Ctx, plan_id: int) -> list[float] | None:
    """The box around the structures of a plan that the reader sees; None without any."""
    extent = extent_of(ctx, read_filter(MultiDict({NAME: str(plan_id)})))
    log_access(ctx, "inspection", extent.owners, rows=extent.rows)
    return None if extent.bounds is None else widened(extent.bounds, _MARGIN)
