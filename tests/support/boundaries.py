"""Small boundary files in the shape of official ones."""

import csv
import json

#: A commune of today.
UNIT = {
    "code": "14758",
    "name": "Phường Hàm Rồng",
    "level": "commune",
    "parent_code": "38",
    "valid_from": "2025-07-01",
    "valid_to": None,
    "kind": "phường",
}


def square(west, south, side=0.1):
    """A square by its south-western corner, in degrees."""
    east, north = round(west + side, 6), round(south + side, 6)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def feature(geometry, **properties):
    """One unit of a boundary file."""
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def write_collection(path, *features):
    """A GeoJSON file."""
    document = {"type": "FeatureCollection", "features": list(features)}
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def write_table(path, header, *rows):
    """A CSV file."""
    with path.open("w", encoding="utf-8", newline="") as target:
        csv.writer(target).writerows([header, *rows])
