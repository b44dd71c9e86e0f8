"""GeoPackage 1.3: one layer a shape; fields carry their labels, the file says what it is about in its metadata."""

from __future__ import annotations

import sqlite3
import struct
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

from registry.kernel.clock import utc_now
from registry.kernel.exports.dataset import Dataset, Record, Shape, plain
from registry.kernel.exports.wkb import read_wkb

_SCHEMA: Final = Path(__file__).with_name("gpkg.sql")
_SRS: Final = 4326
_TYPES: Final = {str: "TEXT", int: "INTEGER", Decimal: "REAL", bool: "BOOLEAN", date: "DATE", datetime: "DATETIME"}
_GEOMETRIES: Final = {Shape.POINT: "POINT", Shape.LINE: "LINESTRING", Shape.AREA: "MULTIPOLYGON", None: ""}
#: GP, version 0, little-endian with a box of x and y, and the system.
_HEADER: Final = struct.Struct("<2sBBi4d")
_FLAGS: Final = 0b0000_0011
_FORMAT_NAME: Final = "http://www.geopackage.org"


@dataclass
class _Layer:
    """One table of features, or of rows without geometry; `box` grows with what is written."""

    table: str
    shape: Shape | None
    insert: str
    box: list[float] = field(default_factory=list)

    def stretch(self, bounds: tuple[float, float, float, float]) -> None:
        west, south, east, north = bounds
        box = self.box or [west, south, east, north]
        self.box = [min(box[0], west), min(box[1], south), max(box[2], east), max(box[3], north)]


def write_gpkg(data: Dataset, path: Path) -> int:
    """Write the records one by one, each into the layer of its shape; returns how many."""
    places = data.places(geometry=True)
    layers: dict[Shape | None, _Layer] = {}
    count = 0
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        # Nobody reads it before it is whole, and a file that was cut short is thrown away.
        base.execute("PRAGMA journal_mode = OFF")
        base.execute("PRAGMA synchronous = OFF")
        base.executescript(_SCHEMA.read_text(encoding="utf-8"))
        base.execute("BEGIN")
        for record in data.records():
            _write(base, data, places, layers, record)
            count += 1
        if not layers:
            _layer(base, data, places, layers, None)
        for layer in layers.values():
            base.execute(
                "UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ? WHERE table_name = ?",
                [*(layer.box or (None, None, None, None)), layer.table],
            )
        base.execute("COMMIT")
    return count


def _write(
    base: sqlite3.Connection, data: Dataset, places: list[int], layers: dict[Shape | None, _Layer], record: Record
) -> None:
    values: list[Any] = [plain(record.values[at]) for at in places]
    if record.geometry is None:
        base.execute(_layer(base, data, places, layers, None).insert, values)
        return
    found = read_wkb(record.geometry)
    layer = _layer(base, data, places, layers, found.shape)
    west, south, east, north = found.bounds
    layer.stretch(found.bounds)
    blob = _HEADER.pack(b"GP", 0, _FLAGS, _SRS, west, east, south, north) + record.geometry
    base.execute(layer.insert, [blob, *values])


def _layer(
    base: sqlite3.Connection,
    data: Dataset,
    places: list[int],
    layers: dict[Shape | None, _Layer],
    shape: Shape | None,
) -> _Layer:
    """The layer of a shape, made when its first record comes."""
    if shape in layers:
        return layers[shape]
    table = f"{data.stem}_{shape.value}".replace("-", "_") if shape else data.stem.replace("-", "_")
    columns = [data.columns[at] for at in places]
    geometry = [f'"geom" {_GEOMETRIES[shape]} NOT NULL'] if shape else []
    declared = [f'"{column.name}" {_TYPES[column.kind]}' for column in columns]
    base.execute(f'CREATE TABLE "{table}" ({", ".join(["fid INTEGER PRIMARY KEY", *geometry, *declared])})')
    base.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            table,
            "features" if shape else "attributes",
            f"{data.title} ({shape.value})" if shape else data.title,
            "\n".join(f"{label}: {text}" for label, text in data.notes),
            utc_now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            _SRS if shape else None,
        ],
    )
    if shape:
        base.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, ?, 0, 0)", [table, _GEOMETRIES[shape], _SRS]
        )
    base.executemany(
        "INSERT INTO gpkg_data_columns (table_name, column_name, name, title) VALUES (?, ?, ?, ?)",
        [(table, column.name, column.label, column.label) for column in columns],
    )
    _describe(base, data, table)
    names = [*(["geom"] if shape else []), *(column.name for column in columns)]
    marks = ", ".join("?" * len(names))
    quoted = ", ".join(f'"{name}"' for name in names)
    layers[shape] = _Layer(table, shape, f'INSERT INTO "{table}" ({quoted}) VALUES ({marks})')  # noqa: S608 - our names
    return layers[shape]


def _describe(base: sqlite3.Connection, data: Dataset, table: str) -> None:
    """What the list is about, as metadata of the layer."""
    items = "".join(
        f"<item><label>{escape(label)}</label><text>{escape(text)}</text></item>" for label, text in data.notes
    )
    about = f"<metadata><title>{escape(data.title)}</title>{items}</metadata>"
    written = base.execute(
        "INSERT INTO gpkg_metadata (md_scope, md_standard_uri, mime_type, metadata)"
        " VALUES ('dataset', ?, 'text/xml', ?)",
        [_FORMAT_NAME, about],
    )
    base.execute(
        "INSERT INTO gpkg_metadata_reference (reference_scope, table_name, timestamp, md_file_id)"
        " VALUES ('table', ?, ?, ?)",
        [table, utc_now().strftime("%Y-%m-%dT%H:%M:%SZ"), written.lastrowid],
    )
