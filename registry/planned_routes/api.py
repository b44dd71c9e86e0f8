"""What stands along a line as GeoJSON, for programs."""

from __future__ import annotations

from typing import Final, NamedTuple

from flask import Response, request

from registry.audit.access_log import log_access
from registry.audit.queries import register_version
from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.kernel.cache import VersionedCache
from registry.kernel.geo.readings import Bounds
from registry.kernel.http.errors import json_errors
from registry.kernel.http.map_data import Feature, collection_response
from registry.planned_routes.queries import require_length
from registry.planned_routes.schemas import read_line
from registry.planned_routes.settings import figures
from registry.structures.nearby.along_line import StructureAlongLine, list_along_line
from registry.structures.writing.locate import acceptance_bounds

bp = GuardedBlueprint("planned_routes_api", __name__, errors=json_errors, url_prefix="/api")
MOST: Final = 1_000


class Limits(NamedTuple):
    """What the settings of the day allow, in metres, and where points may lie."""

    corridor_m: int
    most_line_m: int
    bounds: Bounds


_LIMITS: VersionedCache[Limits] = VersionedCache(4)


@bp.get("/corridor", permission=P.STRUCTURE_READ, costly=True)
def corridor(ctx: Ctx) -> Response:
    """What stands within `corridor` metres of the line `points`, from its start on: what the reader sees exactly."""
    limits = _LIMITS.get(ctx.today, register_version(ctx), lambda: _limits(ctx))
    line, metres = read_line(request.args, limits.bounds, limits.corridor_m)
    length, rows = list_along_line(ctx, line, metres, MOST)
    require_length(length, limits.most_line_m)
    shown = rows[:MOST]
    log_access(ctx, "corridor", {row.owner_id for row in shown}, rows=len(shown))
    asked = {"length_m": round(length, 1), "corridor": metres}
    return collection_response(map(_feature, shown), {"asked": asked, "is_cut": len(rows) > MOST})


def _limits(ctx: Ctx) -> Limits:
    law = figures(ctx)
    return Limits(law.corridor_m, law.most_line_m, acceptance_bounds(ctx.session, ctx.today))


def _feature(row: StructureAlongLine) -> Feature:
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
    return Feature(row.id, row.geojson, properties)
