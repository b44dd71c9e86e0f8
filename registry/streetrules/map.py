"""Map layer of the rules of streets."""

from __future__ import annotations

from typing import Final

from sqlalchemy import case, literal, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.geo.mvt import mvt_geom, mvt_layer, tile_box, tile_envelope
from registry.kernel.i18n import _l
from registry.streets.rule_models import RuleKind, StreetRule
from registry.streets.rule_queries import in_force, to_come
from registry.structures.map.layers import MapLayer

CODE: Final = "street-rules"
_MAX_FEATURES: Final = 20_000
_COMING: Final = "coming"
_STYLES: Final = {
    RuleKind.NO_NEW_HANGING: "no-hanging",
    RuleKind.TEMPORARY: "temporary",
    RuleKind.UNDERGROUND_ONLY: "underground",
    RuleKind.NO_DIG: "no-dig",
}


def tile(ctx: Ctx, zoom: int, x: int, y: int) -> bytes:
    """The rules in a tile that apply today or are to come; Invalid for a tile outside the world."""
    envelope = tile_envelope(zoom, x, y)
    lines = (
        select(
            StreetRule.id,
            StreetRule.title.label("name"),
            case((in_force(ctx.today), case(_STYLES, value=StreetRule.kind)), else_=literal(_COMING)).label("look"),
            mvt_geom(StreetRule.shape.expression, envelope).label("geom"),
        )
        .where(
            visible(ctx, StreetRule, P.STREET_RULE_READ),
            to_come(ctx.today),
            StreetRule.shape.op("&&")(tile_box(envelope)),
        )
        .order_by(StreetRule.id)
        .limit(_MAX_FEATURES)
    )
    return bytes(ctx.session.execute(select(mvt_layer(lines, CODE))).scalar_one())


LAYER: Final = MapLayer(
    CODE,
    _l("Quy định của tuyến phố"),
    P.STREET_RULE_READ,
    "street_rules.tile_of",
    "street_rules.detail",
    "line",
    {
        "no-hanging": RuleKind.NO_NEW_HANGING.label,
        "temporary": RuleKind.TEMPORARY.label,
        "underground": RuleKind.UNDERGROUND_ONLY.label,
        "no-dig": RuleKind.NO_DIG.label,
        _COMING: _l("Chưa đến ngày hiệu lực"),
    },
    draw=tile,
    collection="street-rules",
)
