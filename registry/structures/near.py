"""The surroundings of a place as a filter: the place in any accepted form, the distance in metres.

Who knows a structure by its cell only is told whether the cell is that near, nothing of the structure in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func

from registry.kernel.errors import Invalid
from registry.kernel.geo.coordinates import PositionRefused, parse_position
from registry.kernel.geo.readings import Bounds
from registry.kernel.i18n import _, format_number
from registry.structures.models import PROVINCE_GRID, WGS84

LEAST_M: Final = 50
MOST_M: Final = 5_000
#: Where the address names a place and no distance.
USUAL_M: Final = 500
#: Fewer than a degree of latitude or, in Vietnam, of longitude has: the box holds the circle.
_METRES_A_DEGREE: Final = 100_000
_MOST_DIGITS: Final = 9
#: West, south, east, north of the country with its islands: far beyond it the grid of the province has no places.
_COUNTRY: Final = (102.0, 6.0, 118.0, 24.0)


@dataclass(frozen=True)
class Near:
    """Within `metres` of a place."""

    lon: float
    lat: float
    metres: int

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north of a box around the circle, in degrees."""
        reach = self.metres / _METRES_A_DEGREE
        return (self.lon - reach, self.lat - reach, self.lon + reach, self.lat + reach)


def read_near(place: str, distance: str) -> Near | None:
    """The filter of the arguments `near` and `within`; a distance without a place asks for nothing."""
    if not place.strip():
        return None
    try:
        found = parse_position(place, bounds=Bounds(*_COUNTRY, _("Việt Nam")))
    except PositionRefused as refused:
        raise Invalid({"near": refused.message}) from refused
    return Near(found.lon, found.lat, _metres(distance.strip()))


def _metres(text: str) -> int:
    if not text:
        return USUAL_M
    bare = text.replace(".", "")
    if not (bare.isascii() and bare.isdecimal()) or len(bare) > _MOST_DIGITS or not LEAST_M <= int(bare) <= MOST_M:
        raise Invalid(
            {
                "within": _(
                    "Khoảng cách «%(text)s» không dùng được; cần số mét nguyên từ %(least)s đến %(most)s.",
                    text=text[:60],
                    least=format_number(LEAST_M),
                    most=format_number(MOST_M),
                )
            }
        )
    return int(bare)


def is_near(seen: Any, near: Near) -> ColumnElement[bool]:
    """The condition over the selectable of positions: the box first, which the spatial indexes know."""
    place = func.ST_SetSRID(func.ST_MakePoint(near.lon, near.lat), WGS84)
    on_grid = func.ST_Transform(seen.c.geom, PROVINCE_GRID)
    return and_(
        seen.c.geom.op("&&")(func.ST_MakeEnvelope(*near.box, WGS84)),
        func.ST_DWithin(on_grid, func.ST_Transform(place, PROVINCE_GRID), near.metres),
    )
