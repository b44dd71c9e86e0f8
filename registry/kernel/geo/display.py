"""A place as people read it: degrees, minutes and seconds, decimal degrees, or VN-2000 metres."""

from decimal import Decimal

from registry.kernel.geo.degrees import format_angle
from registry.kernel.geo.vn2000 import ZONE_105, Zone, to_plane
from registry.kernel.i18n import DEFAULT_LANGUAGE, current_locale, format_number


def format_dms(lon: float, lat: float) -> str:
    """Latitude and longitude in degrees, minutes and seconds (to 0.01", about 0.3 m), with the reader's letters."""
    north, east = ("B", "Đ") if current_locale() == DEFAULT_LANGUAGE else ("N", "E")
    lat_text, lon_text = (format_angle(Decimal(str(value))) for value in (lat, lon))
    return f"{lat_text}{north} {lon_text}{east}"


def format_wgs84(lon: float, lat: float) -> str:
    """Latitude, longitude in decimal degrees (6 decimals, about 0.1 m) as map programs take them: dots always."""
    return f"{lat:.6f}, {lon:.6f}"


def format_vn2000(lon: float, lat: float, zone: Zone = ZONE_105) -> tuple[str, str]:
    """X (northing) and Y (easting) of a place in metres with two decimals, as the reader's language writes numbers."""
    point = to_plane(lon, lat, zone)
    x, y = (format_number(Decimal(str(value)), 2) for value in (point.x_northing, point.y_easting))
    return x, y
