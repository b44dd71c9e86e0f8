"""The approximate outlines of the province as shapes, without a database, and how much two areas have in common."""

import json
from functools import cache

import shapely

from registry.territory.catalogue import read_catalogue, read_country
from registry.territory.cells import commune_cells, overlap
from registry.territory.land import read_land
from registry.territory.models import UnitLevel
from registry.territory.reforms import TWO_LEVELS_ON
from tests.support.province import DATA

PROVINCE = "38"
BOUNDARIES = DATA / "boundaries"

__all__ = ["overlap"]


@cache
def former_communes():
    """Code -> outline of the communes of 30/06/2025."""
    return commune_cells(read_country()[1], PROVINCE, read_land())


@cache
def present_communes():
    """Code -> outline of the communes of today."""
    parts = {}
    for row in read_catalogue(PROVINCE).successions:
        is_last = row.predecessor.level is UnitLevel.COMMUNE and row.effective_on == TWO_LEVELS_ON
        if is_last and row.is_default and row.successor:
            parts.setdefault(row.successor.code, []).append(former_communes()[row.predecessor.code])
    return {code: shapely.union_all(shapes) for code, shapes in parts.items()}


def official(name):
    """The outlines of a file of official boundaries by code."""
    document = json.loads((BOUNDARIES / f"{name}.geojson").read_text(encoding="utf-8"))
    return {
        feature["properties"]["code"]: shapely.from_geojson(json.dumps(feature["geometry"]))
        for feature in document["features"]
    }
