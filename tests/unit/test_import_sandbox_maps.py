"""GeoJSON, KML, KMZ, Shapefile and GeoPackage as rows: what comes out of each, through the reading process."""

import io
import json
import zipfile

import numpy as np
import pyogrio.raw
import pytest
import shapely

from registry.imports.reading.client import open_file
from registry.imports.reading.protocol import Declared, ReadOptions
from registry.kernel.errors import Invalid
from tests.hostile.cases import zipped
from tests.hostile.databases import dbf, shapefile
from tests.hostile.maps import collection, kml

POINT = {"type": "Point", "coordinates": [105.776, 19.807]}
SITES = [("T1", "Trạm Hạc Thành 1", 45.5), ("T2", "Trạm Ngọc Liên", 12.0)]


@pytest.fixture
def read(tmp_path):
    """Gives a function that reads a content: description and rows."""

    def read(content, **options):
        path = tmp_path / "upload"
        path.write_bytes(content)
        with open_file(path, ReadOptions(**options)) as reading:
            return reading.description, list(reading)

    return read


def written(tmp_path, driver, name, *, crs="EPSG:5897", encoding="UTF-8", unit="ms", **options):
    """A file of points written by GDAL."""
    points = np.array([shapely.Point(500_000 + index, 2_190_000.25).wkb for index in range(len(SITES))], dtype=object)
    columns = [np.array(column) for column in zip(*SITES, strict=True)]
    columns[0:2] = [column.astype(object) for column in columns[0:2]]
    columns.append(np.array(["2026-01-31T08:30", "2026-02-01"], dtype=f"datetime64[{unit}]"))
    path = tmp_path / name
    pyogrio.raw.write(
        path,
        points,
        columns,
        ["code", "ten", "cao", "ngay"],
        geometry_type="Point",
        crs=crs,
        driver=driver,
        encoding=encoding,
        **options,
    )
    return path


# --- GeoJSON --------------------------------------------------------------------------------------------------------


def test_features_become_rows_with_dotted_columns_and_the_geometry_apart(read):
    line = {"type": "LineString", "coordinates": [[105.7, 19.8], [105.8, 19.9, 12]]}
    features = [
        {"type": "Feature", "id": 7, "properties": {"name": "A", "owner": {"id": 7}}, "geometry": POINT},
        {"type": "Feature", "properties": {"list": [1, 2.5], "yes": True}, "geometry": line},
        {"type": "Feature", "properties": None, "geometry": None},
    ]
    description, rows = read(json.dumps({"features": features, "type": "FeatureCollection", "name": "Trạm"}).encode())
    (table,) = description.tables
    assert (description.file_format, table.name, table.row_count) == ("geojson", "Trạm", 3)
    assert table.header == ("name", "owner.id", "id", "list", "yes")
    assert (table.geometry_type, table.crs.epsg) == ("mixed", 4326)
    assert rows[0].cells == ("A", "7", "7", "", "")
    assert rows[1].cells == ("", "", "", "1; 2,5", "có")
    assert [row.geometry for row in rows] == ["POINT (105.776 19.807)", "LINESTRING (105.7 19.8, 105.8 19.9)", None]


def test_a_single_feature_is_a_file_of_one(read):
    _description, rows = read(json.dumps({"type": "Feature", "properties": {"a": 1}, "geometry": POINT}).encode())
    assert [row.cells for row in rows] == [("1",)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_longer_than_a_piece_is_read_whole(read, encoding):
    feature = {"type": "Feature", "properties": {"a": "Trạm " * 20, "n": 12345}, "geometry": POINT}
    text = json.dumps({"type": "FeatureCollection", "features": [feature] * 5_000}, ensure_ascii=False, indent=1)
    _description, rows = read(text.encode(encoding))
    assert len(rows) == 5_000
    assert {row.cells for row in rows} == {("Trạm " * 20, "12345")}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("urn:ogc:def:crs:OGC:1.3:CRS84", 4326),
        ("EPSG:5897", 5897),
        ("urn:ogc:def:crs:EPSG::9208", 9208),
        ("epsg:3405", 3405),
    ],
)
def test_a_system_named_by_the_file_is_declared_and_never_looked_up(read, name, code):
    description, rows = read(collection({"a": 1}, crs={"type": "name", "properties": {"name": name}}))
    assert description.tables[0].crs.epsg == code
    assert rows[0].geometry == "POINT (105.776 19.807)"


