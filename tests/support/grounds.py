"""Small grounds for maps: GeoJSON layers in the shape of the real ones, and a PMTiles file."""

import json

from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from tests.support.boundaries import square
from tests.support.province import DATA

#: The real layers, beside the checkout where they are at hand.
REAL_GROUND = DATA / "basemap"
THANKS = "Nguồn thử, CC BY 4.0"


def layer(folder, name, *features, **members):
    """A layer of the ground as a file."""
    document = {"type": "FeatureCollection", "attribution": THANKS, "features": list(features)} | members
    (folder / f"{name}.geojson").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def piece(geometry, **properties):
    """One feature."""
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def line(*points):
    """A line through points (longitude, latitude)."""
    return {"type": "LineString", "coordinates": [list(point) for point in points]}


def small_ground(folder):
    """Land, two roads, a railway and a river with a stray point, around Hạc Thành."""
    layer(folder, "land", piece(square(105.5, 19.5, 0.6), level="1"))
    layer(
        folder,
        "roads",
        piece(line((105.7, 19.7), (105.9, 19.9)), name="Quốc lộ 1A", rank="Quốc Gia", **{"class": "Đường chính"}),
        piece(line((105.7, 19.8), (105.9, 19.8)), name="Tỉnh lộ 511", rank="Cấp Tỉnh", **{"class": "Đường chính"}),
        piece(line((105.75, 19.7), (105.75, 19.9)), name=None, rank="Quốc Gia", **{"class": "Đường sắt"}),
    )
    layer(
        folder,
        "rivers",
        piece(line((105.6, 19.85), (105.9, 19.82)), kind="river"),
        piece({"type": "Point", "coordinates": [105.6, 19.8]}, kind="river"),
    )
    return folder


def write_archive(path, tiles, *, tile_type=TileType.PNG, compression=Compression.NONE, attribution=THANKS):
    """A PMTiles file with tiles by (zoom, x, y)."""
    with path.open("wb") as target:
        writer = Writer(target)
        for address in sorted(tiles, key=lambda tile_address: zxy_to_tileid(*tile_address)):
            writer.write_tile(zxy_to_tileid(*address), tiles[address])
        header = {
            "tile_type": tile_type,
            "tile_compression": compression,
            "min_lon_e7": 1040000000,
            "min_lat_e7": 190000000,
            "max_lon_e7": 1070000000,
            "max_lat_e7": 210000000,
            "center_zoom": 8,
            "center_lon_e7": 1055000000,
            "center_lat_e7": 200000000,
        }
        writer.finalize(header, {"attribution": attribution})
    return path
