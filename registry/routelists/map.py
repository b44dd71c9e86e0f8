"""Map layer of proposed streets."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, and_, case, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.geo.mvt import mvt_geom, mvt_layer, tile_box, tile_envelope
from registry.kernel.i18n import _l
from registry.routelists.models import ItemState, RouteItem
from registry.routelists.progress import RUNNING
from registry.routelists.progress_models import RouteWork, WorkState
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
_NOT_DRAWN: Final = (ItemState.WITHDRAWN, ItemState.MERGED)


def _is_agreed_with(*states: WorkState) -> ColumnElement[bool]:
    """SQL: agreed, and its work is in one of these states."""
    works = select(RouteWork.id).where(RouteWork.route_item_id == RouteItem.id, RouteWork.state.in_(states))
    return and_(RouteItem.state == ItemState.AGREED, works.correlate(RouteItem).exists())


def tile(ctx: Ctx, zoom: int, x: int, y: int) -> bytes:
    """The streets in a tile that the actor may see; Invalid for a tile outside the world."""
    envelope = tile_envelope(zoom, x, y)
    lines = (
        select(
            RouteItem.id,
            RouteItem.street_name.label("name"),
            case(
                (_is_agreed_with(*RUNNING), "work"),
                (_is_agreed_with(WorkState.DONE), "done"),
                else_=case(_STYLES, value=RouteItem.state),
            ).label("look"),
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


STREETS: Final = MapLayer(
    CODE,
    _l("Danh mục tuyến đường"),
    P.ROUTELIST_ITEMS,
    "routelists.tile_of",
    "routelists.item",
    "line",
    {
        "agreed": _l("Đã thống nhất"),
        "work": _l("Đang thi công"),
        "done": _l("Đã hoàn thành"),
        "review": _l("Đang thẩm tra"),
        "returned": _l("Yêu cầu bổ sung"),
        "rejected": _l("Không được đưa vào danh mục"),
        "draft": _l("Chưa gửi"),
    },
    draw=tile,
    collection="route-items",
)