def test_the_forms_of_the_open_fibre_standard_are_told_apart(read):
    nodes, _rows = read(collection({"id": "n", "network": {"id": "1"}}))
    spans, _rows = read(collection({"id": "s", "network": {"id": "1"}, "start": {"id": "a"}, "end": {"id": "b"}}))
    assert [each.tables[0].role for each in (nodes, spans)] == ["ofds.nodes", "ofds.spans"]


# --- KML ------------------------------------------------------------------------------------------------------------

PLACE = (
    "<Placemark><name>{0}</name><ExtendedData><SchemaData><SimpleData name='cao'>45</SimpleData></SchemaData>"
    "<Data name='loại'><value>A1</value></Data></ExtendedData><Point><coordinates> 105.7, 19.8, 5 </coordinates>"
    "</Point></Placemark>"
)
LINE = "<Placemark><name>L</name><LineString><coordinates>105,19 105.1,19.1</coordinates></LineString></Placemark>"


def test_folders_are_tables_and_extended_data_are_columns(read):
    content = kml(
        f"<name>Tài liệu</name><Folder><name>Cột</name>{PLACE.format('T1')}"
        f"<Folder><name>Xã A</name>{PLACE.format('T2')}</Folder></Folder>"
        f"<Folder><name>Tuyến</name>{LINE}</Folder>{LINE}"
    )
    with pytest.raises(Invalid, match="3 bảng"):
        read(content)
    description, rows = read(content, table="Cột")
    assert [(table.name, table.row_count, table.geometry_type) for table in description.tables] == [
        ("Cột", 2, "Point"),
        ("Tuyến", 1, "LineString"),
        ("Tài liệu", 1, "LineString"),
    ]
    assert description.tables[0].header == ("name", "cao", "loại", "folder")
    assert [row.cells for row in rows] == [("T1", "45", "A1", ""), ("T2", "45", "A1", "Xã A")]
    assert rows[0].geometry == "POINT (105.7 19.8)"
    assert description.tables[0].crs == Declared("WGS 84 (KML)", 4326, "layer")


def test_a_kmz_is_its_main_document(read):
    content = zipped({"files/i.png": b"x", "doc.kml": kml(PLACE.format("T1")), "other.kml": kml(LINE)})
    description, rows = read(content)
    assert (description.file_format, rows[0].cells[0]) == ("kmz", "T1")
    assert "nhiều tệp KML" in description.notes[0]


def test_several_geometries_of_a_placemark_are_one(read):
    ring = "<LinearRing><coordinates>0,0 4,0 4,4 0,0</coordinates></LinearRing>"
    area = f"<Polygon><outerBoundaryIs>{ring}</outerBoundaryIs><innerBoundaryIs>{ring}</innerBoundaryIs></Polygon>"
    track = "<gx:Track><gx:coord>105 19 1</gx:coord><gx:coord>105.1 19.1 2</gx:coord></gx:Track>"
    content = kml(
        f"<Placemark><MultiGeometry>{area}{area}</MultiGeometry></Placemark><Placemark>{track}</Placemark>"
        f"<Placemark><MultiGeometry>{area}</MultiGeometry></Placemark><Placemark><name>x</name></Placemark>"
    )
    _description, rows = read(content)
    ringed = "((0.0 0.0, 4.0 0.0, 4.0 4.0, 0.0 0.0), (0.0 0.0, 4.0 0.0, 4.0 4.0, 0.0 0.0))"
    assert [row.geometry for row in rows] == [
        f"MULTIPOLYGON ({ringed}, {ringed})",
        "LINESTRING (105.0 19.0, 105.1 19.1)",
        f"POLYGON {ringed}",
        None,
    ]


def test_a_document_with_very_many_folders_is_one_table(read):
    folders = "".join(f"<Folder><name>Xã {n}</name>{PLACE.format(n)}</Folder>" for n in range(80))
    description, rows = read(kml(folders))
    assert (len(description.tables), len(rows)) == (1, 80)
    assert rows[79].cells[:1] == ("79",)


# --- Shapefile ------------------------------------------------------------------------------------------------------


def packed(tmp_path, **options):
    written(tmp_path, "ESRI Shapefile", "x.shp", unit="D", **options)
    archive = tmp_path / "x.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        for part in sorted(tmp_path.glob("x.*")):
            if part != archive:
                out.write(part, f"thư mục/Trạm{part.suffix.upper()}")
    return archive.read_bytes()


