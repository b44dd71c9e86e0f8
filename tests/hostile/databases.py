"""GeoPackages that run code or lie, and Shapefiles whose parts do not fit."""

from __future__ import annotations

import sqlite3
import struct
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.hostile.cases import Case, zipped

_SCHEMA = (
    "PRAGMA application_id = 1196444487",
    "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,"
    " organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT)",
    "INSERT INTO gpkg_spatial_ref_sys VALUES ('WGS 84', 4326, 'EPSG', 4326, 'GEOGCS[\"WGS 84\"]', NULL)",
    "CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,"
    " description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT '2026-01-01T00:00:00.000Z', min_x DOUBLE,"
    " min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER)",
    "CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT"
    " NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL)",
)
_LISTED = (
    "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('{0}', 'features', '{0}', 4326)",
    "INSERT INTO gpkg_geometry_columns VALUES ('{0}', 'geom', 'POINT', 4326, 0, 0)",
)
_TABLE = "CREATE TABLE sites (fid INTEGER PRIMARY KEY, geom POINT, code TEXT)"


def blob(x: float, y: float) -> bytes:
    """A point as a GeoPackage keeps it."""
    return b"GP\x00\x01" + struct.pack("<i", 4326) + struct.pack("<BIdd", 1, 1, x, y)


def geopackage(*statements: str, points: Sequence[tuple[float, float, object]] = ((105.7, 19.8, "T1"),)) -> bytes:
    """A GeoPackage with the table `sites`, changed by the statements."""
    return database(
        *_SCHEMA,
        _TABLE,
        *(line.format("sites") for line in _LISTED),
        *(f"--points\n{len(points)}",),
        *statements,
        points=points,
    )


