"""Ducts, pole lines, poles and streets at exact places, made by the services as their users make them."""

import json

from registry.capacity.commands import SetPlace
from registry.capacity.models import PlaceUnit
from registry.capacity.service import set_place
from registry.kernel.geo.vn2000 import PlanePoint, to_plane, to_wgs84
from registry.streets.models import RoadClass
from registry.streets.reading import ReadLine
from registry.streets.service import import_lines
from registry.structures.commands import CreateStructure, GivenPosition
from registry.structures.writing import create_structure
from tests.factories.structures import HAC_THANH, organisation_id, values_for

ORIGIN = to_plane(*HAC_THANH)


def at(east, north=0):
    """Longitude and latitude of a place so many metres east and north of the origin."""
    lon, lat = to_wgs84(PlanePoint(ORIGIN.x_northing + north, ORIGIN.y_easting + east))
    return [round(lon, 9), round(lat, 9)]


def geojson(*places):
    """A line through places (metres east, north) as GeoJSON text."""
    return json.dumps({"type": "LineString", "coordinates": [at(*position) for position in places]})


def typed(*places):
    """The same as a person types it."""
    return "\n".join(f"{lat:.7f}, {lon:.7f}" for lon, lat in (at(*position) for position in places))


def carrier(ctx, kind, *places, owner="vnpt", free=2, sharing="available", **texts):
    """A structure of a kind through places, with `free` places on it (None: nobody knows)."""
    shape = {"type": "Point", "coordinates": at(*places[0])} if len(places) == 1 else json.loads(geojson(*places))
    command = CreateStructure(
        kind=kind,
        owner_id=organisation_id(ctx.session, owner),
        values=values_for(kind, sharing_status=sharing, **texts),
        position=GivenPosition(json.dumps(shape), typed(*places), 4326, ""),
    )
    structure = create_structure(ctx, command)
    if free is not None:
        set_place(ctx, SetPlace(structure.code, "Chỗ 1", PlaceUnit.CABLE, free))
    return structure


def street(ctx, name, *places, road_class=RoadClass.NATIONAL, source="Tim đường thử"):
    """A street of the province with its line."""
    points = tuple((lon, lat) for lon, lat in (at(*position) for position in places))
    return import_lines(ctx, [ReadLine(name, None, road_class, None, points)], f"{source} {name}")
