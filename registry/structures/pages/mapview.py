"""What the map beside the list shows besides the filter: colour, layers, boundaries; all of it from the address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from werkzeug.datastructures import MultiDict

from registry.authz.actors import Ctx
from registry.kernel.fields import ValueRefused, parse_day
from registry.kernel.i18n import _, _l, format_date
from registry.structures.filter_args import query_string
from registry.structures.layers import MapLayer, layers_of
from registry.structures.past.when import When
from registry.structures.tints import TINTS, Tint
from registry.territory.models import UnitLevel
from registry.territory.reforms import LAST_DISTRICT_DAY

Args = MultiDict[str, str]
UNIT_LEVELS: dict[str, Any] = {
    UnitLevel.COMMUNE.value: _l("Xã, phường, thị trấn"),
    UnitLevel.DISTRICT.value: _l("Huyện, thị xã, thành phố"),
}


@dataclass(frozen=True)
class Units:
    """Boundaries to draw: a level as at a day; `note` says why nothing can be drawn, which is no reason to refuse."""

    level: str = ""
    on: date | None = None
    typed: str = ""
    note: str = ""

    @property
    def url(self) -> str:
        """Where the borders and names lie; "" for none."""
        return url_for("territory.lines", level=self.level, on=self.on.isoformat()) if self.on else ""


@dataclass(frozen=True)
class MapView:
    """The switches of the map and what each of them is set to."""

    tints: dict[str, Tint]
    tint: Tint | None
    #: Value -> words of the chosen tint.
    tint_words: dict[str, Any]
    layers: list[MapLayer]
    switched_on: list[MapLayer]
    units: Units
    follows: bool

    def overlays(self) -> list[dict[str, Any]]:
        """The layers switched on, as the script takes them."""
        return [
            {
                "code": layer.code,
                "label": str(layer.label),
                "shape": layer.shape,
                "looks": {look: str(words) for look, words in layer.looks.items()},
                "tiles": url_for(layer.tiles, zoom=0, x=0, y=0).replace("/0/0/0", "/{z}/{x}/{y}"),
                "recordUrl": _record_address(layer),
            }
            for layer in self.switched_on
        ]


def map_view(ctx: Ctx, args: Args, when: When | None = None) -> MapView:
    """The map of an address. A layer that the reader may not see is left out: addresses are passed on.

    Of the past: the colours that are known of it, the boundaries of its day, and no layers, which show the present.
    """
    tints = {code: tint for code, tint in TINTS.items() if when is None or tint.clause_at is not None}
    tint = tints.get(args.get("colour", ""))
    layers = layers_of(ctx) if when is None else []
    wanted = args.getlist("layer")
    return MapView(
        tints=tints,
        tint=tint,
        tint_words=dict(tint.values(ctx)) if tint else {},
        layers=layers,
        switched_on=[layer for layer in layers if layer.code in wanted],
        units=_units(args, when.at(ctx.now).day if when is not None else ctx.today),
        follows=args.get("follow") == "1",
    )


def _record_address(layer: MapLayer) -> str:
    number: dict[str, Any] = {layer.record_id: 0}
    return url_for(layer.record, **number).replace("/0", "/{id}")


def tiles_address(args: Args) -> str:
    """Where the tiles of the list lie. A window that follows the map is not in it: it would change at every move."""
    follows = {"bbox": None} if args.get("follow") == "1" else {}
    left_out = dict.fromkeys(("cursor", "sort", "order", "layer", "units", "units_on", "follow"))
    return url_for("structures.list") + "/tiles/{z}/{x}/{y}.mvt?" + query_string(args, **left_out, **follows)


def _units(args: Args, day: date) -> Units:
    level, typed = args.get("units", ""), args.get("units_on", "").strip()
    if level not in UNIT_LEVELS:
        return Units(typed=typed)
    is_district = level == UnitLevel.DISTRICT
    try:
        on = parse_day(typed) if typed else min(day, LAST_DISTRICT_DAY) if is_district else day
    except ValueRefused as refused:
        return Units(level, None, typed, _("Ranh giới tại ngày: %(problem)s", problem=str(refused)))
    if is_district and on > LAST_DISTRICT_DAY:
        return Units(level, None, typed, _ended())
    return Units(level, on, typed)


def _ended() -> str:
    return _(
        "Cấp huyện kết thúc hoạt động sau ngày %(day)s; hãy chọn một thời điểm trước đó.",
        day=format_date(LAST_DISTRICT_DAY),
    )
