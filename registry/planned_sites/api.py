"""What can be shared near a point, as GeoJSON for programs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, NamedTuple, get_args

from flask import Response, request

from registry.audit.queries import register_version
from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.kernel.cache import VersionedCache
from registry.kernel.dated_settings import setting
from registry.kernel.errors import Invalid
from registry.kernel.fields import ValueRefused, parse_value
from registry.kernel.geo.coordinates import ParsedPosition, PositionRefused, System, parse_position
from registry.kernel.geo.readings import Bounds
from registry.kernel.http.errors import json_errors
from registry.kernel.http.map_data import MapFeature, collection_response
from registry.kernel.i18n import _
from registry.kernel.text import shown
from registry.planned_sites.forms import NEED_FIELDS, need_of, radius_field
from registry.planned_sites.queries import RADIUS, SiteMatch, rank_near
from registry.planned_sites.rules import Need
from registry.structures.filtering.filter import Near
from registry.structures.kinds import HOSTS
from registry.structures.writing.locate import acceptance_bounds

bp = GuardedBlueprint("planned_sites_api", __name__, errors=json_errors, url_prefix="/api")
MAX_RESULTS: Final = 20


class SiteLimits(NamedTuple):
    """Settings of the day: radii in metres, and the accepted extent of coordinates."""

    radius: dict[str, int]
    bounds: Bounds


_LIMITS: VersionedCache[SiteLimits] = VersionedCache(64 * 1024)


@bp.get("/nearest", permission=P.STRUCTURE_READ)
def nearest(ctx: Ctx) -> Response:
    """At most 20 structures near a point that the reader sees exactly: those that fit first, each group by distance.

    `at` is a point in any accepted notation; `radius_m`, `kind`, `quantity`, `height_m`, `diameter_mm` are the need.
    """
    limits = _LIMITS.get(ctx.today, register_version(ctx), lambda: _limits(ctx, ctx.today))
    around, need = _read_question(request.args, limits.radius, limits.bounds)
    ranked, is_cut = rank_near(ctx, around, need, MAX_RESULTS)
    asked = {
        "at": [around.lon, around.lat],
        "radius_m": around.metres,
        "kind": need.kind,
        "quantity": need.quantity,
        "unit": need.unit.value,
    }
    return collection_response(map(_feature, ranked), {"asked": asked, "is_cut": is_cut})


def _limits(ctx: Ctx, day: date) -> SiteLimits:
    return SiteLimits(setting(ctx.session, RADIUS, day), acceptance_bounds(ctx.session, day))


def _feature(item: SiteMatch) -> MapFeature:
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
    return MapFeature(row.id, row.geojson, properties)


def _read_question(args: Mapping[str, str], limits: Mapping[str, int], bounds: Bounds) -> tuple[Near, Need]:
    """Point, radius and need in the arguments; Invalid with a message for each wrong argument."""
    refused: dict[str, str] = {}
    values: dict[str, Any] = {}
    for field in (*NEED_FIELDS, radius_field(limits)):
        try:
            values[field.name] = parse_value(field, args.get(field.name))
        except ValueRefused as refusal:
            refused[field.name] = str(refusal)
    kind = args.get("kind") or next(iter(HOSTS))
    if kind not in HOSTS:
        refused["kind"] = _one_of(kind, HOSTS)
    position = _read_position(args, bounds, refused)
    if refused or position is None:
        raise Invalid(refused)
    need = need_of(kind, values)
    return Near(position.lon, position.lat, values["radius_m"] or limits["usual"]), need


def _read_position(args: Mapping[str, str], bounds: Bounds, refused: dict[str, str]) -> ParsedPosition | None:
    text, system = args.get("at", ""), args.get("system") or "auto"
    systems: tuple[System, ...] = get_args(System)
    known_system = next((each for each in systems if each == system), None)
    if known_system is None:
        refused["system"] = _one_of(system, systems)
        return None
    if not text.strip():
        refused["at"] = _("Chưa nhập; cần một vị trí, ví dụ “19.807; 105.776”.")
        return None
    try:
        return parse_position(text, known_system, bounds=bounds)
    except PositionRefused as refusal:
        refused["at"] = refusal.message
        return None


def _one_of(value: str, codes: Any) -> str:
    # Programs have no list to choose from, so the message names the codes.
    return _(
        "“%(value)s” không có trong danh mục; cần một trong: %(labels)s.", value=shown(value), labels=", ".join(codes)
    )
