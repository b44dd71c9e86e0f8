"""What can be shared near a place as GeoJSON, for programs: the answer of the page without the page."""

from __future__ import annotations

from datetime import date
from typing import Any, Final, NamedTuple

from flask import Response, request

from registry.audit.queries import register_version
from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.kernel.cache import VersionedCache
from registry.kernel.dated_settings import setting
from registry.kernel.geo.readings import Bounds
from registry.kernel.http.errors import json_errors
from registry.kernel.http.map_data import Feature, collection_response
from registry.planned_sites.queries import RADIUS, Found, rank_near
from registry.planned_sites.schemas import read_question
from registry.structures.writing.locate import acceptance_bounds

bp = GuardedBlueprint("planned_sites_api", __name__, errors=json_errors, url_prefix="/api")
MOST: Final = 20


class Limits(NamedTuple):
    """What the settings of the day allow: radii in metres, and where places may lie."""

    radius: dict[str, int]
    bounds: Bounds


_LIMITS: VersionedCache[Limits] = VersionedCache(4)


@bp.get("/nearest", permission=P.STRUCTURE_READ)
def nearest(ctx: Ctx) -> Response:
    """What fits near a place, then all others, the nearest first: at most twenty that the reader sees exactly.

    `at` is a place in any accepted form; `radius_m`, `kind`, `quantity`, `height_m`, `diameter_mm` say what is needed.
    """
    limits = _LIMITS.get(ctx.today, register_version(ctx), lambda: _limits(ctx, ctx.today))
    around, need = read_question(request.args, limits.radius, limits.bounds)
    found, is_cut = rank_near(ctx, around, need, MOST)
    asked = {
        "at": [around.lon, around.lat],
        "radius_m": around.metres,
        "kind": need.kind,
        "quantity": need.quantity,
        "unit": need.unit.value,
    }
    return collection_response(map(_feature, found), {"asked": asked, "is_cut": is_cut})


def _limits(ctx: Ctx, day: date) -> Limits:
    return Limits(setting(ctx.session, RADIUS, day), acceptance_bounds(ctx.session, day))


def _feature(item: Found) -> Feature:
    row, verdict = item.structure, item.verdict
    properties: dict[str, Any] = {
        "code": row.code,
        "name": row.name,
        "kind": row.kind,
        "owner": row.owner_name,
        "status": row.status.value,
        "sharing_status": row.sharing_status.value,
        "metres": item.metres,
        "fit": verdict.fit.value,
        "reasons": verdict.reasons,
        "total": verdict.total,
        "free": verdict.free,
        "reserved": verdict.reserved,
    }
    return Feature(row.id, row.geojson, properties)
