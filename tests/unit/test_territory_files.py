"""What a folder of boundary files may not hold; every refusal names file, place and field."""

import json
from pathlib import Path

import pytest

from registry.kernel.errors import Invalid
from registry.territory.importing.reading import MAX_SHOWN_PROBLEMS, Problems, read_folder
from tests.support.boundaries import UNIT, feature, square, write_collection, write_table

LIST_HEADER = ["code", "name", "level", "parent_code", "valid_from", "valid_to", "kind"]
ROW = ["14755", "Phường Hàm Rồng", "commune", "380", "", "2025-06-30", "phường"]


def sentences(folder: Path) -> list[str]:
    problems = Problems()
    read_folder(folder, problems)
    return problems.sentences


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"code": ""}, "code"),
        ({"code": 14758}, "code"),
        ({"name": None}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"level": "quận"}, "level"),
        ({"level": ["commune"]}, "level"),
        ({"kind": "làng"}, "kind"),
        ({"valid_from": "01/07/2025"}, "valid_from"),
        ({"valid_to": "2025-06-30"}, "valid_to"),
    ],
)
def test_it_refuses_a_property_by_file_feature_and_field(tmp_path, changed, field):
    write_collection(tmp_path / "communes.geojson", feature(square(105.7, 19.8), **(UNIT | changed)))
    (sentence,) = sentences(tmp_path)
    assert sentence.startswith(f"Tệp communes.geojson, đối tượng 1, trường {field}: giá trị ")


@pytest.mark.parametrize(
    "geometry",
    [
        None,
        {"type": "Point", "coordinates": [105.7, 19.8]},
        {"type": "Polygon"},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[105.7, 19.8], [105.8, 19.8], [105.7, 19.9]]]},
        {"type": "Polygon", "coordinates": [[[105.7, 19.8], [105.8, 19.8], [105.8, 19.9], [105.7, 19.9]]]},
        {"type": "Polygon", "coordinates": [[19.8, 105.7, 19.8, 19.8]]},
        {"type": "MultiPolygon", "coordinates": square(105.7, 19.8)["coordinates"]},
        {"type": "Polygon", "coordinates": [[[19.8, 105.7], [19.9, 105.7], [19.9, 105.8], [19.8, 105.7]]]},
        {"type": "Polygon", "coordinates": [[[581102, 2191076], [581103, 2191076], [581103, 0], [581102, 2191076]]]},
        {"type": "Polygon", "coordinates": [[["105.7", 19.8], [105.8, 19.8], [105.8, 19.9], ["105.7", 19.8]]]},
    ],
)  # fmt: skip
def test_it_refuses_a_geometry_that_is_no_closed_polygon_in_degrees(tmp_path, geometry):
    write_collection(tmp_path / "communes.geojson", feature(geometry, **UNIT))
    (sentence,) = sentences(tmp_path)
    assert sentence.startswith("Tệp communes.geojson, đối tượng 1, trường geometry: giá trị ")


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b"[]",
        b'{"type": "FeatureCollection"}',
        b'{"type": "FeatureCollection", "features": [], "crs": {"properties": {"name": "EPSG:3405"}}}',
    ],
)
def test_it_refuses_a_file_that_is_no_geojson_in_wgs84(tmp_path, content):
    (tmp_path / "communes.geojson").write_bytes(content)
    (sentence,) = sentences(tmp_path)
    assert sentence.startswith("Tệp communes.geojson ")


def test_it_refuses_the_same_unit_twice(tmp_path):
    twice = feature(square(105.7, 19.8), **UNIT)
    write_collection(tmp_path / "communes.geojson", twice, twice)
    (sentence,) = sentences(tmp_path)
    assert "đối tượng 2, trường code" in sentence


@pytest.mark.parametrize(("column", "value"), [("code", ""), ("kind", "làng"), ("valid_to", "30/6"), ("level", "x")])
def test_it_refuses_a_cell_by_file_row_and_column(tmp_path, column, value):
    row = dict(zip(LIST_HEADER, ROW, strict=True)) | {column: value}
    write_table(tmp_path / "former_communes.csv", LIST_HEADER, ROW, list(row.values()))
    (sentence,) = sentences(tmp_path)
    assert sentence.startswith(f"Tệp former_communes.csv, dòng 3, trường {column}: giá trị “{value}”")


def test_it_refuses_a_table_without_a_needed_column(tmp_path):
    write_table(tmp_path / "former_communes.csv", LIST_HEADER[1:], ROW[1:])
    assert sentences(tmp_path) == ["Tệp former_communes.csv trống hoặc thiếu cột: code."]


def test_it_refuses_a_table_in_another_encoding(tmp_path):
    (tmp_path / "former_communes.csv").write_bytes("code,name\n1,Xã\n".encode("utf-16"))
    (sentence,) = sentences(tmp_path)
    assert sentence.startswith("Tệp former_communes.csv không phải CSV")


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (["1", "2", "half", "yes", "2025-07-01"], "relation"),
        (["1", "2", "whole", "maybe", "2025-07-01"], "is_default"),
        (["1", "2", "whole", "yes", ""], "effective"),
    ],
)
def test_it_refuses_a_succession_that_says_nothing_clear(tmp_path, row, field):
    header = ["old_code", "new_code", "relation", "is_default", "effective"]
    write_table(tmp_path / "commune_successors.csv", header, row)
    (sentence,) = sentences(tmp_path)
    assert f"dòng 2, trường {field}:" in sentence


def test_it_refuses_a_folder_without_anything_to_import(tmp_path):
    with pytest.raises(Invalid, match=r"không có tệp \.geojson"):
        sentences(tmp_path)
    with pytest.raises(Invalid, match="Không có thư mục"):
        sentences(tmp_path / "missing")


def test_it_shows_no_more_refusals_than_anyone_reads(tmp_path):
    many = [feature(square(105.7, 19.8), **(UNIT | {"code": ""})) for _number in range(MAX_SHOWN_PROBLEMS + 5)]
    write_collection(tmp_path / "communes.geojson", *many)
    problems = Problems()
    read_folder(tmp_path, problems)
    with pytest.raises(Invalid) as refusal:
        problems.raise_if_any()
    assert len(refusal.value.fields["folder"]) == MAX_SHOWN_PROBLEMS + 1
    assert refusal.value.fields["folder"][-1] == "Còn 5 lỗi khác không hiển thị."


def test_it_reads_a_good_folder_without_a_word(tmp_path):
    write_collection(tmp_path / "communes.geojson", feature(square(105.7, 19.8), **UNIT))
    write_table(tmp_path / "former_communes.csv", LIST_HEADER, ROW)
    problems = Problems()
    contents = read_folder(tmp_path, problems)
    assert problems.sentences == []
    assert [outline.key.code for outline in contents.outlines] == [UNIT["code"]]
    assert json.loads(contents.outlines[0].geometry) == square(105.7, 19.8)
    assert [listed.key.code for listed in contents.units] == ["14755"]
