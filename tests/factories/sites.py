"""Places around which sites are planned, and structures with room at so many metres from them."""

from registry.capacity.commands import SetPlace
from registry.capacity.models import PlaceUnit
from registry.capacity.service import set_place
from registry.kernel.geo.vn2000 import PlanePoint, to_plane, to_wgs84
from tests.factories.structures import HAC_THANH, make


def away(east_m, north_m=0.0, *, of=HAC_THANH):
    """Longitude and latitude so many metres of the province's grid east and north of a place."""
    here = to_plane(*of)
    return to_wgs84(PlanePoint(here.x_northing + north_m, here.y_easting + east_m))


def hosting(ctx, east_m, *places, owner="viettel", of=HAC_THANH, north_m=0.0, **texts):
    """A published structure (a tower, unless `kind` says another one) with places: (label, unit, total)."""
    made = make(ctx, owner=owner, at=away(east_m, north_m, of=of), **({"sharing_status": "available"} | texts))
    for label, unit, total in places:
        set_place(ctx, SetPlace(made.code, label, PlaceUnit(unit), total))
    return made
