"""What the map asks for: tiles, and where a typed position lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, jsonify, request

from registry.audit.access_log import log_access
from registry.audit.queries import register_version
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import reader_key
from registry.kernel.cache import VersionedCache
from registry.kernel.geo.coordinates import PositionRefused, System, format_vn2000, format_wgs84, parse_position
from registry.kernel.http.map_data import PackedTile, pack_tile, tile_response
from registry.kernel.i18n import _
from registry.structures.commands import GivenPosition
from registry.structures.contract import Shape
from registry.structures.filter_args import read_filter
from registry.structures.forms import StructureFormBase
from registry.structures.geometry import as_point, read_position
from registry.structures.map import tile
from registry.structures.pages.blueprint import bp
from registry.structures.service.locate import acceptance_bounds, beyond_stated, locate
from registry.structures.shelf import expanded


@dataclass(frozen=True)
class KeptTile:
    """A tile as it is sent, whose structures it shows, and of which time as the address has it."""

    packed: PackedTile
    owners: tuple[int, ...]
    when: Mapping[str, str]


#: The tiles used last, 32 MB of them a worker.
_TILES: VersionedCache[KeptTile] = VersionedCache(32 * 1024 * 1024, lambda kept: len(kept.packed.data) + _OVERHEAD)
_OVERHEAD = 1024
_SYSTEMS: dict[str, System] = {"auto": "auto", "wgs84": "wgs84", "vn2000": "vn2000"}


@bp.get("/structures/tiles/<int:zoom>/<int:x>/<int:y>.mvt", permission=P.PUBLIC)
def tile_of(ctx: Ctx, zoom: int, x: int, y: int) -> Response:
    """A vector tile of what the reader may see under the filter; kept for readers of the same rights alone."""
    args = expanded(ctx, request.args)

    def make() -> KeptTile:
        chosen = read_filter(args)
        made = tile(ctx, chosen, zoom, x, y, args.get("colour", ""))
        return KeptTile(pack_tile(made.body), made.owners, chosen.when.address if chosen.when is not None else {})

    asked = (zoom, x, y, tuple(sorted(args.items(multi=True))))
    # The day: settings begin and ages of data grow with it.
    found = _TILES.get((reader_key(ctx.actor, P.STRUCTURE_READ), asked, ctx.today), register_version(ctx), make)
    # Also where the tile was made before.
    log_access(ctx, "tile", found.owners, tile=f"{zoom}/{x}/{y}", **found.when)
    return tile_response(found.packed)


@bp.get("/structures/locate", permission=P.PUBLIC, endpoint="locate")
def locate_text(ctx: Ctx) -> Response:
    """Echo of a typed position: both systems, commune, former district, warnings, or the refusal."""
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
    stated = request.args.get("commune", "")
    return jsonify(described(ctx, position, int(stated[:18]) if stated.isdecimal() else None))


def echo_of(ctx: Ctx, form: StructureFormBase, position: GivenPosition | None) -> dict[str, Any] | None:
    """The same echo for a form that is sent without scripts; from then on the form may be saved."""
    if position is None:
        return None
    form.echoed.data = form.position.data
    return described(ctx, position, form.stated_commune.data or None)


def described(ctx: Ctx, position: GivenPosition, stated_id: int | None = None) -> dict[str, Any]:
    """A given position in both systems, with its commune and former district and what to warn of."""
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
