"""The text of a position, and its two numbers of metres."""

import re
from decimal import Decimal
from typing import Final

from registry.kernel.geo.degrees import AngleRefused, read_angle
from registry.kernel.geo.position_checks import PositionRefused
from registry.kernel.geo.vn2000 import PlanePoint
from registry.kernel.i18n import _
from registry.kernel.numbers import NumberRefused, parse_decimal
from registry.kernel.text import TextRefused, normalise, shown

Number = int | float | Decimal
Pair = tuple[str | Number, str | Number]
#: Smaller numbers are no coordinates in metres.
LEAST_METRES: Final = 1_000
MAX_LENGTH: Final = 200
_SPLIT: Final = re.compile(r"\s*[;\t\n|/]\s*|,\s+")
_AXIS: Final = re.compile(r"\b([xy])\s*(?:\(m\))?\s*[:=]\s*", re.IGNORECASE)


def original_text(given: str | Pair) -> str:
    """The text of a position without what no text needs; PositionRefused where it is empty, half or too long."""
    values = [given] if isinstance(given, str) else [str(value) for value in given]
    raw = "; ".join(values)
    if len(raw) > MAX_LENGTH:
        raise PositionRefused(_("Tọa độ '%(value)s' quá dài, tối đa 200 ký tự.", value=shown(raw)))
    try:
        text = normalise(raw)
    except TextRefused as refused:
        raise PositionRefused(str(refused)) from refused
    if not text.strip("; "):
        raise PositionRefused(_("Chưa nhập tọa độ; ví dụ đúng: 19,807; 105,776 hoặc X = 2.191.076,73; Y = 581.102,24."))
    if not all(value.strip() for value in values):
        raise PositionRefused(_("Tọa độ '%(value)s' thiếu một trong hai số; hãy nhập đủ cả hai.", value=shown(text)))
    return text


def read_metres(given: str | Pair, text: str) -> PlanePoint:
    """X (northing) and Y (easting) of two labelled values, or of one text with X before Y unless it says otherwise."""
    if not isinstance(given, str):
        x, y = (float(parse_decimal(value)) for value in given)
        return PlanePoint(x, y)
    axes = [axis.lower() for axis in _AXIS.findall(text)]
    bare = _AXIS.sub("; ", text).strip("; ")
    parts = [part.strip(" ,") for part in _SPLIT.split(bare) if part.strip(" ,;")]
    if len(parts) == 1:
        parts = bare.split() if "," not in bare or "." not in bare or " " in bare else bare.split(",")
    if len(parts) != 2:  # noqa: PLR2004  # a place has two coordinates
        raise NumberRefused(
            _("Tọa độ '%(value)s' phải có đúng hai số, cách nhau bằng dấu chấm phẩy.", value=shown(text))
        )
    first, second = (float(parse_decimal(part)) for part in parts)
    return PlanePoint(second, first) if axes == ["y", "x"] else PlanePoint(first, second)


def refuse_degrees_in_metres(given: str | Pair, text: str) -> None:
    """Say which of X and Y is an angle where metres belong."""
    values = (
        given if not isinstance(given, str) else tuple(part for part in _SPLIT.split(_AXIS.sub("; ", text)) if part)
    )
    if len(values) != 2:  # noqa: PLR2004  # then the count itself is what is wrong
        return
    for axis, value in zip("XY", values, strict=True):
        if _is_zero(value):
            raise PositionRefused(_("%(axis)s là 0, tức là chưa đo; hãy nhập tọa độ thật.", axis=axis))
        try:
            angle = read_angle(str(value))
        except AngleRefused:
            continue
        if abs(angle.degrees) < LEAST_METRES:
            raise PositionRefused(
                _(
                    "%(axis)s = '%(value)s' là độ, không phải mét; hãy chọn hệ WGS 84 hoặc nhập tọa độ VN-2000.",
                    axis=axis,
                    value=shown(str(value)),
                )
            )


def _is_zero(value: str | Number) -> bool:
    try:
        return parse_decimal(value) == 0
    except NumberRefused:
        return False
