"""GeoPackage and Shapefile over generated lists: GDAL reads back what was given, with an index, without a warning."""

import random
import sqlite3
import struct
import warnings
import zipfile
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from xml.etree.ElementTree import fromstring

import pyogrio
import pyogrio.raw
import pytest
from shapely import from_wkb

from registry.kernel.exports import map_files
from registry.kernel.exports.dataset import Dataset, ExportRecord, FileColumn, GeometryShape, Only
from registry.kernel.exports.map_files import MAX_FIELD_BYTES, clip_text, short_names, write_gpkg, write_shp
from registry.kernel.exports.qgis_style import layer_style

COLUMNS = (
    FileColumn("name", "Tên công trình"),
    FileColumn("capacity_total", "Tổng số vị trí", int),
    FileColumn("capacity_used", "Số vị trí đã sử dụng", int),
    FileColumn("height_m", "Chiều cao (m)", Decimal),
    FileColumn("is_urban", "Trong đô thị", bool),
    FileColumn("built_on", "Ngày xây dựng", date),
    FileColumn("updated_at", "Sửa lúc", datetime),
    FileColumn("position", "Tọa độ", str, Only.TABLES),
)
NOTES = (("Bộ lọc", 'Từ khóa: "Hàm Rồng" & <cột>'), ("Người lập", "Nguyễn Văn Ánh"))
TEXTS = (None, "", "Trạm Hàm Rồng", "=1+1", "hai\ndòng; “x” 'y'", "ă" * 300, "\U0001f4f6 đ", "+84 912")
WRITERS = {"gpkg": write_gpkg, "shp": write_shp}
NAMES = {"gpkg": "out.gpkg", "shp": "out.zip"}


@pytest.fixture(autouse=True)
def translated(monkeypatch):
    monkeypatch.setattr(map_files, "_", lambda text, **_values: text)


def point(chance):
    return struct.pack("<BI2d", 1, 1, 105 + chance.random(), 19 + chance.random())


def line(chance):
    count = chance.randint(2, 6)
    return struct.pack(f"<BII{2 * count}d", 1, 2, count, *(100 + chance.random() for _number in range(2 * count)))


def cells(chance):
    """One or two squares, as one polygon or as several."""
    squares = []
    for number in range(chance.randint(1, 2)):
        west, south = 105 + number, 19.0
        corners = [(west, south), (west + 0.5, south), (west + 0.5, south + 0.5), (west, south + 0.5), (west, south)]
        flat = [angle for corner in corners for angle in corner]
        squares.append(struct.pack("<BIII10d", 1, 3, 1, 5, *flat))
    return squares[0] if len(squares) == 1 else struct.pack("<BII", 1, 6, len(squares)) + b"".join(squares)


GEOMETRIES = {
    GeometryShape.POINT: point,
    GeometryShape.LINE: line,
    GeometryShape.AREA: cells,
    None: lambda _chance: None,
}


def generated(seed, count, shapes):
    """Records with values of every type, each missing now and then."""
    chance = random.Random(seed)  # noqa: S311 - repeatable
    records = []
    for _number in range(count):
        moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randint(0, 10**7))
        values = (
            chance.choice(TEXTS),
            chance.randint(-5, 10**9),
            chance.randint(0, 9),
            Decimal(chance.randint(0, 10**6)) / 1000,
            chance.random() < 0.5,
            date(1950, 1, 1) + timedelta(days=chance.randint(0, 30_000)),
            moment,
            "19,8; 105,7",
        )
        values = tuple(value if chance.random() < 0.8 else None for value in values)
        records.append(ExportRecord(values, GEOMETRIES[chance.choice(shapes)](chance)))
    return records


def dataset(records, stem="cong-trinh"):
    return Dataset("Danh sách “công trình”", stem, COLUMNS, NOTES, lambda: iter(records))


def layers(file_format, path):
    """Shape word -> rows with their geometry, as GDAL reads them; a warning is an error."""
    source, layers_by_name = (f"/vsizip/{path}" if file_format == "shp" else str(path)), {}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for layer in {name for name, _type in pyogrio.list_layers(source)} - {"layer_styles"}:
            info = pyogrio.read_info(source, layer=layer)
            _meta, _ids, shapes, columns = pyogrio.raw.read(source, layer=layer, datetime_as_string=True)
            rows = [list(row) for row in zip(*columns, strict=True)]
            word = layer.replace("-", "_").removeprefix("cong_trinh").removeprefix("_")
            layers_by_name[word] = (
                info,
                rows,
                [None] * len(rows) if shapes is None else [from_wkb(shape) for shape in shapes],
            )
    return layers_by_name


