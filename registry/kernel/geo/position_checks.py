"""Where a position must lie to be taken, and how one is refused."""

from decimal import Decimal
from typing import Final

from registry.kernel.geo.readings import Bounds, Reading
from registry.kernel.i18n import _, format_number
from registry.kernel.text import shown

# Beyond these latitudes nothing stands that the register could hold, in whatever country a file is from.
SOUTHERNMOST: Final = -60
NORTHERNMOST: Final = 84


class PositionRefused(ValueError):
    """A position that is not taken; the message says why, `suggestions` what may have been meant."""

    def __init__(self, message: str, suggestions: tuple[Reading, ...] = ()) -> None:
        self.suggestions = suggestions
        if suggestions:
            labels = "; ".join(reading.label for reading in suggestions)
            message = _("%(refusal)s Có thể: %(labels)s.", refusal=message, labels=labels)
        super().__init__(message)
        self.message = message


def check_latitude(place: Reading, others: tuple[Reading, ...], text: str) -> None:
    """Refuse what lies where no network stands: latitudes near the poles are axes in each other's place."""
    if SOUTHERNMOST <= place.lat <= NORTHERNMOST:
        return
    message = _(
        "Tọa độ '%(value)s' đọc được vĩ độ %(lat)s, nơi không có công trình nào; vĩ độ và kinh độ có thể đã đổi chỗ.",
        value=shown(text),
        lat=format_number(Decimal(str(place.lat)), 4),
    )
    raise PositionRefused(message, tuple(each for each in others if SOUTHERNMOST <= each.lat <= NORTHERNMOST))


def check_bounds(place: Reading, others: tuple[Reading, ...], text: str, bounds: Bounds | None) -> None:
    """Refuse what lies outside the box, with the other readings that lie in it."""
    if bounds is None or bounds.contains(place.lon, place.lat):
        return
    message = _(
        "Tọa độ '%(value)s' nằm ngoài %(area)s (đọc được vĩ độ %(lat)s, kinh độ %(lon)s).",
        value=shown(text),
        area=bounds.name,
        lat=format_number(Decimal(str(place.lat)), 4),
        lon=format_number(Decimal(str(place.lon)), 4),
    )
    raise PositionRefused(message, tuple(other for other in others if bounds.contains(other.lon, other.lat)))
