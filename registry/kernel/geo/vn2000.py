"""The one conversion between VN-2000 and WGS 84, with the national parameters of 2007."""

import functools
import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from pyproj import Transformer
from pyproj.enums import TransformDirection

WGS84_SRID: Final = 4326
# VN-2000 to WGS 84 (2), QĐ 05/2007/QĐ-BTNMT: coordinate frame rotation, stated accuracy 1 m. PROJ by
# itself picks other parameters by place, 0.7 m away; fixed here, so that an update of its database changes nothing.
OPERATION: Final = "EPSG:6960"
DATUM_SHIFT: Final = (
    "+proj=helmert +x=-191.90441429 +y=-39.30318279 +z=-111.45032835 "
    "+rx=-0.00928836 +ry=0.01975479 +rz=-0.00427372 +s=0.252906278 +convention=coordinate_frame"
)
FALSE_EASTING_M: Final = 500_000
TM3_SCALE: Final = "0.9999"
UTM_SCALE: Final = "0.9996"


class OutsideProjection(ValueError):
    """A place so far from the zone that its projection is meaningless."""


@dataclass(frozen=True)
class Zone:
    """A plane zone: central meridian in degrees, scale factor, EPSG code, and whether its datum is VN-2000."""

    srid: int
    central_meridian: Decimal
    scale: str = TM3_SCALE
    vn2000: bool = True

    @property
    def meridian_text(self) -> str:
        """The central meridian as on maps: 105°00'."""
        degrees, minutes = divmod(self.central_meridian * 60, 60)
        return f"{degrees:.0f}°{minutes:02.0f}'"


# All 3-degree zones of the EPSG registry: code and central meridian in degrees.
_MERIDIANS: Final = {
    5896: "102",
    5897: "105",
    5898: "108",
    5899: "107.75",
    9205: "103",
    9206: "104",
    9207: "104.5",
    9208: "104.75",
    9209: "105.5",
    9210: "105.75",
    9211: "106",
    9212: "106.25",
    9213: "106.5",
    9214: "107",
    9215: "107.25",
    9216: "107.5",
    9217: "108.25",
    9218: "108.5",
}
ZONES: Final = {srid: Zone(srid, Decimal(meridian)) for srid, meridian in _MERIDIANS.items()}
ZONE_105: Final = ZONES[5897]
UTM_48N_VN2000: Final = Zone(3405, Decimal(105), UTM_SCALE)
UTM_48N_WGS84: Final = Zone(32648, Decimal(105), UTM_SCALE, vn2000=False)
# VN-2000 zone without datum shift, a mistake that occurs in public code.
TM3_105_WITHOUT_SHIFT: Final = Zone(0, Decimal(105), vn2000=False)


@dataclass(frozen=True)
class PlanePoint:
    """A place in a zone, in metres: X is the northing and Y the easting, as in Vietnamese survey tables."""

    x_northing: float
    y_easting: float


_TO_VN2000: Final = (
    f"+step +proj=push +v_3 +step +proj=cart +ellps=WGS84 +step +inv {DATUM_SHIFT} "
    "+step +inv +proj=cart +ellps=WGS84 +step +proj=pop +v_3 "
)
_IN_RADIANS: Final = "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad "
#: Longitude, latitude of WGS 84 to those of VN-2000, all in degrees.
GEOGRAPHIC_PIPELINE: Final = f"{_IN_RADIANS}{_TO_VN2000}+step +proj=unitconvert +xy_in=rad +xy_out=deg"


def pipeline_of(zone: Zone) -> str:
    """The PROJ pipeline: longitude, latitude (WGS 84, degrees) to easting, northing (metres)."""
    return (
        f"{_IN_RADIANS}{_TO_VN2000 if zone.vn2000 else ''}"
        f"+step +proj=tmerc +lat_0=0 +lon_0={zone.central_meridian} +k={zone.scale} "
        f"+x_0={FALSE_EASTING_M} +y_0=0 +ellps=WGS84"
    )


@functools.cache
def _transformer(pipeline: str) -> Transformer:
    return Transformer.from_pipeline(pipeline)


def to_plane(lon: float, lat: float, zone: Zone = ZONE_105) -> PlanePoint:
    """WGS 84 degrees to metres of a zone; OutsideProjection for places too far away."""
    easting, northing = _transformer(pipeline_of(zone)).transform(lon, lat)
    if not (math.isfinite(easting) and math.isfinite(northing)):
        raise OutsideProjection(f"longitude {lon}, latitude {lat} has no place in zone {zone.srid}")
    return PlanePoint(x_northing=northing, y_easting=easting)


def to_wgs84(point: PlanePoint, zone: Zone = ZONE_105) -> tuple[float, float]:
    """Metres of a zone to WGS 84 longitude and latitude in degrees; OutsideProjection for places too far away."""
    shift = _transformer(pipeline_of(zone))
    lon, lat = shift.transform(point.y_easting, point.x_northing, direction=TransformDirection.INVERSE)
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise OutsideProjection(f"X {point.x_northing}, Y {point.y_easting} is no place of zone {zone.srid}")
    return lon, lat


def geographic_to_wgs84(lon: float, lat: float) -> tuple[float, float]:
    """Degrees of VN-2000 (EPSG:4756) to degrees of WGS 84, a shift of 224 m in the province."""
    moved = _transformer(GEOGRAPHIC_PIPELINE).transform(lon, lat, direction=TransformDirection.INVERSE)
    return moved[0], moved[1]
