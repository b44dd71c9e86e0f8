"""Map layer of announcements of joint building."""

from __future__ import annotations

from typing import Final

from sqlalchemy import case, literal, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.joint_builds.codes import JointBuildState
from registry.joint_builds.models import JointBuild
from registry.kernel.geo.mvt import mvt_geom, mvt_layer, tile_box, tile_envelope
from registry.kernel.i18n import _l
from registry.structures.map.layers import MapLayer

CODE: Final = "joint-builds"
_MAX_FEATURES: Final = 10_000
_OPEN, _CLOSED = "open", "closed"


def tile(ctx: Ctx, zoom: int, x: int, y: int) -> bytes:
    """The announcements in a tile that were not withdrawn and are not built; Invalid outside the world."""
    envelope = tile_envelope(zoom, x, y)
    points = (
        select(
            JointBuild.id,
            JointBuild.work.label("name"),
            case((JointBuild.state == JointBuildState.OPEN, literal(_OPEN)), else_=literal(_CLOSED)).label("look"),
            mvt_geom(JointBuild.place_point.expression, envelope).label("geom"),
        )
        .where(
            visible(ctx, JointBuild, P.JOINT_BUILD_READ),
            JointBuild.state != JointBuildState.WITHDRAWN,
            JointBuild.structure_id.is_(None),
            JointBuild.place_point.op("&&")(tile_box(envelope)),
        )
        .order_by(JointBuild.id)
        .limit(_MAX_FEATURES)
    )
    return bytes(ctx.session.execute(select(mvt_layer(points, CODE))).scalar_one())


LAYER: Final = MapLayer(
    CODE,
    _l("Phương án xây dựng dùng chung"),
    P.JOINT_BUILD_READ,
    "joint_builds.tile_of",
    "joint_builds.detail",
    "point",
    {_OPEN: JointBuildState.OPEN.label, _CLOSED: _l("Hết hạn đăng ký")},
    draw=tile,
    collection="joint-builds",
)
