"""GeoJSON (RFC 7946), one feature per line; the member `metadata` describes the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from registry.kernel.exports.dataset import Dataset, json_value
from registry.kernel.exports.wkb import read_wkb

#: Degrees to 0.1 mm.
DECIMALS: Final = 9


def write_geojson(data: Dataset, path: Path) -> int:
    indexes = data.column_indexes(geometry=True)
    names = [data.columns[at].name for at in indexes]
    about = {
        "title": data.title,
        "notes": dict(data.notes),
        "fields": {data.columns[at].name: data.columns[at].label for at in indexes},
    }
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write(f'{{"type":"FeatureCollection","metadata":{_json(about)},"features":[')
        for record in data.records():
            feature = {
                "type": "Feature",
                "geometry": geometry_json(record.geometry),
                "properties": {name: json_value(record.values[at]) for name, at in zip(names, indexes, strict=True)},
            }
            out.write(f"{',' if count else ''}\n{_json(feature)}")
            count += 1
        out.write("\n]}\n")
    return count


def geometry_json(geometry: bytes | None, decimals: int = DECIMALS) -> dict[str, Any] | None:
    """A geometry as GeoJSON, rounded to `decimals` of a degree."""
    if geometry is None:
        return None
    shape = read_wkb(geometry, decimals)
    return {"type": shape.type_name, "coordinates": shape.coordinates}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
