"""Places around which sites are planned, and structures with room at so many metres from them."""

import re
from decimal import Decimal

from registry.capacity.commands import SetPlace
from registry.capacity.models import PlaceUnit
from registry.capacity.service import set_place
from registry.kernel.geo.vn2000 import PlanePoint, to_plane, to_wgs84
from registry.structures.commands import ChangeStatus
from registry.structures.writing import suspend
from tests.factories.structures import HAC_THANH, make


def away(east_m, north_m=0.0, *, of=HAC_THANH):
    """Longitude and latitude so many metres of the province's grid east and north of a place."""
    here = to_plane(*of)
    return to_wgs84(PlanePoint(here.x_northing + north_m, here.y_easting + east_m))


def hosting(ctx, east_m, *places, owner="viettel", of=HAC_THANH, north_m=0.0, **texts):
    """A published structure (a tower, unless `kind` says another one) with places: (label, unit, total).

    A height in metres that a label says is that of the place. A suspended one had its places before.
    """
    texts = {"sharing_status": "available"} | texts
    is_resting = texts.get("status") == "suspended"
    stands = texts | {"status": "active"} if is_resting else texts
    structure = make(ctx, owner=owner, at=away(east_m, north_m, of=of), **stands)
    for label, unit, total, *measures in places:
        heights = height_in(label) | (measures[0] if measures else {})
        set_place(ctx, SetPlace(structure.code, label, PlaceUnit(unit), total, heights))
    return suspend(ctx, ChangeStatus(structure.code, structure.version, "Bảo trì")) if is_resting else structure


def height_in(label):
    """The measures of a place whose label says its height: "Sàn 32 m"."""
    match = re.search(r"(\d+(?:,\d+)?) m$", label)
    return {"height_m": Decimal(match[1].replace(",", "."))} if match else {}
