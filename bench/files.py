"""The three files of the same rows: CSV in metres, GeoJSON and GeoPackage in degrees."""

from __future__ import annotations

import csv
import json
import sqlite3
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HEADER = (
    "Mã cột", "Tên cột", "Vật liệu", "Chiều dài cột (m)", "X (m)", "Y (m)", "Xã/phường", "Số vị trí", "Đã sử dụng",
    "Khả năng dùng chung",
)  # fmt: skip
#: Of each hundred rows: structures that stand, some with another length, rows that are refused; all others are new.
_UNCHANGED, _CHANGED, _BAD = 5, 5, 2


def rows_of(places: list[Any], existing: list[Any]) -> Iterator[tuple[list[str], float, float]]:
    """Cells in the order of the header, longitude, latitude; `places` are free ones, `existing` own structures."""
    standing = iter(existing)
    for number, free in enumerate(places):
        part = number % 100
        known = next(standing, None) if part < _UNCHANGED + _CHANGED else None
        place = known or free
        length = "8.5" if known is not None and part < _UNCHANGED else "9"
        if part >= 100 - _BAD:
            length = "chín mét"
        cells = [
            f"CT-{place.number}", f"Cột treo cáp số {place.number}", "Bê tông", length, str(place.x), str(place.y),
            place.commune, "4", str(number % 4) if known is None else "0",
            "Còn khả năng dùng chung" if place.number % 3 == 0 else "Chưa đánh giá",
        ]  # fmt: skip
        yield cells, float(place.lon), float(place.lat)


def write_csv(path: Path, rows: Iterator[tuple[list[str], float, float]]) -> None:
    """Semicolons, as spreadsheets here write it."""
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out, delimiter=";")
        writer.writerow(HEADER)
        writer.writerows(cells for cells, _lon, _lat in rows)


def write_geojson(path: Path, rows: Iterator[tuple[list[str], float, float]]) -> None:
    """A feature a line."""
    with path.open("w", encoding="utf-8") as out:
        out.write('{"type": "FeatureCollection", "features": [\n')
        for place, (cells, lon, lat) in enumerate(rows):
            feature = {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [lon, lat]},
                "properties": dict(zip(HEADER, cells, strict=True)),
            }
            out.write(("," if place else "") + json.dumps(feature, ensure_ascii=False) + "\n")
        out.write("]}")


def write_geopackage(path: Path, rows: Iterator[tuple[list[str], float, float]]) -> None:
    """The tables that the standard asks for, one layer of points."""
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as out:
        out.execute("PRAGMA application_id = 1196444487")
        out.execute("PRAGMA user_version = 10300")
        out.executescript((Path(__file__).parent / "geopackage.sql").read_text(encoding="utf-8"))
        for word in HEADER:
            out.execute(f'ALTER TABLE poles ADD COLUMN "{word}" TEXT')
        marks = ", ".join("?" * (len(HEADER) + 1))
        names = ", ".join(f'"{word}"' for word in HEADER)
        head = struct.pack("<2sBBi", b"GP", 0, 1, 4326)
        out.executemany(
            f"INSERT INTO poles (geom, {names}) VALUES ({marks})",
            ((head + struct.pack("<BIdd", 1, 1, lon, lat), *cells) for cells, lon, lat in rows),
        )
