"""What a record's page says of values and places, now and in the past."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from registry.authz.actors import Ctx
from registry.kernel.errors import NotFound
from registry.kernel.fields import Field
from registry.kernel.geo.coordinates import format_dms, format_vn2000, format_wgs84
from registry.structures.forms import GROUPS, fields_for
from registry.structures.service.locate import acceptance_bounds
from registry.structures.timeline import shown
from registry.structures.years import flag_of
from registry.territory.models import UnitLevel
from registry.territory.queries import units_at
from registry.territory.reforms import LAST_DISTRICT_DAY

#: Degrees around a structure on its small map, about 500 m.
_MARGIN = 0.005


def groups_of(kind: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The declared fields in words, group by group; of a date of which only the year is known, the year."""
    fields = fields_for(kind)
    flags = {flag: field.name for field in fields.values() if (flag := flag_of(field, fields))}
    years = {name for flag, name in flags.items() if values.get(flag)}

    def words(field: Field) -> str:
        value = values.get(field.name)
        return str(value.year) if field.name in years and value is not None else shown(field, value)

    return [
        {
            "title": title,
            "rows": [
                (field.label, words(field))
                for field in fields.values()
                if field.group == code and field.name not in flags
            ],
        }
        for code, title in GROUPS
    ]


def position_of(ctx: Ctx, given: Any) -> dict[str, Any]:
    """A position as it was given, in all systems, with the units of today and of the last day of districts."""
    if given is None:
        raise NotFound
    shape = json.loads(given.geojson)
    points = [shape["coordinates"]] if shape["type"] == "Point" else shape["coordinates"]
    (lon, lat), (last_lon, last_lat) = points[0], points[-1]
    x, y = format_vn2000(lon, lat)
    district, commune = units_at(
        ctx.session, lon, lat, [(UnitLevel.DISTRICT, LAST_DISTRICT_DAY), (UnitLevel.COMMUNE, ctx.today)]
    )
    return {
        "wgs84": format_wgs84(lon, lat),
        "dms": format_dms(lon, lat),
        "vn2000": f"X = {x}; Y = {y}",
        "end": format_wgs84(last_lon, last_lat) if len(points) > 1 else None,
        "points": len(points),
        "length_m": given.length_m if len(points) > 1 else None,
        "given": given.given_position,
        "srid": given.given_srid,
        "operation": given.position_operation,
        "bounds": _around(points),
        "point": points[0] if len(points) == 1 else None,
        "district": district,
        "now": commune,
    }


def cell_of(ctx: Ctx, geojson: str | None) -> dict[str, Any]:
    """The cells that the actor may know of, outlined since their neighbours may be drawn too, and bounds around."""
    if geojson is None:
        box = acceptance_bounds(ctx.session, ctx.today)
        return {"outline": None, "bounds": [box.west, box.south, box.east, box.north]}
    outline = json.loads(geojson)
    corners = [point for polygon in outline["coordinates"] for ring in polygon for point in ring]
    return {"outline": outline, "bounds": _around(corners)}


def _around(points: list[list[float]]) -> list[float]:
    lons, lats = [p[0] for p in points], [p[1] for p in points]
    return [min(lons) - _MARGIN, min(lats) - _MARGIN, max(lons) + _MARGIN, max(lats) + _MARGIN]