def test_a_zipped_shapefile_gives_names_numbers_days_and_its_system(read, tmp_path):
    description, rows = read(packed(tmp_path, crs="EPSG:3405"))
    (table,) = description.tables
    assert (description.file_format, description.encoding, table.name) == ("shp", "utf-8", "Trạm")
    assert table.header == ("code", "ten", "cao", "ngay")
    assert (table.crs.epsg, table.crs.source, table.geometry_type) == (3405, "prj", "Point")
    assert [row.cells[:3] for row in rows] == [("T1", "Trạm Hạc Thành 1", "45,5"), ("T2", "Trạm Ngọc Liên", "12")]
    assert rows[0].geometry == "POINT (500000 2190000.25)"
    assert [row.cells[3] for row in rows] == ["31/01/2026", "01/02/2026"]


def test_an_old_encoding_of_attributes_is_chosen_by_a_person(read):
    word = "§\xadêng".encode("latin-1")
    content = shapefile(dbf=dbf([word]))
    _description, rows = read(content, encoding="tcvn3")
    assert rows[0].cells == ("Đường",)


def test_an_encoding_named_by_the_cpg_is_taken(read):
    description, rows = read(shapefile(dbf=dbf(["Đươ\u0300ng".encode("cp1258")]), cpg=b"1258"))
    assert (description.encoding, rows[0].cells) == ("cp1258", ("Đường",))


def test_several_layers_of_an_archive_are_tables(read):
    names = zipped({f"{letter}.{ending}": content for letter in "ab" for ending, content in parts().items()})
    with pytest.raises(Invalid, match="2 bảng"):
        read(names)
    _description, rows = read(names, table="b")
    assert [row.cells for row in rows] == [("T1",)]
    with pytest.raises(Invalid, match="không có bảng “c”"):
        read(names, table="c")


def parts():
    with zipfile.ZipFile(io.BytesIO(shapefile())) as good:
        return {name.partition(".")[2]: good.read(name) for name in good.namelist()}


# --- GeoPackage -----------------------------------------------------------------------------------------------------


def test_a_geopackage_gives_its_layers_with_their_systems(read, tmp_path):
    written(tmp_path, "GPKG", "x.gpkg", layer="Cột ăng ten")
    path = written(tmp_path, "GPKG", "x.gpkg", layer="tuyen", crs="EPSG:4326", append=False)
    description, rows = read(path.read_bytes(), table="Cột ăng ten")
    assert {(table.name, table.crs.epsg, table.row_count) for table in description.tables} == {
        ("Cột ăng ten", 5897, 2),
        ("tuyen", 4326, 2),
    }
    assert rows[0].cells == ("T1", "Trạm Hạc Thành 1", "45,5", "31/01/2026 08:30:00")
    assert rows[1].cells[3] == "01/02/2026"
    assert rows[1].geometry == "POINT (500001 2190000.25)"


def test_more_rows_than_a_chunk_keep_their_order_and_numbers(read, tmp_path):
    count = 12_345
    path = tmp_path / "many.gpkg"
    points = np.array([shapely.Point(105, 19).wkb] * count, dtype=object)
    pyogrio.raw.write(path, points, [np.arange(count)], ["n"], geometry_type="Point", crs="EPSG:4326", driver="GPKG")
    _description, rows = read(path.read_bytes())
    assert [(row.number, row.cells) for row in rows] == [(index + 1, (str(index),)) for index in range(count)]


LONG = "x" * 70_000


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {"type": "Feature", "geometry": POINT, "properties": {"code": code, "note": note}}
                    for code, note in (("T1", ""), ("T2", LONG), ("T3", ""))
                ],
            }
        ).encode(),
        kml(
            "".join(
                f"<Placemark><name>{code}</name><description>{note}</description>"
                "<Point><coordinates>105.7,19.8</coordinates></Point></Placemark>"
                for code, note in (("T1", "a"), ("T2", LONG), ("T3", "a"))
            )
        ),
        f"Mã;Tên\nT1;a\nT2;{LONG}\nT3;a\n".encode(),
    ],
    ids=["geojson", "kml", "csv"],
)
def test_a_cell_that_is_too_long_refuses_its_row_alone_in_every_format(read, content):
    _description, rows = read(content)
    assert ["70.000 ký tự" in (row.problem or "") for row in rows] == [False, True, False]
