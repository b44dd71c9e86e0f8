"""The map: its tiles, its switches in the address, and the echo of a typed position."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, jsonify, request, url_for
from werkzeug.datastructures import MultiDict

from registry.audit.access_log import log_access
from registry.audit.queries import register_version
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import reader_key
from registry.kernel.cache import VersionedCache
from registry.kernel.fields import ValueRefused, parse_day
from registry.kernel.geo.coordinates import PositionRefused, System, format_vn2000, format_wgs84, parse_position
from registry.kernel.http.map_data import PackedTile, pack_tile, tile_response
from registry.kernel.i18n import _, _l, format_date
from registry.kernel.lists.choice import COLUMNS
from registry.kernel.numbers import parse_id
from registry.structures.commands import GivenPosition
from registry.structures.filtering.url import MAP_ARGS, query_string, read_filter
from registry.structures.forms import StructureFormBase
from registry.structures.kinds.kind import Shape
from registry.structures.listing.saved_filters import expand_saved
from registry.structures.map.colours import MAP_COLOURS, MapColour
from registry.structures.map.layers import MapLayer, layers_of
from registry.structures.map.tiles import tile
from registry.structures.pages.blueprint import bp
from registry.structures.positions.input import as_point, read_position
from registry.structures.positions.moment import When
from registry.structures.writing.locate import acceptance_bounds, beyond_stated, locate
from registry.territory.models import UnitLevel
from registry.territory.reforms import LAST_DISTRICT_DAY

_SYSTEMS: dict[str, System] = {"auto": "auto", "wgs84": "wgs84", "vn2000": "vn2000"}
UNIT_LEVELS: dict[str, Any] = {
    UnitLevel.COMMUNE.value: _l("Xã, phường, thị trấn"),
    UnitLevel.DISTRICT.value: _l("Huyện, thị xã, thành phố"),
}


@dataclass(frozen=True)
class CachedTile:
    """A tile as it is sent, the owners of its exact features, and its time as arguments of an address."""

    packed: PackedTile
    owners: tuple[int, ...]
    when: Mapping[str, str]


#: The tiles used last, 24 MB a worker.
_TILES: VersionedCache[CachedTile] = VersionedCache(24 * 1024 * 1024)


@bp.get("/structures/tiles/<int:zoom>/<int:x>/<int:y>.mvt", permission=P.PUBLIC)
def tile_of(ctx: Ctx, zoom: int, x: int, y: int) -> Response:
    """A vector tile of the filter as far as the reader may see; cached for readers with the same rights only."""
    args = expand_saved(ctx, request.args)

    def make() -> CachedTile:
        structure_filter = read_filter(args)
        map_tile = tile(ctx, structure_filter, zoom, x, y, args.get("colour", ""))
        return CachedTile(
            pack_tile(map_tile.body),
            map_tile.owners,
            structure_filter.when.address if structure_filter.when is not None else {},
        )

    asked = (zoom, x, y, tuple(sorted(args.items(multi=True))))
    # The day is part of the key: settings and ages of data depend on it.
    cached_tile = _TILES.get((reader_key(ctx.actor, P.STRUCTURE_READ), asked, ctx.today), register_version(ctx), make)
    # Logged also where the tile came from the cache.
    log_access(ctx, "tile", cached_tile.owners, tile=f"{zoom}/{x}/{y}", **cached_tile.when)
    return tile_response(cached_tile.packed)


@bp.get("/structures/locate", permission=P.PUBLIC, endpoint="locate")
def locate_text(ctx: Ctx) -> Response:
    """A typed position: both systems, commune, former district, warnings, or the refusal."""
    system = _SYSTEMS.get(request.args.get("system", "auto"), "auto")
    text = request.args.get("text", "")
    bounds = acceptance_bounds(ctx.session, ctx.today)
    try:
        lines = [line for line in text.splitlines() if line.strip()]
        position = (
            read_position(text, system, Shape.LINE, bounds)
            if len(lines) > 1
            else as_point(parse_position(text, system, bounds=bounds))
        )
    except PositionRefused as refused:
        return jsonify(error=refused.message, warnings=[])
    return jsonify(describe_position(ctx, position, parse_id(request.args.get("commune"))))


def position_echo(ctx: Ctx, form: StructureFormBase, position: GivenPosition | None) -> dict[str, Any] | None:
    """The same for a form without scripts; from then on the form may be saved."""
    if position is None:
        return None
    form.echoed.data = form.position.data
    return describe_position(ctx, position, form.stated_commune.data or None)


def describe_position(ctx: Ctx, position: GivenPosition, stated_id: int | None = None) -> dict[str, Any]:
    """A given position in both systems, with its commune, former district and warnings."""
    located = locate(ctx, position)
    warnings = list(position.warnings)
    if located.commune is None:
        warnings.append(_("Vị trí nằm ngoài địa bàn tỉnh."))
    elif stated_id is not None:
        problem = beyond_stated(ctx, located, stated_id)
        warnings += [problem] if problem else []
    x, y = format_vn2000(located.lon, located.lat)
    return {
        "lon": located.lon,
        "lat": located.lat,
        "text_wgs84": format_wgs84(located.lon, located.lat),
        "text_vn2000": f"X = {x}; Y = {y}",
        "commune": located.commune.name if located.commune else None,
        "district": located.district.name if located.district else None,
        "approximate": bool(located.commune and located.commune.approximate),
        "warnings": warnings,
        "error": None,
    }


Args = MultiDict[str, str]


@dataclass(frozen=True)
class Units:
    """Boundaries to draw: a level on a day; `note` is the reason why nothing can be drawn, which is not an error."""

    level: str = ""
    on: date | None = None
    typed: str = ""
    note: str = ""

    @property
    def url(self) -> str:
        """The address of the borders and names; "" for none."""
        return url_for("territory.lines", level=self.level, on=self.on.isoformat()) if self.on else ""


@dataclass(frozen=True)
class MapView:
    """The switches of the map and their values."""

    colours: dict[str, MapColour]
    colour: MapColour | None
    #: Value -> label of the chosen colour.
    colour_labels: dict[str, Any]
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
                "looks": {log_access: str(label) for log_access, label in layer.looks.items()},
                "tiles": url_for(layer.tiles, zoom=0, x=0, y=0).replace("/0/0/0", "/{z}/{x}/{y}"),
                "recordUrl": _record_address(layer),
            }
            for layer in self.switched_on
        ]


def map_view(ctx: Ctx, args: Args, when: When | None = None) -> MapView:
    """The map of an address. A layer that the reader may not see is left out, since addresses are passed on.

    For the past: the colours that are known of it, the boundaries of its day, and no layers, which show the present.
    """
    colours = {code: each for code, each in MAP_COLOURS.items() if when is None or each.clause_at is not None}
    colour = colours.get(args.get("colour", ""))
    layers = layers_of(ctx) if when is None else []
    selected_layers = args.getlist("layer")
    return MapView(
        colours=colours,
        colour=colour,
        colour_labels=dict(colour.values(ctx)) if colour else {},
        layers=layers,
        switched_on=[layer for layer in layers if layer.code in selected_layers],
        units=_units(args, when.at(ctx.now).day if when is not None else ctx.today),
        follows=args.get("follow") == "1",
    )


def _record_address(layer: MapLayer) -> str:
    number: dict[str, Any] = {layer.record_id: 0}
    return url_for(layer.record, **number).replace("/0", "/{id}")


def tiles_address(args: Args) -> str:
    """The address of the tiles of the list, without a window that follows the map: it would change at every move."""
    follows = {"bbox": None} if args.get("follow") == "1" else {}
    left_out = dict.fromkeys({"cursor", "sort", "order", COLUMNS, *MAP_ARGS} - {"colour"})
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