def database(*statements: str, points: Sequence[tuple[float, float, object]] = ()) -> bytes:
    """The file of a database made by the statements."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        connection = sqlite3.connect(path, isolation_level=None)
        for statement in statements:
            if statement.startswith("--points"):
                connection.executemany(
                    "INSERT INTO sites (geom, code) VALUES (?, ?)", [(blob(x, y), code) for x, y, code in points]
                )
            else:
                connection.execute(statement)
        connection.close()
        return path.read_bytes()


def _listed_view(query: str) -> bytes:
    return geopackage(f"CREATE VIEW loop AS {query}", *(line.format("loop") for line in _LISTED))


def _disguised_view() -> bytes:
    return geopackage(
        "CREATE VIEW loop AS SELECT 1 AS fid, NULL AS geom",
        *(line.format("loop") for line in _LISTED),
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET type = 'table' WHERE name = 'loop'",
    )


def _many_tables() -> bytes:
    """Six thousand in the list, all of one content: making each for itself takes seconds."""
    return geopackage(
        "PRAGMA writable_schema = ON",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)"
        " INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql)"
        " SELECT 'table', 't' || i, 't' || i, rootpage, 'CREATE TABLE t' || i || ' (x)'"
        " FROM n, (SELECT rootpage FROM sqlite_master WHERE name = 'sites')",
    )


# --- Shapefiles ---------------------------------------------------------------------------------------------------


def shp(count: int = 1, *, claimed: int | None = None) -> bytes:
    """Points; `claimed` is the length that the header gives."""
    records = b"".join(
        struct.pack(">ii", number, 10) + struct.pack("<idd", 1, 105.7, 19.8) for number in range(1, count + 1)
    )
    length = claimed if claimed is not None else (100 + len(records)) // 2
    return struct.pack(">i20xi", 9994, length) + struct.pack("<ii8d", 1000, 1, 105, 19, 106, 20, 0, 0, 0, 0) + records


def shx(count: int = 1) -> bytes:
    """Its index."""
    records = b"".join(struct.pack(">ii", 50 + 14 * number, 10) for number in range(count))
    return struct.pack(">i20xi", 9994, (100 + len(records)) // 2) + shp()[28:100] + records


def dbf(rows: Sequence[bytes] = (b"T1",), *, claimed: int | None = None, record: int | None = None) -> bytes:
    """One column of ten letters; `claimed` and `record` are what the header gives."""
    head = struct.pack("<B3BIHH20x", 3, 124, 11, 24, len(rows) if claimed is None else claimed, 65, record or 11)
    field = b"CODE".ljust(11, b"\x00") + b"C" + b"\x00" * 4 + bytes([10, 0]) + b"\x00" * 14
    return head + field + b"\r" + b"".join(b" " + row.ljust(10) for row in rows) + b"\x1a"


def shapefile(**parts: bytes) -> bytes:
    """A good Shapefile, its parts replaced; an empty one is left out."""
    good = {"shp": shp(), "shx": shx(), "dbf": dbf()}
    return zipped({f"sites.{ending}": content for ending, content in (good | parts).items() if content})


_LOOP = "WITH RECURSIVE n(fid) AS (SELECT 1 UNION ALL SELECT fid + 1 FROM n) SELECT fid, NULL AS geom FROM n"

REFUSED = {
    "GeoPackage with a view": Case(lambda: geopackage("CREATE VIEW v AS SELECT * FROM sites"), "view"),
    "GeoPackage whose layer is a view without end": Case(lambda: _listed_view(_LOOP), "view"),
    "GeoPackage whose layer is a view of a big text": Case(
        lambda: _listed_view("SELECT 1 AS fid, NULL AS geom, randomblob(1000000000) AS x"), "view"
    ),
    "GeoPackage with a view that says it is a table": Case(_disguised_view, "bị hỏng"),
    "GeoPackage with a trigger": Case(
        lambda: geopackage("CREATE TRIGGER t AFTER INSERT ON sites BEGIN DELETE FROM sites; END"), "trigger"
    ),
    "GeoPackage with a virtual table": Case(lambda: geopackage("CREATE VIRTUAL TABLE f USING fts5(x)"), "bảng ảo"),
    "GeoPackage with a column that reckons": Case(
        lambda: geopackage("ALTER TABLE sites ADD COLUMN x AS (zeroblob(900000000))"), "cột tự tính"
    ),
    "GeoPackage whose layer is missing": Case(lambda: geopackage("DROP TABLE sites"), "không phải là bảng"),
    "GeoPackage without layers": Case(lambda: geopackage("DELETE FROM gpkg_contents"), "không có lớp"),
    "GeoPackage without rows": Case(lambda: geopackage(points=()), "không có đối tượng"),
    "GeoPackage with 6,000 tables": Case(_many_tables, "quá nhiều bảng"),
    "GeoPackage with 1,000 columns": Case(
        lambda: geopackage(
            "DROP TABLE sites",
            f"CREATE TABLE sites (fid INTEGER PRIMARY KEY, geom POINT, {', '.join(f'c{n}' for n in range(1_000))})",
            "INSERT INTO sites (c1) VALUES ('x')",
        ),
        "cột",
    ),
    "GeoPackage with a damaged geometry": Case(
        lambda: geopackage("UPDATE sites SET geom = x'4750000100'"), "Không đọc được lớp “sites”"
    ),
    "another database": Case(lambda: database("CREATE TABLE t (x)"), "không phải GeoPackage"),
    "GeoPackage cut off": Case(lambda: geopackage()[:9_000], "bị cắt cụt"),
    "GeoPackage of a head alone": Case(lambda: geopackage()[:100], "bị cắt cụt"),
    "GeoPackage damaged": Case(lambda: geopackage()[:4_096] + b"\xff" * 30_000, "bị hỏng"),
    "GeoPackage with 200,001 rows": Case(
        lambda: geopackage(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200001)"
            " INSERT INTO sites (geom, code) SELECT NULL, i FROM n"
        ),
        "200.000",
    ),
    "Shapefile without attributes": Case(lambda: shapefile(dbf=b""), ".dbf"),
    "attributes without Shapefile": Case(lambda: shapefile(shp=b"", shx=b""), ".shp"),
    "Shapefile whose attributes claim 4 billion rows": Case(
        lambda: shapefile(dbf=dbf(claimed=0xFFFFFFFF)), "4.294.967.295"
    ),
    "Shapefile whose rows are of no length": Case(
        lambda: shapefile(dbf=dbf()[:10] + b"\x00\x00" + dbf()[12:]), "không đủ"
    ),
    "Shapefile whose rows are longer than the file": Case(lambda: shapefile(dbf=dbf(record=60_000)), "không đủ"),
    "Shapefile with more shapes than rows": Case(lambda: shapefile(shp=shp(3), shx=shx(3)), "3 hình"),
    "Shapefile with more rows than shapes": Case(lambda: shapefile(dbf=dbf([b"T1", b"T2"])), "2 dòng"),
    "Shapefile cut off": Case(lambda: shapefile(shp=shp(claimed=1_000_000)), "cắt cụt"),
    "Shapefile that is a VRT": Case(lambda: shapefile(shp=b"<OGRVRTDataSource/>".ljust(200)), "không phải Shapefile"),
    "Shapefile with attributes of three bytes": Case(lambda: shapefile(dbf=b"\x03\x00\x00"), "cắt cụt"),
    "Shapefile without rows": Case(lambda: shapefile(shp=shp(0), shx=shx(0), dbf=dbf([])), "không có đối tượng"),
}

HARMLESS = {
    "GeoPackage with a text of 50 MB": Case(
        lambda: geopackage("UPDATE sites SET code = hex(zeroblob(25000000))"), "…", is_long=True
    ),
    "GeoPackage with a text of 5 MB": Case(lambda: geopackage("UPDATE sites SET code = hex(zeroblob(2500000))"), "…"),
    "GeoPackage with the triggers of its index": Case(
        lambda: geopackage(
            'CREATE VIRTUAL TABLE "rtree_sites_geom" USING rtree(id, minx, maxx, miny, maxy)',
            "CREATE TRIGGER rtree_sites_geom_delete AFTER DELETE ON sites BEGIN DELETE FROM rtree_sites_geom; END",
        ),
        "T1",
    ),
    "GeoPackage with NaN": Case(lambda: geopackage(points=((float("nan"), 21.0, "nan"),)), "EMPTY"),
    "GeoPackage with infinity": Case(lambda: geopackage(points=((float("inf"), 21.0, "inf"),)), "EMPTY"),
    "GeoPackage with numbers for texts": Case(lambda: geopackage(points=((105.7, 19.8, 7),)), "7"),
    "Shapefile with a wild code page": Case(lambda: shapefile(cpg=b"/etc/passwd"), "T1"),
    "Shapefile with an address as its system": Case(lambda: shapefile(prj=b"http://127.0.0.1:PORT/system.prj"), "T1"),
    "Shapefile without an index": Case(lambda: shapefile(shx=b""), "T1"),
    "Shapefile with a program beside": Case(lambda: shapefile(exe=b"MZ"), "T1"),
}
