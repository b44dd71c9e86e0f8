"""Map layer of the plan: the borders of the items of the version of today, and of drafts for those who read them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import String, case, cast, func, literal, or_, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.infra_plans.codes import InfraPlanState, PlanItemKind
from registry.infra_plans.models import InfraPlan, InfraPlanItem
from registry.infra_plans.queries import plan_on
from registry.kernel.geo.mvt import mvt_geom, mvt_layer, tile_box, tile_envelope
from registry.kernel.i18n import _l
from registry.structures.map.layers import MapLayer
from registry.structures.models import PROVINCE_GRID, WGS84

CODE: Final = "infra-plan"
_MAX_FEATURES: Final = 10_000
_DRAFT: Final = "draft"


def tile(ctx: Ctx, zoom: int, x: int, y: int) -> bytes:
    """The items in a tile; Invalid for a tile outside the world."""
    envelope = tile_envelope(zoom, x, y)
    plan = plan_on(ctx.session, ctx.today)
    is_draft = InfraPlan.state == InfraPlanState.DRAFT
    shown = is_draft if plan is None else or_(is_draft, InfraPlan.id == plan.id)
    border = func.ST_Transform(func.ST_Boundary(InfraPlanItem.area_m), WGS84)
    box_m = func.ST_Transform(tile_box(envelope), PROVINCE_GRID)
    lines = (
        select(
            InfraPlan.id,
            (InfraPlanItem.code.op("||")(literal(" – ")).op("||")(InfraPlanItem.name)).label("name"),
            case((is_draft, literal(_DRAFT)), else_=cast(InfraPlanItem.kind, String)).label("look"),
            mvt_geom(border, envelope).label("geom"),
        )
        .join(InfraPlan, InfraPlan.id == InfraPlanItem.plan_id)
        .where(visible(ctx, InfraPlan, P.INFRA_PLAN_READ), shown, InfraPlanItem.area_m.op("&&")(box_m))
        .order_by(InfraPlanItem.id)
        .limit(_MAX_FEATURES)
    )
    return bytes(ctx.session.execute(select(mvt_layer(lines, CODE))).scalar_one())


LAYER: Final = MapLayer(
    CODE,
    _l("Quy hoạch hạ tầng"),
    P.INFRA_PLAN_READ,
    "infra_plans.tile_of",
    "infra_plans.detail",
    "line",
    {
        "zone": PlanItemKind.ZONE.label,
        "street": PlanItemKind.STREET.label,
        "site": PlanItemKind.SITE.label,
        _DRAFT: InfraPlanState.DRAFT.label,
    },
    draw=tile,
    collection="plan-items",
)
