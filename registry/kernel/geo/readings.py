"""Other possible readings of two numbers, for suggestions; no position is corrected with them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from registry.kernel.geo.degrees import Angle
from registry.kernel.geo.vn2000 import (
    TM3_105_WITHOUT_SHIFT,
    UTM_48N_VN2000,
    UTM_48N_WGS84,
    ZONES,
    OutsideProjection,
    PlanePoint,
    Zone,
    to_wgs84,
)
from registry.kernel.i18n import _

# A plane northing in this country has seven digits, an easting six.
MIN_NORTHING_M: Final = 900_000
_LOST_FIRST_DIGIT_M: Final = 2_000_000
_NEIGHBOUR_ZONES: Final = (ZONES[9208], ZONES[9209], ZONES[5897])
_DIGITS_OF_MINUTES: Final = 2
_DECIMALS_OF_BOTH: Final = 4
_SIXTY: Final = 60


@dataclass(frozen=True)
class Bounds:
    """The box (WGS 84 degrees) of accepted positions, and the name of the area for messages."""

    west: float
    south: float
    east: float
    north: float
    name: str

    def contains(self, lon: float, lat: float) -> bool:
        """Whether a place is in the box or on its edge."""
        return self.west <= lon <= self.east and self.south <= lat <= self.north


@dataclass(frozen=True)
class PositionReading:
    """One possible meaning of the numbers: its position, and a label of the assumed mistake."""

    label: str
    lon: float
    lat: float


def _read(label: str, point: PlanePoint, zone: Zone) -> list[PositionReading]:
    try:
        lon, lat = to_wgs84(point, zone)
    except OutsideProjection:
        return []
    return [PositionReading(label, lon, lat)]


def plane_readings(point: PlanePoint, zone: Zone) -> list[PositionReading]:
    """Other readings of two numbers in metres, likelier ones first: axes, lost digit, zone, UTM, no datum shift."""
    x, y = point.x_northing, point.y_easting
    readings = _read(_("X và Y bị đổi chỗ cho nhau"), PlanePoint(y, x), zone)
    if x < MIN_NORTHING_M:
        readings += _read(_("X thiếu chữ số đầu"), PlanePoint(x + _LOST_FIRST_DIGIT_M, y), zone)
    for other in _NEIGHBOUR_ZONES:
        if other != zone:
            label = _("kinh tuyến trục %(meridian)s, múi 3°", meridian=other.meridian_text)
            readings += _read(label, point, other)
    readings += _read(_("hệ VN-2000, múi 6° (UTM 48N)"), point, UTM_48N_VN2000)
    readings += _read(_("hệ WGS 84, UTM 48N (máy định vị cầm tay)"), point, UTM_48N_WGS84)
    readings += _read(_("chưa chuyển từ WGS 84 sang VN-2000"), point, TM3_105_WITHOUT_SHIFT)
    return readings


def _digits_as_dms(angle: Angle) -> Decimal | None:
    """19.4825 read as 19°48'25"; None when the digits cannot be minutes and seconds."""
    whole, _mark, decimals = f"{angle.degrees:f}".partition(".")
    if angle.is_dms or len(decimals) != _DECIMALS_OF_BOTH:
        return None
    minutes, seconds = int(decimals[:_DIGITS_OF_MINUTES]), int(decimals[_DIGITS_OF_MINUTES:])
    if minutes >= _SIXTY or seconds >= _SIXTY:
        return None
    return Decimal(whole) + (minutes + Decimal(seconds) / _SIXTY) / _SIXTY


def angle_readings(lat: Angle, lon: Angle) -> list[PositionReading]:
    """Other readings of two angles: degrees, minutes and seconds typed as decimal degrees, or swapped axes."""
    readings = []
    lat_dms, lon_dms = _digits_as_dms(lat), _digits_as_dms(lon)
    if lat_dms is not None and lon_dms is not None:
        label = _("độ, phút, giây bị ghi như độ thập phân")
        readings.append(PositionReading(label, float(lon_dms), float(lat_dms)))
    readings.append(PositionReading(_("vĩ độ và kinh độ bị đổi chỗ cho nhau"), float(lat.degrees), float(lon.degrees)))
    return readings
