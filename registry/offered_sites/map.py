"""Map layer of offered sites."""

from __future__ import annotations

from typing import Final

from sqlalchemy import String, cast, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.geo.mvt import mvt_geom, mvt_layer, tile_box, tile_envelope
from registry.kernel.i18n import _l
from registry.offered_sites.codes import OfferedSiteState
from registry.offered_sites.models import OfferedSite
from registry.structures.map.layers import MapLayer

CODE: Final = "offered-sites"
_MAX_FEATURES: Final = 10_000


def tile(ctx: Ctx, zoom: int, x: int, y: int) -> bytes:
    """The sites in a tile that were not withdrawn; Invalid for a tile outside the world."""
    envelope = tile_envelope(zoom, x, y)
    points = (
        select(
            OfferedSite.id,
            OfferedSite.name,
            cast(OfferedSite.state, String).label("look"),
            mvt_geom(OfferedSite.place_point.expression, envelope).label("geom"),
        )
        .where(
            visible(ctx, OfferedSite, P.OFFERED_SITE_READ),
            OfferedSite.state != OfferedSiteState.WITHDRAWN,
            OfferedSite.place_point.op("&&")(tile_box(envelope)),
        )
        .order_by(OfferedSite.id)
        .limit(_MAX_FEATURES)
    )
    return bytes(ctx.session.execute(select(mvt_layer(points, CODE))).scalar_one())


LAYER: Final = MapLayer(
    CODE,
    _l("Địa điểm cung cấp"),
    P.OFFERED_SITE_READ,
    "offered_sites.tile_of",
    "offered_sites.detail",
    "point",
    {"offered": OfferedSiteState.OFFERED.label, "taken": OfferedSiteState.TAKEN.label},
    draw=tile,
    collection="offered-sites",
)
