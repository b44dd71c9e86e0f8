"""GeoPackage: an SQLite database, inspected before GDAL reads its feature tables."""

from __future__ import annotations

import functools
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from registry.imports.reading.encodings import converter
from registry.imports.reading.encodings.detect import detect_texts
from registry.imports.reading.layers import display_name
from registry.imports.reading.limits import refuse, storable
from registry.imports.reading.protocol import Declared, FileDescription, ReadOptions, Row
from registry.imports.reading.vector import GEOPACKAGE, GdalDriver
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, _n

_MAX_LAYERS: Final = 100
_MAX_OBJECTS: Final = 5_000
#: Triggers that programs write into every GeoPackage; they run on writes only, and nothing is written here.
_USUAL_TRIGGER: Final = re.compile(r"(rtree_|trigger_(insert|delete|update)_feature_count_|gpkg_|fgti_|fgtd_).*")
_RTREE: Final = re.compile(
    r"CREATE VIRTUAL TABLE\s+(?:\"[^\"]*\"|\S+)\s+USING\s+rtree\s*\(.*", re.IGNORECASE | re.DOTALL
)
_GENERATED: Final = (2, 3)
#: A definition in WKT1 or WKT2.
_DEFINITION: Final = re.compile(r"\s*(?:PROJ|GEOG|GEOD|COMPD|COMPOUND|BOUND)\w*\s*\[", re.IGNORECASE)
_MOST_DEFINITION: Final = 20_000
_SETTINGS: Final = ("trusted_schema=OFF", "query_only=ON", "cell_size_check=ON", "mmap_size=0", "cache_size=-20000")


@dataclass(frozen=True)
class _Layer:
    table: str
    name: str
    crs: Declared | None


@functools.cache
def prepare() -> GdalDriver:
    """GDAL with its one driver; call before the sandbox is closed."""
    return GdalDriver(GEOPACKAGE)


def describe_geopackage(path: Path, options: ReadOptions) -> FileDescription:
    """Feature tables of a GeoPackage; Invalid for active content (views, triggers) and other databases."""
    target, layers, notes = _inspected(path)
    to_unicode = converter(options.encoding)
    tables = tuple(prepare().describe(target, layer.table, layer.name, layer.crs, "", to_unicode) for layer in layers)
    if all(table.row_count == 0 for table in tables):
        raise refuse(_("Tệp GeoPackage không có đối tượng nào."))
    detected = detect_texts(cell for table in tables for sample in table.samples for cell in sample)
    return FileDescription("gpkg", tables, notes=(*notes, *detected.notes), encoding_offered=detected.offered)


def rows_of_geopackage(path: Path, options: ReadOptions) -> Iterator[Row]:
    target, layers, _notes = _inspected(path)
    layer = next((layer for layer in layers if layer.name == options.table), layers[0])
    yield from prepare().rows(target, layer.table, "", converter(options.encoding))


@functools.lru_cache(maxsize=1)  # one process reads one file
def _inspected(path: Path) -> tuple[Path, tuple[_Layer, ...], tuple[str, ...]]:
    target = path.with_name("layers.gpkg")  # GDAL wants the ending
    path.rename(target)
    try:
        with closing(sqlite3.connect(f"file:{target}?mode=ro&immutable=1", uri=True)) as database:
            for setting in _SETTINGS:
                database.execute(f"PRAGMA {setting}")
            tables = _check_schema(database)
            layers = _layers(database, tables)
            others = database.execute("SELECT count(*) FROM gpkg_contents WHERE data_type <> 'features'").fetchone()[0]
    except (sqlite3.Error, UnicodeDecodeError, ValueError) as error:
        raise refuse(_("Tệp GeoPackage bị hỏng hoặc bị cắt cụt; hãy xuất lại.")) from error
    notes = [_n("Có %(num)d bảng không phải lớp đối tượng, không được đọc.", others)] if others else []
    return target, layers, tuple(notes)


def _check_schema(database: sqlite3.Connection) -> set[str]:
    """Names of the plain tables; Invalid for objects that would execute code of the file."""
    query = "SELECT type, name, sql, rootpage FROM sqlite_master LIMIT ?"
    objects = database.execute(query, (_MAX_OBJECTS + 1,)).fetchall()
    tables: set[str] = set()
    for kind, name, sql, page in objects:
        if kind == "view":
            raise _refuse_object(_("khung nhìn (view)"), name)
        if kind == "trigger" and not _USUAL_TRIGGER.fullmatch(str(name)):
            raise _refuse_object(_("trigger"), name)
        if kind == "table" and not page and not _RTREE.fullmatch(str(sql).strip()):
            raise _refuse_object(_("bảng ảo"), name)
        if kind == "table" and page:
            tables.add(str(name))
    if len(objects) > _MAX_OBJECTS:
        raise refuse(_("Tệp GeoPackage có quá nhiều bảng, tối đa %(most)d.", most=_MAX_OBJECTS))
    if not {"gpkg_contents", "gpkg_geometry_columns"} <= tables:
        raise refuse(_("Tệp này là cơ sở dữ liệu SQLite, không phải GeoPackage."))
    return tables


def _refuse_object(kind: str, name: object) -> Invalid:
    return refuse(
        _(
            "Tệp GeoPackage có %(kind)s “%(name)s”, không được nhận vì lý do an toàn; hãy xuất lại lớp ra tệp mới.",
            kind=kind,
            name=display_name(str(name))[:60],
        )
    )


def _layers(database: sqlite3.Connection, tables: set[str]) -> tuple[_Layer, ...]:
    rows = database.execute(
        "SELECT c.table_name, s.srs_name, s.organization, s.organization_coordsys_id, s.definition"
        " FROM gpkg_contents c JOIN gpkg_geometry_columns g ON g.table_name = c.table_name"
        " LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id"
        " WHERE c.data_type = 'features' LIMIT ?",
        (_MAX_LAYERS + 1,),
    ).fetchall()
    if not rows:
        raise refuse(_("Tệp GeoPackage không có lớp đối tượng (features) nào."))
    if len(rows) > _MAX_LAYERS:
        raise refuse(_("Tệp GeoPackage có hơn %(most)d lớp.", most=_MAX_LAYERS))
    layers = []
    for table, system, organisation, code, definition in rows:
        if table not in tables:
            raise refuse(_("Lớp “%(layer)s” của GeoPackage không phải là bảng.", layer=display_name(str(table))[:60]))
        _check_columns(database, table)
        layers.append(_Layer(table, display_name(table), _declared(system, organisation, code, definition)))
    if len({layer.name for layer in layers}) < len(layers):
        raise refuse(_("Tệp GeoPackage có hai lớp cùng tên."))
    return tuple(layers)


def _check_columns(database: sqlite3.Connection, table: str) -> None:
    """Refuse generated columns: they are expressions of the file."""
    for *_others, name, hidden in database.execute("SELECT name, hidden FROM pragma_table_xinfo(?)", (table,)):
        if hidden in _GENERATED:
            raise _refuse_object(_("cột tự tính"), name)


def _declared(system: object, organisation: object, code: object, definition: object) -> Declared | None:
    """System of a layer by EPSG code or definition; nothing is looked up."""
    if not isinstance(code, int) or code <= 0 or not isinstance(organisation, str):
        return None
    is_epsg = organisation.upper() == "EPSG" and code < 2**31
    if not is_epsg and isinstance(definition, str) and _DEFINITION.match(definition):
        return Declared(storable(definition[:_MOST_DEFINITION]), None, "prj")
    text = display_name(str(system or "")) or f"{organisation[:20]}:{code}"
    return Declared(text, code if is_epsg else None, "layer")
