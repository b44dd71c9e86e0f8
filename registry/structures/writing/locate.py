"""The commune of a position, whether it is the stated one, and what to refuse or warn of."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.authz.actors import Ctx
from registry.kernel.dated_settings import setting
from registry.kernel.errors import Invalid
from registry.kernel.geo.readings import Bounds
from registry.kernel.i18n import _, format_number
from registry.structures.commands import GivenPosition
from registry.structures.models import WGS84
from registry.territory.models import ExtentQuality, UnitLevel
from registry.territory.queries import UnitHit, area_bounds, distance_to_unit, get_unit, units_at
from registry.territory.reforms import LAST_DISTRICT_DAY

#: Setting: metres outside the stated commune from which a position is refused, by quality of the extent.
TOLERANCE = "structure.stated_commune_tolerance_m"
_KM = Decimal(1000)


@dataclass(frozen=True)
class Located:
    """The commune of a position today (None outside the province), the former district, and warnings."""

    commune: UnitHit | None
    district: UnitHit | None
    lon: float
    lat: float
    warnings: tuple[str, ...] = ()


def working_bounds(ctx: Ctx) -> list[float]:
    """The first view of a map on which the actor picks a place: their area, else the province."""
    area = area_bounds(ctx.session, ctx.actor.unit_ids) if ctx.actor.unit_ids else None
    if area is not None:
        return list(area)
    box = acceptance_bounds(ctx.session, ctx.today)
    return [box.west, box.south, box.east, box.north]


def acceptance_bounds(session: Session, on: date) -> Bounds:
    """The box that positions must be in, from the dated setting."""
    box = setting(session, "province.acceptance_box", on)
    return Bounds(box["west"], box["south"], box["east"], box["north"], _("tỉnh Thanh Hóa"))


def locate(ctx: Ctx, position: GivenPosition) -> Located:
    """The units of a position; for a line of its middle."""
    lon, lat = _middle(ctx.session, position.geojson)
    commune, district = units_at(
        ctx.session, lon, lat, [(UnitLevel.COMMUNE, ctx.today), (UnitLevel.DISTRICT, LAST_DISTRICT_DAY)]
    )
    return Located(commune, district, lon, lat, position.warnings)


def commune_for(ctx: Ctx, position: GivenPosition, *, stated_id: int | None, outside_area: bool) -> int | None:
    """The commune to record; Invalid where the place is outside the province or the stated commune."""
    located = locate(ctx, position)
    if located.commune is None:
        if outside_area:
            return None
        raise Invalid({"position": _("Vị trí nằm ngoài địa bàn tỉnh; hãy kiểm tra lại tọa độ và hệ tọa độ.")})
    if stated_id is not None and stated_id != located.commune.id:
        problem = beyond_stated(ctx, located, stated_id)
        if problem is not None:
            raise Invalid({"position": problem})
    return located.commune.id


def beyond_stated(ctx: Ctx, located: Located, stated_id: int) -> str | None:
    """One sentence where a place is farther outside its stated commune than inexact extents and surveys explain."""
    metres = distance_to_unit(ctx.session, located.lon, located.lat, stated_id)
    stated = get_unit(ctx.session, stated_id)
    if metres is None or stated is None:
        return None
    allowed: dict[str, Any] = setting(ctx.session, TOLERANCE, ctx.today)
    official = stated.extent_quality is ExtentQuality.OFFICIAL
    if metres <= allowed["official" if official else "approximate"]:
        return None
    return beyond_sentence(located.commune.name if located.commune else None, stated.name, metres)


def beyond_sentence(commune: str | None, stated: str, metres: Decimal) -> str:
    """The commune of a place (None: outside the province), and its distance from the stated one."""
    return _(
        "Vị trí nằm trong %(found)s, cách %(stated)s đã khai %(distance)s km; hãy kiểm tra tọa độ hoặc tên xã, phường.",
        found=commune or _("ngoài tỉnh"),
        stated=stated,
        distance=format_number(metres / _KM, 1),
    )


def _middle(session: Session, geojson: str) -> tuple[float, float]:
    shape = json.loads(geojson)
    if shape["type"] == "Point":
        lon, lat = shape["coordinates"]
        return float(lon), float(lat)
    line = func.ST_SetSRID(func.ST_GeomFromGeoJSON(geojson), WGS84)
    point = func.ST_LineInterpolatePoint(line, 0.5)
    row = session.execute(select(func.ST_X(point), func.ST_Y(point))).one()
    return float(row[0]), float(row[1])
