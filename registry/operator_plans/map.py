"""Map layer of yearly plans: what is planned for this year and the next, for those who may read the plan."""

from __future__ import annotations

from typing import Final

from sqlalchemy import case, func, literal, or_, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.geo.mvt import mvt_geom, mvt_layer, tile_box, tile_envelope
from registry.kernel.i18n import _l
from registry.operator_plans.models import OperatorPlan, OperatorPlanItem
from registry.operator_plans.queries import last_filings
from registry.structures.map.layers import MapLayer
from registry.structures.models import PROVINCE_GRID, WGS84

CODE: Final = "operator-plans"
_MAX_FEATURES: Final = 10_000
#: Metres around a point, whose circle is drawn like a line.
_AROUND_M: Final = 25
_PRESENT: Final = "present"
_COMING: Final = "coming"


def tile(ctx: Ctx, zoom: int, x: int, y: int) -> bytes:
    """What is planned in a tile; Invalid for a tile outside the world."""
    envelope, year = tile_envelope(zoom, x, y), ctx.today.year
    circle = func.ST_Boundary(func.ST_Buffer(OperatorPlanItem.shape_m, _AROUND_M))
    drawn = case((OperatorPlanItem.line.is_not(None), OperatorPlanItem.shape_m), else_=circle)
    box_m = func.ST_Transform(tile_box(envelope), PROVINCE_GRID)
    lines = (
        select(
            OperatorPlan.id,
            OperatorPlanItem.name,
            case((OperatorPlan.year == year, literal(_PRESENT)), else_=literal(_COMING)).label("look"),
            mvt_geom(func.ST_Transform(drawn, WGS84), envelope).label("geom"),
        )
        .join(OperatorPlan, OperatorPlan.id == OperatorPlanItem.plan_id)
        .where(
            visible(ctx, OperatorPlan, P.OPERATOR_PLAN_READ),
            or_(*(OperatorPlan.id.in_(last_filings(each)) for each in (year, year + 1))),
            OperatorPlanItem.shape_m.op("&&")(box_m),
        )
        .order_by(OperatorPlanItem.id)
        .limit(_MAX_FEATURES)
    )
    return bytes(ctx.session.execute(select(mvt_layer(lines, CODE))).scalar_one())


LAYER: Final = MapLayer(
    CODE,
    _l("Kế hoạch xây dựng hằng năm"),
    P.OPERATOR_PLAN_READ,
    "operator_plans.tile_of",
    "operator_plans.detail",
    "line",
    {_PRESENT: _l("Kế hoạch năm nay"), _COMING: _l("Kế hoạch năm sau")},
    draw=tile,
    record_id="plan_id",
)
