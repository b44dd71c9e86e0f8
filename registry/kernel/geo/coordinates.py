"""Positions as people type and read them: parsing with checks and suggestions, and formatting."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Literal
from urllib.parse import parse_qs, unquote, unquote_plus, urlsplit

from registry.kernel.geo.degrees import Angle, AngleRefused, format_angle, read_angle, read_angles
from registry.kernel.geo.proj import Conversion
from registry.kernel.geo.readings import MIN_NORTHING_M, Bounds, PositionReading, angle_readings, plane_readings
from registry.kernel.geo.vn2000 import (
    OPERATION,
    WGS84_SRID,
    ZONE_105,
    OutsideProjection,
    PlanePoint,
    Zone,
    to_plane,
    to_wgs84,
)
from registry.kernel.i18n import DEFAULT_LANGUAGE, _, current_locale, format_number
from registry.kernel.numbers import NumberRefused, parse_decimal
from registry.kernel.text import TextRefused, normalise, shown


def format_dms(lon: float, lat: float) -> str:
    """Latitude and longitude in degrees, minutes and seconds (to 0.01", about 0.3 m), letters by language."""
    north, east = ("B", "Đ") if current_locale() == DEFAULT_LANGUAGE else ("N", "E")
    lat_text, lon_text = (format_angle(Decimal(str(value))) for value in (lat, lon))
    return f"{lat_text}{north} {lon_text}{east}"


def format_wgs84(lon: float, lat: float) -> str:
    """Latitude, longitude in decimal degrees (6 decimals, about 0.1 m) with decimal points, for map programs."""
    return f"{lat:.6f}, {lon:.6f}"


def format_vn2000(lon: float, lat: float, zone: Zone = ZONE_105) -> tuple[str, str]:
    """X (northing) and Y (easting) in metres with two decimals, in the reader's notation."""
    point = to_plane(lon, lat, zone)
    x, y = (format_number(Decimal(str(value)), 2) for value in (point.x_northing, point.y_easting))
    return x, y


# No network exists beyond these latitudes.
MIN_LATITUDE: Final = -60
MAX_LATITUDE: Final = 84


class PositionRefused(ValueError):
    """A position that is not accepted; `suggestions` are other readings of the numbers."""

    def __init__(self, message: str, suggestions: tuple[PositionReading, ...] = ()) -> None:
        self.suggestions = suggestions
        if suggestions:
            labels = "; ".join(reading.label for reading in suggestions)
            message = _("%(refusal)s Có thể: %(labels)s.", refusal=message, labels=labels)
        super().__init__(message)
        self.message = message


def check_latitude(reading: PositionReading, others: tuple[PositionReading, ...], text: str) -> None:
    """Refuse latitudes near the poles: the axes are probably swapped."""
    if MIN_LATITUDE <= reading.lat <= MAX_LATITUDE:
        return
    message = _(
        "Tọa độ “%(value)s” đọc được vĩ độ %(lat)s, nơi không có công trình nào; vĩ độ và kinh độ có thể đã đổi chỗ.",
        value=shown(text),
        lat=format_number(Decimal(str(reading.lat)), 4),
    )
    raise PositionRefused(message, tuple(each for each in others if MIN_LATITUDE <= each.lat <= MAX_LATITUDE))


def check_bounds(
    reading: PositionReading, others: tuple[PositionReading, ...], text: str, bounds: Bounds | None
) -> None:
    """Refuse a position outside the box, and suggest the other readings inside it."""
    if bounds is None or bounds.contains(reading.lon, reading.lat):
        return
    message = _(
        "Tọa độ “%(value)s” nằm ngoài %(area)s (đọc được vĩ độ %(lat)s, kinh độ %(lon)s).",
        value=shown(text),
        area=bounds.name,
        lat=format_number(Decimal(str(reading.lat)), 4),
        lon=format_number(Decimal(str(reading.lon)), 4),
    )
    raise PositionRefused(message, tuple(other for other in others if bounds.contains(other.lon, other.lat)))


_MAX_LINK: Final = 2_000
_NUMBER: Final = r"[+-]?\d{1,3}(?:\.\d{1,15})?"
_PAIR: Final = re.compile(rf"\s*(?:loc:)?({_NUMBER})\s*,\s*({_NUMBER})(?![\d.])")
#: The marked place comes before the centre of the window, which may be elsewhere.
_IN_PATH: Final = (
    re.compile(rf"!3d({_NUMBER})!4d({_NUMBER})(?![\d.])"),
    re.compile(rf"/(?:search|place|dir)/(?:[^@]*/)?({_NUMBER})\s*,\s*({_NUMBER})(?![\d.])"),
    re.compile(rf"/@({_NUMBER}),({_NUMBER})(?![\d.])"),
)
_IN_FRAGMENT: Final = re.compile(rf"map=\d{{1,2}}(?:\.\d+)?/({_NUMBER})/({_NUMBER})(?![\d.])")
#: Arguments that hold "latitude,longitude".
_ARGUMENTS: Final = ("q", "query", "ll", "daddr", "destination", "center", "sll")


def place_in_link(text: str) -> str | None:
    """Latitude and longitude of a `geo:` URI (RFC 5870) or a link of Google Maps, OpenStreetMap or Apple Maps.

    Returns one text in degrees; None for other texts and for links without a position.
    """
    link = text.strip()
    if len(link) > _MAX_LINK or re.search(r"\s", link):
        return None
    if link[:4].lower() == "geo:":
        return _pair(_PAIR.match(link[4:]))
    if not re.match(r"https?://", link, re.IGNORECASE):
        return None
    try:
        parts = urlsplit(link)
        arguments = parse_qs(parts.query)
    except ValueError:
        return None
    marked = [f"{lat[0]},{lon[0]}" for lat, lon in [(arguments.get("mlat"), arguments.get("mlon"))] if lat and lon]
    path = unquote_plus(parts.path)
    matches = [
        *(_PAIR.match(value) for value in marked),
        *(pattern.search(path) for pattern in _IN_PATH[:1]),
        *(_PAIR.match(value) for name in _ARGUMENTS for value in arguments.get(name, ())),
        *(pattern.search(path) for pattern in _IN_PATH[1:]),
        _IN_FRAGMENT.search(unquote(parts.fragment)),
    ]
    return next((pair for match in matches if (pair := _pair(match)) is not None), None)


def _pair(match: re.Match[str] | None) -> str | None:
    return f"{match[1]}, {match[2]}" if match else None


Number = int | float | Decimal
Pair = tuple[str | Number, str | Number]
#: Lower bound of coordinates in metres.
MIN_METRES: Final = 1_000
MAX_LENGTH: Final = 200
_SPLIT: Final = re.compile(r"\s*[;\t\n|/]\s*|,\s+")
_AXIS: Final = re.compile(r"\b([xy])\s*(?:\(m\))?\s*[:=]\s*", re.IGNORECASE)


def original_text(source: str | Pair) -> str:
    """The text of a position, normalised; PositionRefused if it is empty, incomplete or too long."""
    values = [source] if isinstance(source, str) else [str(value) for value in source]
    raw = "; ".join(values)
    if len(raw) > MAX_LENGTH:
        raise PositionRefused(_("Tọa độ “%(value)s” quá dài, tối đa 200 ký tự.", value=shown(raw)))
    try:
        text = normalise(raw)
    except TextRefused as refused:
        raise PositionRefused(str(refused)) from refused
    if not text.strip("; "):
        raise PositionRefused(_("Chưa nhập tọa độ; ví dụ đúng: 19,807; 105,776 hoặc X = 2.191.076,73; Y = 581.102,24."))
    if not all(value.strip() for value in values):
        raise PositionRefused(_("Tọa độ “%(value)s” thiếu một trong hai số; hãy nhập đủ cả hai.", value=shown(text)))
    return text


def read_metres(source: str | Pair, text: str) -> PlanePoint:
    """X (northing) and Y (easting) of two labelled values, or of one text, X before Y unless labelled."""
    if not isinstance(source, str):
        x, y = (float(parse_decimal(value)) for value in source)
        return PlanePoint(x, y)
    axes = [axis.lower() for axis in _AXIS.findall(text)]
    bare = _AXIS.sub("; ", text).strip("; ")
    parts = [part.strip(" ,") for part in _SPLIT.split(bare) if part.strip(" ,;")]
    if len(parts) == 1:
        parts = bare.split() if "," not in bare or "." not in bare or " " in bare else bare.split(",")
    if len(parts) != 2:  # noqa: PLR2004  # a place has two coordinates
        raise NumberRefused(
            _("Tọa độ “%(value)s” phải có đúng hai số, cách nhau bằng dấu chấm phẩy.", value=shown(text))
        )
    first, second = (float(parse_decimal(part)) for part in parts)
    return PlanePoint(second, first) if axes == ["y", "x"] else PlanePoint(first, second)


def refuse_degrees_in_metres(source: str | Pair, text: str) -> None:
    """Refuse angles where metres are expected, and name the axis."""
    values = (
        source if not isinstance(source, str) else tuple(part for part in _SPLIT.split(_AXIS.sub("; ", text)) if part)
    )
    if len(values) != 2:  # noqa: PLR2004  # then the count itself is what is wrong
        return
    for axis, value in zip("XY", values, strict=True):
        if _is_zero(value):
            raise PositionRefused(_("%(axis)s là 0, tức là chưa đo; hãy nhập tọa độ thực tế.", axis=axis))
        try:
            angle = read_angle(str(value))
        except AngleRefused:
            continue
        if abs(angle.degrees) < MIN_METRES:
            raise PositionRefused(
                _(
                    "%(axis)s = “%(value)s” là độ, không phải mét; hãy chọn hệ WGS 84 hoặc nhập tọa độ VN-2000.",
                    axis=axis,
                    value=shown(str(value)),
                )
            )


def _is_zero(value: str | Number) -> bool:
    try:
        return parse_decimal(value) == 0
    except NumberRefused:
        return False


__all__ = ["Pair", "ParsedPosition", "PositionRefused", "parse_converted", "parse_position"]
System = Literal["auto", "wgs84", "vn2000"]

# The whole country is south of 24°N and east of 102°E, so the numbers themselves distinguish latitude and longitude.
LATITUDE_BELOW: Final = 24
LONGITUDE_ABOVE: Final = 102
_POLE, _HALF_TURN = 90, 180
_POLE_NORTHING_M: Final = 10_000_000
_ZONE_WIDTH_M: Final = 1_000_000
_DECIMALS: Final = 9  # a tenth of a millimetre


@dataclass(frozen=True)
class ParsedPosition:
    """A position in WGS 84 degrees with its source.

    `srid` is the system of the original text, `operation` the EPSG code of the datum transformation ("" for none),
    `others` the other readings of the numbers (to compare with a stated commune), `warnings` sentences to show before
    saving.
    """

    lon: float
    lat: float
    original_text: str
    srid: int
    operation: str
    warnings: tuple[str, ...] = ()
    others: tuple[PositionReading, ...] = ()


def parse_position(
    source: str | Pair, system: System = "auto", *, bounds: Bounds | None = None, zone: Zone = ZONE_105
) -> ParsedPosition:
    """Parse a position; PositionRefused with one sentence and, where possible, a suggestion.

    `given` is one text, or a pair of labelled values: (latitude, longitude) for `wgs84`, (X northing, Y easting) in
    metres for `vn2000`. `bounds` is the box of the area (None: no limit), `zone` the VN-2000 zone of the province. One
    text of two angles may have either order, since their range decides; metres are X before Y unless labelled. Swapped
    axes, a wrong zone or lost digits are suggested, never corrected. A `geo:` URI or a link of a map program holds
    degrees.
    """
    linked = place_in_link(source) if isinstance(source, str) and system != "vn2000" else None
    if linked is not None and isinstance(source, str):
        shortened = source.strip() if len(source.strip()) <= MAX_LENGTH else linked
        return replace(parse_position(linked, "wgs84", bounds=bounds, zone=zone), original_text=shortened)
    text = original_text(source)
    _refuse_unmeasured(source, text)
    if system == "auto":
        return _parse_auto(source, text, bounds, zone)
    if system == "wgs84":
        return _parse_angles(source, text, bounds, zone)
    return _parse_metres(source, text, bounds, zone)


def parse_converted(
    source: str | Pair, conversion: Conversion, *, bounds: Bounds | None = None, east_first: bool = True
) -> ParsedPosition:
    """Like `parse_position`, in a system that PROJ converts.

    Plane coordinates are in the unit of the system, the first of a pair is the easting unless `east_first` is False;
    degrees are (latitude, longitude).
    """
    text = original_text(source)
    _refuse_unmeasured(source, text)
    if conversion.is_geographic:
        read = parse_position(source, "wgs84")
        return _converted(conversion, (read.lon, read.lat), text, bounds)
    refuse_degrees_in_metres(source, text)
    try:
        point = read_metres(source, text)
    except NumberRefused as refused:
        raise PositionRefused(str(refused)) from refused
    first, second = point.x_northing, point.y_easting
    return _converted(conversion, (first, second) if east_first else (second, first), text, bounds)


def _converted(conversion: Conversion, pair: tuple[float, float], text: str, bounds: Bounds | None) -> ParsedPosition:
    """`pair` is longitude or easting, then latitude or northing."""
    swapped: tuple[PositionReading, ...] = ()
    if not conversion.is_geographic:
        try:
            swapped = (PositionReading(_("X và Y bị đổi chỗ cho nhau"), *conversion.to_wgs84(pair[1], pair[0])),)
        except OutsideProjection:
            swapped = ()
    try:
        lon, lat = conversion.to_wgs84(*pair)
    except OutsideProjection as refused:
        message = _("Tọa độ “%(value)s” không thuộc hệ %(name)s.", value=shown(text), name=conversion.name)
        fits = tuple(other for other in swapped if bounds is not None and bounds.contains(other.lon, other.lat))
        raise PositionRefused(message, fits) from refused
    reading = PositionReading("", round(lon, _DECIMALS), round(lat, _DECIMALS))
    check_bounds(reading, swapped, text, bounds)
    check_latitude(reading, swapped, text)
    return ParsedPosition(reading.lon, reading.lat, text, conversion.srid, conversion.operation)


def _refuse_unmeasured(source: str | Pair, text: str) -> None:
    """Zero for both coordinates means that the place was never measured."""
    try:
        point = read_metres(source, text)
    except NumberRefused:
        return
    if point.x_northing == 0 and point.y_easting == 0:
        raise _unmeasured(text)


def _unmeasured(text: str) -> PositionRefused:
    return PositionRefused(_("Tọa độ “%(value)s” là 0; 0, tức là chưa đo; hãy nhập tọa độ thực tế.", value=shown(text)))


def _parse_auto(source: str | Pair, text: str, bounds: Bounds | None, zone: Zone) -> ParsedPosition:
    """Angles for a degree sign or two numbers in the country's range, metres for two large numbers."""
    try:
        first, second = _angles(source)
    except (AngleRefused, NumberRefused) as refused:
        if "°" in text:
            raise PositionRefused(str(refused)) from refused
    else:
        if _are_latitude_longitude(first, second) or _are_latitude_longitude(second, first):
            return _parse_angles(source, text, bounds, zone)
    try:
        point = read_metres(source, text)
    except NumberRefused as refused:
        raise _unclear(text) from refused
    if min(abs(point.x_northing), abs(point.y_easting)) < MIN_METRES:
        raise _unclear(text)
    return _parse_metres(source, text, bounds, zone, assumed=True)


def _unclear(text: str) -> PositionRefused:
    return PositionRefused(
        _("Tọa độ “%(value)s” không rõ thuộc hệ nào; hãy chọn hệ WGS 84 hoặc VN-2000.", value=shown(text))
    )


# --- degrees ------------------------------------------------------------------------------------------------------
def _angles(source: str | Pair) -> tuple[Angle, Angle]:
    if isinstance(source, str):
        return read_angles(source)
    first, second = (read_angle(value if isinstance(value, str) else f"{parse_decimal(value):f}") for value in source)
    return first, second


def _are_latitude_longitude(first: Angle, second: Angle) -> bool:
    return abs(first.degrees) < LATITUDE_BELOW and second.degrees > LONGITUDE_ABOVE


def _parse_angles(source: str | Pair, text: str, bounds: Bounds | None, zone: Zone) -> ParsedPosition:
    try:
        first, second = _angles(source)
    except (AngleRefused, NumberRefused) as refused:
        _refuse_metres_in_degrees(source, text, bounds, zone)
        raise PositionRefused(str(refused)) from refused
    # Letters of south and west are slips inside the country (N may be "Nam"); elsewhere they are meant.
    has_back = first.is_back or second.is_back
    if has_back and bounds is None:
        first, second, has_back = first.believed, second.believed, False
    swapped = _are_latitude_longitude(second, first)
    if swapped and not isinstance(source, str):
        reading = PositionReading(
            _("vĩ độ và kinh độ bị đổi chỗ cho nhau"), float(first.degrees), float(second.degrees)
        )
        message = _("Vĩ độ của “%(value)s” lớn hơn 24°, không thuộc Việt Nam.", value=shown(text))
        raise PositionRefused(message, (reading,))
    lat, lon = (second, first) if swapped else (first, second)
    _check_globe(lat, lon, text)
    candidate = PositionReading("", round(float(lon.degrees), _DECIMALS), round(float(lat.degrees), _DECIMALS))
    others = tuple(angle_readings(lat, lon))
    check_bounds(candidate, others, text, bounds)
    check_latitude(candidate, tuple(other for other in others if abs(other.lat) <= _POLE), text)
    warnings = _angle_warnings(lat, lon, others, bounds, labelled=not isinstance(source, str))
    if has_back:
        warnings = (*warnings, _("Chữ chỉ hướng Nam hoặc Tây được bỏ qua: tọa độ đúng là trong tỉnh."))
    return ParsedPosition(candidate.lon, candidate.lat, text, WGS84_SRID, "", warnings, others)


def _check_globe(lat: Angle, lon: Angle, text: str) -> None:
    if abs(lat.degrees) > _POLE or abs(lon.degrees) > _HALF_TURN:
        exchanged = PositionReading(_("vĩ độ và kinh độ bị đổi chỗ cho nhau"), float(lat.degrees), float(lon.degrees))
        sound = MIN_LATITUDE <= exchanged.lat <= MAX_LATITUDE and abs(exchanged.lon) <= _HALF_TURN
        raise PositionRefused(
            _(
                "Tọa độ “%(value)s” vượt quá 90° vĩ độ hoặc 180° kinh độ; ghi vĩ độ trước, kinh độ sau.",
                value=shown(text),
            ),
            (exchanged,) if sound else (),
        )
    if lat.degrees == 0 and lon.degrees == 0:
        raise _unmeasured(text)


def _angle_warnings(
    lat: Angle, lon: Angle, others: tuple[PositionReading, ...], bounds: Bounds | None, *, labelled: bool
) -> tuple[str, ...]:
    if bounds is not None:
        return tuple(
            _("Có thể %(label)s; hãy kiểm tra trên bản đồ.", label=other.label)
            for other in others
            if bounds.contains(other.lon, other.lat)
        )
    if labelled or _are_latitude_longitude(lat, lon):
        return ()
    return (_("Đã hiểu số thứ nhất là vĩ độ, số thứ hai là kinh độ; hãy kiểm tra trên bản đồ."),)


def _refuse_metres_in_degrees(source: str | Pair, text: str, bounds: Bounds | None, zone: Zone) -> None:
    """Refuse metres where degrees are expected; no-op when the numbers are no metres either."""
    try:
        point = read_metres(source, text)
    except NumberRefused:
        return
    if min(abs(point.x_northing), abs(point.y_easting)) < MIN_METRES:
        return
    message = _("Tọa độ “%(value)s” là mét, không phải độ; hãy chọn hệ VN-2000.", value=shown(text))
    label = _("VN-2000, kinh tuyến trục %(meridian)s", meridian=zone.meridian_text)
    try:
        reading = PositionReading(label, *_place_of(point, zone))
    except OutsideProjection as outside:
        raise PositionRefused(message) from outside
    fits = bounds is not None and bounds.contains(reading.lon, reading.lat)
    raise PositionRefused(message, (reading,) if fits else ())


# --- metres -------------------------------------------------------------------------------------------------------
def _parse_metres(
    source: str | Pair, text: str, bounds: Bounds | None, zone: Zone, *, assumed: bool = False
) -> ParsedPosition:
    refuse_degrees_in_metres(source, text)
    try:
        point = read_metres(source, text)
    except NumberRefused as refused:
        raise PositionRefused(str(refused)) from refused
    if not zone.vn2000 and point.y_easting > MIN_NORTHING_M > point.x_northing:
        # Outside Vietnamese survey tables X is the easting; the lengths of the numbers show it.
        point = PlanePoint(x_northing=point.y_easting, y_easting=point.x_northing)
    others = tuple(plane_readings(point, zone))
    if point.y_easting > MIN_NORTHING_M > point.x_northing:
        message = _("X của “%(value)s” phải là tọa độ Bắc (7 chữ số), Y là tọa độ Đông (6 chữ số).", value=shown(text))
        raise PositionRefused(message, others[:1])
    try:
        lon, lat = _place_of(point, zone)
    except OutsideProjection as refused:
        raise PositionRefused(
            _("Tọa độ “%(value)s” không thuộc múi chiếu nào; X có 7 chữ số, Y có 6 chữ số.", value=shown(text))
        ) from refused
    reading = PositionReading("", round(lon, _DECIMALS), round(lat, _DECIMALS))
    check_bounds(reading, others, text, bounds)
    warnings: tuple[str, ...] = ()
    if assumed:
        warnings = (
            _("Đã hiểu là VN-2000, kinh tuyến trục %(meridian)s, múi 3°, X trước Y sau.", meridian=zone.meridian_text),
        )
    operation = OPERATION if zone.vn2000 else ""
    return ParsedPosition(reading.lon, reading.lat, text, zone.srid, operation, warnings, others)


def _place_of(point: PlanePoint, zone: Zone) -> tuple[float, float]:
    if not (0 < point.x_northing < _POLE_NORTHING_M and 0 < point.y_easting < _ZONE_WIDTH_M):
        raise OutsideProjection(f"X {point.x_northing}, Y {point.y_easting} is no place of a zone")
    return to_wgs84(point, zone)
