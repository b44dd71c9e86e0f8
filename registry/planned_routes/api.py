"""Structures along a line, as GeoJSON for programs."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from flask import Response, request

from registry.audit.access_log import log_access
from registry.audit.queries import register_version
from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.kernel.cache import VersionedCache
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field, ValueRefused, parse_value
from registry.kernel.geo.coordinates import PositionRefused
from registry.kernel.geo.readings import Bounds
from registry.kernel.http.errors import json_errors
from registry.kernel.http.map_data import MapFeature, collection_response
from registry.kernel.i18n import _, _l
from registry.kernel.units import M
from registry.planned_routes.forms import MAX_CORRIDOR_M
from registry.planned_routes.queries import require_length
from registry.planned_routes.settings import route_settings
from registry.structures.kinds.kind import Shape
from registry.structures.nearby.along_line import StructureAlongLine, list_along_line
from registry.structures.positions.input import read_position
from registry.structures.writing.locate import acceptance_bounds

bp = GuardedBlueprint("planned_routes_api", __name__, errors=json_errors, url_prefix="/api")
MAX_RESULTS: Final = 1_000
CORRIDOR: Final = Field(
    "corridor",
    _l("Hành lang mỗi bên"),
    unit=M,
    minimum=Decimal(1),
    maximum=Decimal(MAX_CORRIDOR_M),
    python_type=int,
)


class RouteLimits(NamedTuple):
    """Settings of the day in metres, and the accepted extent of coordinates."""

    corridor_m: int
    most_line_m: int
    bounds: Bounds


_LIMITS: VersionedCache[RouteLimits] = VersionedCache(64 * 1024)


@bp.get("/corridor", permission=P.STRUCTURE_READ, costly=True)
def corridor(ctx: Ctx) -> Response:
    """Structures within `corridor` metres of the line `points` that the reader sees exactly, in the line's order."""
    limits = _LIMITS.get(ctx.today, register_version(ctx), lambda: _limits(ctx))
    line, metres = _read_line(request.args, limits.bounds, limits.corridor_m)
    length, rows = list_along_line(ctx, line, metres, MAX_RESULTS)
    require_length(length, limits.most_line_m)
    shown = rows[:MAX_RESULTS]
    log_access(ctx, "corridor", {row.owner_id for row in shown}, rows=len(shown))
    asked = {"length_m": round(length, 1), "corridor": metres}
    return collection_response(map(_feature, shown), {"asked": asked, "is_cut": len(rows) > MAX_RESULTS})


def _limits(ctx: Ctx) -> RouteLimits:
    settings = route_settings(ctx)
    return RouteLimits(settings.corridor_m, settings.most_line_m, acceptance_bounds(ctx.session, ctx.today))


def _feature(row: StructureAlongLine) -> MapFeature:
    properties = {
        "code": row.code,
        "name": row.name,
        "kind": row.kind,
        "owner": row.owner,
        "status": row.status,
        "condition": row.condition,
        "sharing_status": row.sharing_status,
        "metres": round(row.metres, 1),
        "at_m": round(row.at_m, 1),
    }
    return MapFeature(row.id, row.geojson, properties)


def _read_line(args: Mapping[str, str], bounds: Bounds, default_m: int) -> tuple[str, int]:
    """The line as GeoJSON and the corridor on each side in metres; Invalid with a message for each wrong argument."""
    refused: dict[str, str] = {}
    metres, line = None, ""
    try:
        metres = parse_value(CORRIDOR, args.get(CORRIDOR.name))
    except ValueRefused as refusal:
        refused[CORRIDOR.name] = str(refusal)
    text = args.get("points", "")
    if not text.strip():
        refused["points"] = _("Chưa nhập; cần từ hai điểm, ví dụ “19.807,105.776;19.815,105.781”.")
    else:
        try:
            line = read_position(text, "auto", Shape.LINE, bounds).geojson
        except PositionRefused as refusal:
            refused["points"] = refusal.message
    if refused:
        raise Invalid(refused)
    return line, metres or default_m
