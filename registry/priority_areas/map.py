"""Map layer of areas: the borders of those of today."""

from __future__ import annotations

from typing import Final

from sqlalchemy import case, func, literal, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.geo.mvt import mvt_geom, mvt_layer, tile_box, tile_envelope
from registry.kernel.i18n import _l
from registry.priority_areas.models import AreaKind, PriorityArea
from registry.structures.map.layers import MapLayer
from registry.structures.models import PROVINCE_GRID, WGS84

CODE: Final = "priority-areas"
_MAX_FEATURES: Final = 10_000
_ZONE: Final = "zone"
_OTHER: Final = "other"


def tile(ctx: Ctx, zoom: int, x: int, y: int) -> bytes:
    """The areas of today in a tile; Invalid for a tile outside the world."""
    require(ctx, P.PRIORITY_AREA_READ)
    envelope = tile_envelope(zoom, x, y)
    border = func.ST_Transform(func.ST_Boundary(PriorityArea.area_m), WGS84)
    box_m = func.ST_Transform(tile_box(envelope), PROVINCE_GRID)
    is_zone = PriorityArea.kind.in_((AreaKind.ECONOMIC_ZONE, AreaKind.INDUSTRIAL_ZONE))
    lines = (
        select(
            PriorityArea.id,
            PriorityArea.name,
            case((is_zone, literal(_ZONE)), else_=literal(_OTHER)).label("look"),
            mvt_geom(border, envelope).label("geom"),
        )
        .where(PriorityArea.in_force(ctx.today), PriorityArea.area_m.op("&&")(box_m))
        .order_by(PriorityArea.id)
        .limit(_MAX_FEATURES)
    )
    return bytes(ctx.session.execute(select(mvt_layer(lines, CODE))).scalar_one())


LAYER: Final = MapLayer(
    CODE,
    _l("Khu vực ưu tiên"),
    P.PRIORITY_AREA_READ,
    "priority_areas.tile_of",
    "priority_areas.detail",
    "line",
    {_ZONE: _l("Khu kinh tế, khu công nghiệp"), _OTHER: _l("Khu vực ưu tiên khác")},
    draw=tile,
    record_id="area_id",
)