def as_read(file_format, values):
    """The values that are in a file, as they are read again."""
    name, total, used, height, urban, built, updated, _position = values
    if file_format == "shp":
        name = clip_text(map_files.safe_cell(name)) if name else None
        updated = updated.isoformat(timespec="seconds") if updated else None
    else:
        updated = updated.strftime("%Y-%m-%dT%H:%M:%SZ") if updated else None
    return [name, total, used, height, urban, built.isoformat() if built else None, updated]


def is_same(value, wanted):
    if wanted is None:
        return value is None or str(value) in ("", "nan", "NaT")
    if isinstance(wanted, Decimal):
        return abs(value - float(wanted)) < 1e-9
    return value == wanted


def names_of(file_format):
    names = [column.name for column in COLUMNS[:-1]]
    return short_names(names) if file_format == "shp" else names


@pytest.mark.parametrize("file_format", WRITERS)
@pytest.mark.parametrize("seed", range(3))
def test_what_is_written_is_read_back_by_gdal_without_a_warning(tmp_path, monkeypatch, file_format, seed):
    monkeypatch.setattr(map_files, "_BATCH_ROWS", 7)
    shapes = random.Random(seed).sample(list(GEOMETRIES), 1 + seed)  # noqa: S311 - repeatable
    records = generated(seed, 40, shapes)
    path = tmp_path / NAMES[file_format]
    assert WRITERS[file_format](dataset(records), path) == len(records)
    layers_read = layers(file_format, path)
    wanted = {}
    for record in records:
        geometry = from_wkb(record.geometry) if record.geometry else None
        word = {"Point": "diem", "LineString": "tuyen", None: ""}.get(geometry and geometry.geom_type, "o_luoi")
        wanted.setdefault(word, []).append((as_read(file_format, record.values), geometry))
    assert layers_read.keys() == wanted.keys()
    for word, (info, rows, geometries) in layers_read.items():
        assert list(info["fields"]) == names_of(file_format)
        assert info["encoding"] == "UTF-8"
        assert (info["crs"] == "EPSG:4326") == bool(word)
        for row, geometry, (values, shape) in zip(rows, geometries, wanted[word], strict=True):
            pairs = list(zip(row, values, strict=True))
            # Only one format can tell an empty text from none.
            assert all(is_same(*pair) or pair == (None, "") for pair in pairs), pairs
            assert geometry is None if shape is None else geometry.equals(shape)


@pytest.mark.parametrize("file_format", WRITERS)
def test_every_layer_has_its_spatial_index(tmp_path, monkeypatch, file_format):
    monkeypatch.setattr(map_files, "_BATCH_ROWS", 7)
    path = tmp_path / NAMES[file_format]
    WRITERS[file_format](dataset(generated(9, 60, [GeometryShape.POINT, GeometryShape.LINE, GeometryShape.AREA])), path)
    for word, (info, rows, _shapes) in layers(file_format, path).items():
        assert info["capabilities"]["fast_spatial_filter"], word
        assert info["features"] == len(rows)
    if file_format == "gpkg":
        with closing(sqlite3.connect(path)) as base:
            assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            for table, shape in (("cong_trinh_diem", "POINT"), ("cong_trinh_o_luoi", "MULTIPOLYGON")):
                rows_of_table = base.execute(f'SELECT count(*) FROM "{table}"').fetchone()  # noqa: S608
                assert base.execute(f'SELECT count(*) FROM "rtree_{table}_geom"').fetchone() == rows_of_table  # noqa: S608
                query = "SELECT geometry_type_name FROM gpkg_geometry_columns WHERE table_name = ?"
                assert base.execute(query, [table]).fetchone() == (shape,)


def test_a_geopackage_says_what_it_is_about_and_how_people_call_its_fields(tmp_path):
    path = tmp_path / NAMES["gpkg"]
    write_gpkg(dataset(generated(4, 5, [GeometryShape.POINT])), path)
    (info, _rows, _shapes) = layers("gpkg", path)["diem"]
    assert info["layer_metadata"]["IDENTIFIER"] == "Danh sách “công trình” (diem)"
    assert info["layer_metadata"].items() >= dict(NOTES).items()
    with closing(sqlite3.connect(path)) as base:
        labels = dict(base.execute("SELECT column_name, title FROM gpkg_data_columns").fetchall())
    assert labels == {column.name: column.label for column in COLUMNS[:-1]}


