"""The process that writes a GeoPackage or Shapefiles with GDAL from batches of records on its standard input.

Started by `map_files.py` as `python -I -c ...` with an empty environment in a new directory. Everything is JSON: the
first line of the input is the `Plan`, each further line a batch of one layer, the last one the end mark. The answer is
one line: the number of records and the names of the files, or the error.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import warnings
from base64 import b64decode
from contextlib import closing
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from registry.kernel import sandbox
from registry.kernel.exports.qgis_style import LAYER_STYLES, MOST_VALUES, SYMBOLS_BY, first_of, layer_style

GPKG, SHP = "gpkg", "shp"
#: Name of the GeoPackage; records of Shapefiles are collected in one too.
MADE: Final = "made.gpkg"
#: Seconds of processor time; a list of 200,000 rows takes about 20.
_CPU_S: Final = 1_800
#: Limit of many programs for Shapefiles.
MAX_SHP_BYTES: Final = 2**31 - 1
_MAX_GPKG_BYTES: Final = 2**36
_SYSTEM: Final = "EPSG:4326"
#: One thread: the sandbox allows no other. No fsync: an incomplete file is discarded anyway.
_SETTINGS: Final = {
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GDAL_PAM_ENABLED": "NO",
    "OGR_GPKG_ALLOW_THREADED_RTREE": "NO",
    "OGR_GPKG_NUM_THREADS": "1",
    "OGR_GPKG_STREAM_BASE_IMPL": "YES",
    "OGR_SQLITE_JOURNAL": "OFF",
    "OGR_SQLITE_PRAGMA": "temp_store=MEMORY",
    "OGR_SQLITE_SYNCHRONOUS": "OFF",
    "PROJ_NETWORK": "OFF",
}
#: Format -> shape -> geometry type of the layer.
_GEOMETRIES: Final = {
    GPKG: {"diem": "Point", "tuyen": "LineString", "o_luoi": "MultiPolygon"},
    SHP: {"diem": "Point", "tuyen": "LineString", "o_luoi": "Polygon"},
}
_UTC: Final = 100
_LABELS: Final = """
CREATE TABLE IF NOT EXISTS gpkg_data_columns (
    table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT,
    constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
    CONSTRAINT gdc_tn UNIQUE (table_name, name)
);
CREATE TABLE IF NOT EXISTS gpkg_data_column_constraints (
    constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN,
    max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
    CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value)
);
CREATE TABLE IF NOT EXISTS gpkg_extensions (
    table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
    CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name)
);
"""
_EXTENSION: Final = "http://www.geopackage.org/spec131/#extension_schema"


@dataclass(frozen=True)
class MapPlan:
    """What to write: format, column names and types, and the description of the file."""

    file_format: str
    stem: str
    title: str
    names: list[str]
    labels: list[str]
    #: "text", "int", "real", "bool", "date" or "moment" (UTC).
    types: list[str]
    notes: list[tuple[str, str]] = field(default_factory=list)

    def table(self, shape: str) -> str:
        """Name of a layer; '' stands for rows without geometry."""
        table = f"{self.stem}_{shape}" if shape else self.stem
        return table if self.file_format == SHP else table.replace("-", "_")


def main() -> None:
    """Write the file that the standard input describes into the working directory."""
    source = sys.stdin.buffer
    plan = MapPlan(**json.loads(source.readline()))
    sandbox.apply_limits(_CPU_S, written_bytes=MAX_SHP_BYTES if plan.file_format == SHP else _MAX_GPKG_BYTES)
    sandbox.allow_full_cpu_time()
    os.environ.update(_SETTINGS)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            writer = _Writer(plan)
            sandbox.enter_sandbox(Path.cwd())
            answer: dict[str, Any] = writer.run(source)
        except Exception as error:  # the parent logs it
            answer = {"failed": f"{type(error).__name__}: {error}"[:2_000]}
    answer["warnings"] = [str(warning.message)[:500] for warning in caught[:20]]
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")


class _Writer:
    """Writes batches into a GeoPackage, layer by layer; loads all libraries before the sandbox closes."""

    def __init__(self, plan: MapPlan) -> None:
        # Imported here: limits and settings must be in force first.
        self._np: Any = import_module("numpy")
        self._raw: Any = import_module("pyogrio.raw")
        self._plan = plan
        self._layers: list[str] = []
        #: Shape -> values of the column that symbols follow.
        self._values: dict[str, set[str]] = {}
        # Loads the definition of the coordinate system, a file that cannot be opened inside the sandbox.
        warm = Path("warm.gpkg")
        self._add(str(warm), "warm", "diem", {"rows": [], "shapes": []})
        warm.unlink()

    def run(self, source: Any) -> dict[str, Any]:
        """Write all batches, then the files; Shapefiles are copied from the GeoPackage, one layer at a time."""
        count = 0
        for line in source:
            batch = json.loads(line)
            if "end" in batch:
                break
            self._add(MADE, self._plan.table(batch["shape"]), batch["shape"], batch)
            count += len(batch["rows"])
        else:
            raise EOFError("the input ended early")
        if not self._layers:
            self._add(MADE, self._plan.table(""), "", {"rows": [], "shapes": []})
        if self._plan.file_format == SHP:
            return {"count": count, "files": self._shapefiles()}
        self._label()
        self._style()
        return {"count": count, "files": [MADE]}

    def _add(self, path: str, table: str, shape: str, batch: dict[str, Any]) -> None:
        """Append rows to a layer; the first call creates it."""
        plan, is_new = self._plan, shape not in self._layers
        columns = [list(column) for column in zip(*batch["rows"], strict=True)] or [[] for _name in plan.names]
        arrays = [self._array(kind, values) for kind, values in zip(plan.types, columns, strict=True)]
        masks = [self._np.array([value is None for value in values], dtype=bool) for values in columns]
        moments = [name for name, kind in zip(plan.names, plan.types, strict=True) if kind == "moment"]
        shapes = self._np.array([*map(b64decode, batch["shapes"]), None], dtype=object)[:-1] if shape else None
        self._raw.write(
            path,
            shapes,
            arrays,
            plan.names,
            field_mask=masks,
            layer=table,
            driver="GPKG",
            geometry_type=_GEOMETRIES[GPKG][shape] if shape else None,
            promote_to_multi=shape == "o_luoi",
            crs=_SYSTEM if shape else None,
            append=not is_new,
            gdal_tz_offsets={name: self._np.full(len(batch["rows"]), _UTC) for name in moments},
            layer_metadata=dict(plan.notes) if is_new else None,
            layer_options=self._options(table, shape) if is_new else None,
        )
        if is_new and path == MADE:
            self._layers.append(shape)
        by = first_of(plan.names, SYMBOLS_BY)
        if by and path == MADE:
            present = (value for value in columns[plan.names.index(by)] if value is not None)
            self._values.setdefault(shape, set()).update(map(str, present))

    def _options(self, table: str, shape: str) -> dict[str, str]:
        plan = self._plan
        options = {
            "IDENTIFIER": f"{plan.title} ({shape})" if shape else plan.title,
            "DESCRIPTION": "\n".join(f"{label}: {text}" for label, text in plan.notes),
            "FID": _free("fid", plan.names),
        }
        # Shapefiles get an index of their own.
        index = "YES" if plan.file_format == GPKG else "NO"
        return options | ({"GEOMETRY_NAME": _free("geom", plan.names), "SPATIAL_INDEX": index} if shape else {})

    def _array(self, kind: str, values: list[Any]) -> Any:
        np = self._np
        if kind == "int":
            return np.array([value or 0 for value in values], dtype="int64")
        if kind == "real":
            return np.array([np.nan if value is None else value for value in values], dtype="float64")
        if kind == "bool":
            return np.array([bool(value) for value in values], dtype=bool)
        if kind == "date":
            return np.array([value or "NaT" for value in values], dtype="datetime64[D]")
        if kind == "moment":
            return np.array([(value or "NaT").removesuffix("Z") for value in values], dtype="datetime64[ms]")
        return np.array([*values, None], dtype=object)[:-1]

    def _shapefiles(self) -> list[str]:
        for shape in self._layers:
            self._copy(self._plan.table(shape), shape)
        Path(MADE).unlink()
        return sorted(path.name for path in Path().iterdir() if path.suffix != ".gpkg")

    def _copy(self, table: str, shape: str) -> None:
        """Write one layer as Shapefile with its index; rows without geometry as a table."""
        geometry = {"geometry_type": _GEOMETRIES[SHP][shape], "crs": _SYSTEM} if shape else {"geometry_type": None}
        with self._raw.open_arrow(MADE, layer=table, use_pyarrow=False, batch_size=2_000) as (meta, stream):
            self._raw.write_arrow(
                stream,
                f"{table}.{'shp' if shape else 'dbf'}",
                layer=table,
                driver="ESRI Shapefile",
                geometry_name=meta["geometry_name"] if shape else None,
                encoding="UTF-8",
                layer_options={"2GB_LIMIT": "YES"} | ({"SPATIAL_INDEX": "YES"} if shape else {}),
                **geometry,
            )

    def _label(self) -> None:
        """Write the labels of the columns (GeoPackage schema extension), which GDAL reads but does not write."""
        plan = self._plan
        with closing(sqlite3.connect(MADE, isolation_level=None)) as base:
            base.execute("PRAGMA journal_mode = OFF")
            base.executescript(_LABELS)
            base.executemany(
                "INSERT INTO gpkg_data_columns (table_name, column_name, name, title) VALUES (?, ?, ?, ?)",
                [
                    (plan.table(shape), name, label, label)
                    for shape in self._layers
                    for name, label in zip(plan.names, plan.labels, strict=True)
                ],
            )
            base.executemany(
                "INSERT INTO gpkg_extensions VALUES (?, NULL, 'gpkg_schema', ?, 'read-write')",
                [("gpkg_data_columns", _EXTENSION), ("gpkg_data_column_constraints", _EXTENSION)],
            )

    def _style(self) -> None:
        """Write a style for each layer with geometry, which QGIS takes when it opens the file."""
        plan = self._plan
        with closing(sqlite3.connect(MADE, isolation_level=None)) as base:
            base.execute("PRAGMA journal_mode = OFF")
            base.executescript(LAYER_STYLES)
            for shape in filter(None, self._layers):
                values = sorted(self._values.get(shape, ()))
                style = layer_style(shape, plan.names, plan.labels, values if len(values) <= MOST_VALUES else ())
                base.execute(
                    "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column,"
                    " styleName, styleQML, useAsDefault, description) VALUES ('', '', ?, ?, ?, ?, 1, ?)",
                    (plan.table(shape), _free("geom", plan.names), plan.stem[:30], style, plan.title),
                )


def _free(name: str, names: list[str]) -> str:
    while name in names:
        name += "_"
    return name
