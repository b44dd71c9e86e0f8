"""Map layer of violations, for the readers of each case."""

from __future__ import annotations

from typing import Final

from sqlalchemy import case, func, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.geo.mvt import mvt_geom, mvt_layer, tile_box, tile_envelope
from registry.kernel.i18n import _l
from registry.structures.map.layers import MapLayer
from registry.violations.codes import ViolationState
from registry.violations.models import Violation
from registry.violations.shown_place import shown_point

CODE: Final = "violations"
_MAX_FEATURES: Final = 20_000
#: More than from a place to the middle of its cell.
_CELL_DEGREES: Final = 0.05
#: State -> map style.
_STYLES: Final = {
    ViolationState.REPORTED: "open",
    ViolationState.VERIFYING: "open",
    ViolationState.COMPLEX: "open",
    ViolationState.MINUTES_OVERDUE: "open",
    ViolationState.OPEN_FINDING: "open",
    ViolationState.EXPLAINING: "open",
    ViolationState.MINUTES_MADE: "open",
    ViolationState.TRANSFERRED: "open",
    ViolationState.PROSECUTING: "open",
    ViolationState.DECISION_OVERDUE: "open",
    ViolationState.DECIDED: "decided",
    ViolationState.APPEALED: "decided",
    ViolationState.COMPLAINT_OVERDUE: "decided",
    ViolationState.REMEDYING: "decided",
    ViolationState.REMEDY_OVERDUE: "decided",
    ViolationState.REMEDIED: "done",
    ViolationState.ANNULLED: "open",
    ViolationState.TIME_BARRED: "done",
    ViolationState.CLOSED: "done",
}
#: States that are left out of the map.
_NOT_DRAWN: Final = (ViolationState.NOT_VIOLATION,)


def tile(ctx: Ctx, zoom: int, x: int, y: int) -> bytes:
    """The violations in a tile that the actor may read, at their place or in the middle of its cell.

    Invalid for a tile outside the world.
    """
    envelope = tile_envelope(zoom, x, y)
    box, shown = tile_box(envelope), shown_point(ctx)
    points = (
        select(
            Violation.id,
            Violation.number.label("name"),
            case(_STYLES, value=Violation.state).label("look"),
            mvt_geom(shown, envelope).label("geom"),
        )
        .where(
            visible(ctx, Violation, P.VIOLATION_READ),
            Violation.state.in_(_STYLES),
            # Wider for the index: the middle of a cell is in the tile, the place itself perhaps not.
            Violation.place.op("&&")(func.ST_Expand(box, _CELL_DEGREES)),
            shown.op("&&")(box),
        )
        .order_by(Violation.id)
        .limit(_MAX_FEATURES)
    )
    return bytes(ctx.session.execute(select(mvt_layer(points, CODE))).scalar_one())


VIOLATIONS: Final = MapLayer(
    CODE,
    _l("Vi phạm"),
    P.VIOLATION_READ,
    "violations.tile_of",
    "violations.detail",
    "point",
    {
        "open": _l("Vi phạm đang xử lý"),
        "decided": _l("Đã có quyết định xử phạt"),
        "done": _l("Đã khắc phục hoặc đóng hồ sơ"),
    },
    draw=tile,
    collection="violations",
)