def test_a_geopackage_has_a_style_for_each_layer_with_symbols_labels_and_names_of_fields(tmp_path):
    path = tmp_path / NAMES["gpkg"]
    shapes = [GeometryShape.POINT, GeometryShape.LINE, GeometryShape.AREA]
    write_gpkg(dataset(generated(6, 60, shapes)), path)
    with closing(sqlite3.connect(path)) as base:
        styles = base.execute(
            "SELECT f_table_name, f_geometry_column, styleQML, useAsDefault FROM layer_styles ORDER BY f_table_name"
        ).fetchall()
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert [style[0] for style in styles] == ["cong_trinh_diem", "cong_trinh_o_luoi", "cong_trinh_tuyen"]
    for (_table, column, style, is_default), symbol in zip(styles, ("marker", "fill", "line"), strict=True):
        assert (column, is_default) == ("geom", 1)
        root = fromstring(style.partition(">")[2])  # noqa: S314 - written here
        assert {each.get("type") for each in root.iter("symbol")} == {symbol}
        assert root.find("labeling/settings/text-style").get("fieldName") == "name"
        aliases = {each.get("field"): each.get("name") for each in root.iter("alias")}
        assert aliases == {column.name: column.label for column in COLUMNS[:-1]}


def test_a_style_has_a_symbol_for_each_value_and_takes_any_text():
    style = layer_style("diem", ["kind", "number"], ["Loại", "Số “1”"], ["Cột <A&B>", 'Bể "cáp"'])
    root = fromstring(style.partition(">")[2])  # noqa: S314 - written here
    assert root.find("renderer-v2").get("attr") == "kind"
    categories = [(each.get("value"), each.get("symbol")) for each in root.iter("category")]
    assert categories == [("Cột <A&B>", "0"), ('Bể "cáp"', "1")]
    assert [each.get("name") for each in root.iter("symbol")] == ["0", "1"]
    assert root.find("labeling/settings/text-style").get("fieldName") == "number"


def test_a_shapefile_comes_with_the_full_names_of_its_fields(tmp_path):
    path = tmp_path / NAMES["shp"]
    write_shp(dataset(generated(5, 5, [GeometryShape.LINE])), path)
    with zipfile.ZipFile(path) as archive:
        readme = archive.read("README.txt").decode("utf-8-sig")
        assert {f"cong-trinh_tuyen.{ending}" for ending in ("shp", "shx", "dbf", "prj", "cpg", "qix")} < set(
            archive.namelist()
        )
    assert "capacity_u\tcapacity_used\tSố vị trí đã sử dụng" in readme
    assert len(clip_text("ă" * 300).encode()) <= MAX_FIELD_BYTES


@pytest.mark.parametrize("file_format", WRITERS)
def test_an_empty_list_is_a_file_with_its_fields(tmp_path, file_format):
    path = tmp_path / NAMES[file_format]
    assert WRITERS[file_format](dataset([]), path) == 0
    ((info, rows, _shapes),) = layers(file_format, path).values()
    assert (list(info["fields"]), rows) == (names_of(file_format), [])


@pytest.mark.parametrize("file_format", WRITERS)
def test_a_list_that_fails_on_its_way_leaves_nothing(tmp_path, file_format):
    def records():
        yield from generated(6, 3, [GeometryShape.POINT])
        raise ZeroDivisionError

    data = Dataset("x", "x", COLUMNS, (), records)
    with pytest.raises(ZeroDivisionError):
        WRITERS[file_format](data, tmp_path / NAMES[file_format])
    assert list(tmp_path.iterdir()) == []


def test_what_the_process_cannot_write_is_an_error_here_and_leaves_nothing(tmp_path):
    broken = ExportRecord(generated(7, 1, [None])[0].values[:1] + ("nine",) + (None,) * 6, None)
    with pytest.raises(RuntimeError, match="no gpkg was written"):
        write_gpkg(dataset([broken]), tmp_path / NAMES["gpkg"])
    assert list(tmp_path.iterdir()) == []


def test_a_link_that_the_process_leaves_is_not_followed(tmp_path):
    secret, link = tmp_path / "secret", tmp_path / "link"
    secret.write_bytes(b"secret")
    link.symlink_to(secret)
    with pytest.raises(OSError):
        map_files._copy(link, tmp_path / "out")


@pytest.mark.parametrize("names", [["a" * 12, "a" * 13, "a" * 14], ["b", "b", "c"]])
def test_short_names_are_short_and_each_there_once(names):
    names_made = short_names(names)
    assert len(set(names_made)) == len(names)
    assert max(map(len, names_made)) <= 10
