"""The coordinate systems of the interface: of boxes and filters that are sent, and of geometries that are answered.

VN-2000 goes through the one operation of the product (`kernel.geo.vn2000`), not through the one that PROJ would pick.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely
from pyproj import Transformer
from sqlalchemy import ColumnElement, func

from registry.kernel.geo.vn2000 import ZONE_105, OutsideProjection, PlanePoint, pipeline_of, to_wgs84
from registry.kernel.i18n import _
from registry.kernel.text import shown
from registry.ogc.errors import BadParameter

_ROOT: Final = "http://www.opengis.net/def/crs"
WGS84: Final = 4326
WEB_MERCATOR: Final = 3857
VN2000: Final = 5897
#: Points along each side of a box in another system, whose sides are curves in degrees.
_POINTS: Final = 8
Bounds = tuple[float, float, float, float]
#: Of a box in degrees, a good deal larger than the country and smaller than what a projection is made for.
_LARGEST: Final[dict[int, float]] = {WGS84: 1_000.0, WEB_MERCATOR: 3e7, VN2000: 3e7}


@dataclass(frozen=True)
class Crs:
    """One system by its URI; `flips`: its axes are latitude, longitude."""

    uri: str
    srid: int
    flips: bool = False

    def shown(self, geometry: ColumnElement[Any]) -> ColumnElement[Any]:
        """SQL: a geometry in degrees (longitude, latitude) in this system, in the order of its axes."""
        if self.srid == VN2000:
            return func.ST_TransformPipeline(geometry, pipeline_of(ZONE_105), VN2000)
        if self.srid == WEB_MERCATOR:
            return func.ST_Transform(geometry, WEB_MERCATOR)
        return func.ST_FlipCoordinates(geometry) if self.flips else geometry

    @property
    def decimals(self) -> int:
        """Digits after the decimal mark: a centimetre, as degrees or as metres."""
        return 7 if self.srid == WGS84 else 2

    def to_degrees(self, x: float, y: float) -> tuple[float, float]:
        """Longitude and latitude of a position in the order of the axes; OutsideProjection for no such place."""
        if self.flips:
            x, y = y, x
        if self.srid == VN2000:
            return to_wgs84(PlanePoint(x_northing=y, y_easting=x))
        if self.srid == WEB_MERCATOR:
            lon, lat = _MERCATOR.transform(x, y)
            if not (math.isfinite(lon) and math.isfinite(lat)):
                raise OutsideProjection(f"{x}, {y}")
            return lon, lat
        return x, y

    def bounds_of(self, name: str, sides: Sequence[float]) -> Bounds:
        """West, south, east, north in degrees around a box of this system; BadParameter for no such box."""
        least_x, least_y, most_x, most_y = sides
        if not all(math.isfinite(side) and abs(side) <= _LARGEST[self.srid] for side in sides):
            raise BadParameter(name, _("Khung “%(name)s” có số ngoài phạm vi của hệ tọa độ.", name=name))
        if least_x > most_x or least_y > most_y:
            sentence = _("Khung “%(name)s” cần góc nhỏ trước, góc lớn sau: nhỏ x, nhỏ y, lớn x, lớn y.", name=name)
            raise BadParameter(name, sentence)
        if self.srid == WGS84:
            west, south = self.to_degrees(least_x, least_y)
            east, north = self.to_degrees(most_x, most_y)
            if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):  # noqa: PLR2004 - degrees
                raise BadParameter(name, _("Khung “%(name)s” có số ngoài phạm vi của hệ tọa độ.", name=name))
            return west, south, east, north
        steps = [step / _POINTS for step in range(_POINTS + 1)]
        xs = [least_x + step * (most_x - least_x) for step in steps]
        ys = [least_y + step * (most_y - least_y) for step in steps]
        edge = [(x, y) for x in xs for y in (least_y, most_y)] + [(x, y) for y in ys for x in (least_x, most_x)]
        try:
            points = [self.to_degrees(x, y) for x, y in edge]
        except OutsideProjection as outside:
            raise BadParameter(name, _("Khung “%(name)s” có số ngoài phạm vi của hệ tọa độ.", name=name)) from outside
        return (
            max(min(lon for lon, _lat in points), -180),
            max(min(lat for _lon, lat in points), -90),
            min(max(lon for lon, _lat in points), 180),
            min(max(lat for _lon, lat in points), 90),
        )

    def geometry_in_degrees(self, name: str, geometry: Any) -> Any:
        """A shapely geometry of this system in degrees; BadParameter where it has no place there."""
        if self.srid == WGS84 and not self.flips:
            return geometry
        move: Callable[[Any], Any] = lambda positions: [self.to_degrees(x, y) for x, y in positions]  # noqa: E731
        try:
            return shapely.transform(geometry, move)
        except OutsideProjection as outside:
            raise BadParameter(name, _("Hình trong “%(name)s” nằm ngoài hệ tọa độ.", name=name)) from outside


_MERCATOR: Final = Transformer.from_crs(WEB_MERCATOR, WGS84, always_xy=True)
CRS84: Final = Crs(f"{_ROOT}/OGC/1.3/CRS84", WGS84)
SYSTEMS: Final = {
    crs.uri: crs
    for crs in (
        CRS84,
        Crs(f"{_ROOT}/EPSG/0/4326", WGS84, flips=True),
        Crs(f"{_ROOT}/EPSG/0/3857", WEB_MERCATOR),
        Crs(f"{_ROOT}/EPSG/0/5897", VN2000),
    )
}


def read_crs(name: str, text: str | None) -> Crs:
    """The system of a parameter, CRS84 without one; BadParameter for any other."""
    if text is None:
        return CRS84
    uri = text.strip().strip("[]")
    crs = SYSTEMS.get(uri)
    if crs is None:
        raise BadParameter(
            name,
            _(
                "Hệ tọa độ “%(text)s” của “%(name)s” không có; cần một trong: %(systems)s.",
                text=shown(text),
                name=name,
                systems=", ".join(SYSTEMS),
            ),
        )
    return crs
