"""Shapefile and GeoPackage by GDAL, limited to one driver; rows come in chunks.

GDAL opens a file by its content, so without the limit it could read it as any of sixty formats, some of which fetch
other files. The GDAL modules are imported by `Library` only, after the limit is set.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from registry.imports.reading.geometry import from_wkb
from registry.imports.reading.layers import SAMPLES, check_columns, check_rows, headings
from registry.imports.reading.limits import cell_text, refuse
from registry.imports.reading.protocol import Declared, Row, TableDescription
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _

SHAPEFILE: Final = "ESRI Shapefile"
GEOPACKAGE: Final = "GPKG"
#: All vector drivers that the library may have; an unknown one stops the reading.
_DRIVERS: Final = (
    *("ADBC", "AIVector", "AVCBin", "AVCE00", "AmigoCloud", "CSV", "CSW", "Carto", "DGN", "DXF", "EDIGEO", "EEDA"),
    *("ESRI Shapefile", "ESRIJSON", "Elasticsearch", "FlatGeobuf", "GDALG", "GML", "GPKG", "GPSBabel", "GPX", "GTFS"),
    *("GeoJSON", "GeoJSONSeq", "GeoRSS", "HTTP", "Idrisi", "JML", "JSONFG", "KML", "LIBKML", "LVBAG", "MBTiles", "MVT"),
    *("MapInfo File", "MapML", "MiraMonVector", "NGW", "OAPIF", "ODS", "OGCAPI", "OGR_GMT", "OGR_PDS", "OGR_VRT"),
    *(
        "OSM",
        "OpenFileGDB",
        "PCIDSK",
        "PDF",
        "PDS4",
        "PGDUMP",
        "PLSCENES",
        "PMTiles",
        "S57",
        "SQLite",
        "SXF",
        "Selafin",
    ),
    *("TopoJSON", "VDV", "VFK", "VICAR", "WAsP", "WFS", "XLSX"),
)
#: In-memory drivers, which open nothing by name.
_HARMLESS: Final = frozenset({"MEM", "Memory"})
_SETTINGS: Final = {
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "CPL_CURL_ENABLE_VSIMEM": "NO",
    "GDAL_HTTP_TIMEOUT": "1",
    "GDAL_PAM_ENABLED": "NO",
    "OGR_ENABLE_PARTIAL_REPROJECTION": "NO",
    "PROJ_NETWORK": "OFF",
    "SHAPE_RESTORE_SHX": "YES",
    "SQLITE_USE_OGR_VFS": "NO",
}
_CHUNK: Final = 5_000
_DAY: Final = re.compile(r"(\d{4})[-/](\d\d)[-/](\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)?")
_OGR_DATES: Final = frozenset({"OFTDate", "OFTDateTime"})
_TYPE_SUFFIX: Final = re.compile(r"^(2\.5D |3D )?(?:Measured )?(\w+?)( ZM| Z| M)?$")

#: Converts texts as GDAL returns them to Unicode.
Convert = Callable[[str], str]


class GdalDriver:
    """GDAL, limited to one driver."""

    def __init__(self, driver: str) -> None:
        skipped = [name for name in _DRIVERS if name != driver]
        os.environ.update(_SETTINGS, OGR_SKIP=",".join(skipped))
        self._core = import_module("pyogrio")
        self._raw = import_module("pyogrio.raw")
        self._errors = import_module("pyogrio.errors")
        left = set(self._core.list_drivers()) - _HARMLESS
        if left != {driver}:
            raise RuntimeError(f"GDAL has the drivers {sorted(left)}, expected {driver} alone")

    def describe(
        self, path: Path, layer: str, shown: str, crs: Declared | None, letters: str, to_unicode: Convert
    ) -> Any:
        with _refusing(self._errors, shown):
            info = self._core.read_info(str(path), layer=layer, encoding=letters or None)
        count = int(info["features"])
        check_rows(count)
        check_columns(len(info["fields"]))
        rows = list(self.rows(path, layer, letters, to_unicode, most=SAMPLES))
        return TableDescription(
            name=shown,
            title="",
            header=headings(to_unicode(str(name)) for name in info["fields"]),
            header_row=0,
            row_count=count if count >= 0 else None,
            samples=tuple(row.cells for row in rows),
            geometry_type=_geometry_type(info["geometry_type"]),
            crs=crs,
        )

    def rows(self, path: Path, layer: str, letters: str, to_unicode: Convert, most: int | None = None) -> Iterator[Row]:
        """Rows of a layer, numbered in file order."""
        number = 0
        while most is None or number < most:
            wanted = _CHUNK if most is None else most - number
            with _refusing(self._errors, layer):
                info, _ids, geometries, columns = self._raw.read(
                    str(path),
                    layer=layer,
                    encoding=letters or None,
                    skip_features=number,
                    max_features=wanted,
                    datetime_as_string=True,
                )
            count = len(geometries) if geometries is not None else len(columns[0]) if columns else 0
            types = [str(name) for name in info.get("ogr_types", ())] or [""] * len(columns)
            texts = [_texts(column, kind, to_unicode) for column, kind in zip(columns, types, strict=True)]
            shapes = [None] * count if geometries is None else [from_wkb(shape) for shape in geometries]
            _release(columns if geometries is None else (*columns, geometries))
            for cells, shape in zip(zip(*texts, strict=True) if texts else [()] * count, shapes, strict=True):
                number += 1
                check_rows(number)
                yield Row(number, cells, shape)
            if count < wanted:
                return


class _refusing:  # noqa: N801  # used as a statement
    """Turn errors of the library into one sentence for the user."""

    def __init__(self, errors: Any, layer: str) -> None:
        self._errors = errors
        self._layer = layer
        self._quiet = warnings.catch_warnings()

    def __enter__(self) -> None:
        self._quiet.__enter__()
        warnings.simplefilter("ignore")

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        self._quiet.__exit__(kind, error, trace)
        theirs = (self._errors.DataSourceError, self._errors.DataLayerError, self._errors.FeatureError)
        if isinstance(error, (*theirs, self._errors.FieldError, self._errors.GeometryError, ValueError)):
            raise unreadable(self._layer) from error


def unreadable(layer: str) -> Invalid:
    return refuse(_("Không đọc được lớp “%(layer)s”: tệp bị hỏng hoặc bị cắt cụt; hãy xuất lại.", layer=layer[:60]))


def _geometry_type(info: object) -> str | None:
    """Geometry type without dimensions; "mixed" where the file leaves it open."""
    if info is None:
        return None
    match = _TYPE_SUFFIX.match(str(info))
    name = match.group(2) if match else "Unknown"
    return "mixed" if name in ("Unknown", "Geometry", "None") else name


def _release(arrays: Sequence[Any]) -> None:
    """Release the objects: the library frees its arrays without their contents, about 100 bytes a text."""
    for array in arrays:
        if array.dtype.kind == "O":
            array.fill(None)


def _texts(column: Any, kind: str, to_unicode: Convert) -> Sequence[str]:
    values = column.tolist()
    if kind in _OGR_DATES:
        return [_day(value) for value in values]
    if column.dtype.kind == "O":
        return [_object_text(value, to_unicode) for value in values]
    return ["" if value != value else cell_text(value) for value in values]  # noqa: PLR0124  # NaN stands for nothing


def _object_text(value: object, to_unicode: Convert) -> str:
    if isinstance(value, str):
        return to_unicode(value)
    if isinstance(value, bytes):
        return ""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return "; ".join(_object_text(item, to_unicode) for item in value)
    return "" if value is None or value != value else cell_text(value)  # noqa: PLR0124


def _day(value: object) -> str:
    """Day/month/year and time of day, as in cells of workbooks."""
    text = "" if value is None or value != value else str(value)  # noqa: PLR0124
    match = _DAY.fullmatch(text)
    if match is None:
        return "" if text == "NaT" else text
    year, month, day, time = match.groups()
    return f"{day}/{month}/{year}" + (f" {time}" if time and time != "00:00:00" else "")
