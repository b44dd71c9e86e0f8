"""Map layer of announced works that are not over."""

from __future__ import annotations

from typing import Final

from sqlalchemy import case, literal, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.geo.mvt import mvt_geom, mvt_layer, tile_box, tile_envelope
from registry.kernel.i18n import _l
from registry.streets.work_models import GOING_ON, StreetWork, StreetWorkState
from registry.structures.map.layers import MapLayer

CODE: Final = "street-works"
_MAX_FEATURES: Final = 20_000
_COMING: Final = "coming"
_GOING: Final = "in-work"


def tile(ctx: Ctx, zoom: int, x: int, y: int) -> bytes:
    """The works in a tile that go on or are to come; Invalid for a tile outside the world."""
    envelope = tile_envelope(zoom, x, y)
    lines = (
        select(
            StreetWork.id,
            StreetWork.title.label("name"),
            case((StreetWork.state == StreetWorkState.IN_WORK, literal(_GOING)), else_=literal(_COMING)).label("look"),
            mvt_geom(StreetWork.shape.expression, envelope).label("geom"),
        )
        .where(
            visible(ctx, StreetWork, P.STREET_WORK_READ),
            StreetWork.state.in_(GOING_ON),
            StreetWork.shape.op("&&")(tile_box(envelope)),
        )
        .order_by(StreetWork.id)
        .limit(_MAX_FEATURES)
    )
    return bytes(ctx.session.execute(select(mvt_layer(lines, CODE))).scalar_one())


LAYER: Final = MapLayer(
    CODE,
    _l("Thi công trên tuyến phố"),
    P.STREET_WORK_READ,
    "street_works.tile_of",
    "street_works.detail",
    "line",
    {_GOING: StreetWorkState.IN_WORK.label, _COMING: _l("Sắp thi công")},
    draw=tile,
    collection="street-works",
)
