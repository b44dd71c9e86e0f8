"""Map layer of proposed streets."""

from __future__ import annotations

from typing import Final

from sqlalchemy import case, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.geo.mvt import mvt_geom, mvt_layer, tile_box, tile_envelope
from registry.kernel.i18n import _l
from registry.routelists.models import ItemState, RouteItem
from registry.structures.map.layers import MapLayer

CODE: Final = "streets"
_MAX_FEATURES: Final = 20_000
#: State -> map style.
_STYLES: Final = {
    ItemState.PROPOSED: "draft",
    ItemState.UNDER_REVIEW: "review",
    ItemState.OVERDUE: "review",
    ItemState.RETURNED: "returned",
    ItemState.AGREED: "agreed",
    ItemState.REJECTED: "rejected",
}
#: States that are left out of the map.
_NOT_DRAWN: Final = (ItemState.WITHDRAWN,)
STREETS: Final = MapLayer(
    CODE,
    _l("Danh mục tuyến đường"),
    P.ROUTELIST_ITEMS,
    "routelists.tile_of",
    "routelists.item",
    "line",
    {
        "agreed": _l("Đã thống nhất"),
        "review": _l("Đang thẩm tra"),
        "returned": _l("Yêu cầu bổ sung"),
        "rejected": _l("Không đưa vào danh mục"),
        "draft": _l("Chưa gửi"),
    },
)


def tile(ctx: Ctx, zoom: int, x: int, y: int) -> bytes:
    """The streets in a tile that the actor may see; Invalid for a tile outside the world."""
    envelope = tile_envelope(zoom, x, y)
    lines = (
        select(
            RouteItem.id,
            RouteItem.street_name.label("name"),
            case(_STYLES, value=RouteItem.state).label("look"),
            mvt_geom(RouteItem.line, envelope).label("geom"),
        )
        .where(
            visible(ctx, RouteItem, P.ROUTELIST_ITEMS),
            RouteItem.state.in_(_STYLES),
            RouteItem.line.op("&&")(tile_box(envelope)),
        )
        .order_by(RouteItem.id)
        .limit(_MAX_FEATURES)
    )
    return bytes(ctx.session.execute(select(mvt_layer(lines, CODE))).scalar_one())
