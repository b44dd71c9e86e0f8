"""Columns are suggested by their words, never taken silently; what is missing is said."""

import pytest

from registry.imports.mapping.aliases import member_of
from registry.imports.mapping.fields import header_key, known_header_keys, suggest_mapping
from registry.imports.mapping.plan import System, default_notes, detect_system, mapping_problems
from registry.imports.models import RowOutcome
from registry.imports.outcome.error_file import write_problems
from registry.imports.queries import Problem
from registry.kernel.exports.csv_file import safe_cell
from registry.structures.codes import Status
from tests.support.import_files import HEADER, TITLE

SITES = {
    "own_code": "Mã trạm",
    "name": "Tên trạm",
    "mast_class": "Loại cột",
    "height_m": "Chiều cao cột (m)",
    "commune": "Xã/phường",
    "x": "X (m)",
    "y": "Y (m)",
    "owner": "Đơn vị chủ quản",
    "capacity_total": "Số vị trí lắp đặt",
    "capacity_used": "Đã sử dụng",
    "sharing_status": "Hiện trạng dùng chung",
    "note": "Ghi chú",
}


def test_every_column_of_an_operators_list_is_recognised():
    assert suggest_mapping("antenna_tower", tuple(HEADER)) == SITES


def test_bare_english_words_are_recognised_too():
    header = ("post_id", "latitude", "longitude")
    assert suggest_mapping("cable_pole", header) == {
        "own_code": "post_id",
        "latitude": "latitude",
        "longitude": "longitude",
    }


@pytest.mark.parametrize(
    ("header", "key"),
    [("Chiều cao cột (m)", "chieu cao cot"), ("  XÃ / Phường* ", "xa phuong"), ("post_id", "post id"), ("A\x00B", "")],
)
def test_a_header_word_is_compared_without_marks_units_and_case(header, key):
    assert header_key(header) == key


def test_a_sequence_number_is_no_field():
    assert header_key("STT") not in known_header_keys("antenna_tower")


@pytest.mark.parametrize(
    ("title", "mapping", "system"),
    [
        (TITLE, {"x": "X"}, System.VN2000),
        ("Tọa độ WGS-84", {"position": "Tọa độ"}, System.WGS84),
        ("", {"latitude": "lat", "longitude": "lon"}, System.WGS84),
        ("Danh sách", {"x": "X", "y": "Y"}, None),
    ],
)
def test_the_coordinate_system_is_suggested_only_where_the_file_says_it(title, mapping, system):
    assert detect_system(title, list(mapping.values()), mapping).system is system


def test_a_complete_mapping_has_no_problems():
    assert mapping_problems("antenna_tower", HEADER, SITES, System.VN2000) == {}


@pytest.mark.parametrize(
    ("change", "system", "field"),
    [
        ({"mast_class": None}, System.VN2000, "mast_class"),
        ({"x": None}, System.VN2000, "position"),
        ({"position": "Ghi chú"}, System.VN2000, "position"),
        ({}, None, "system"),
        ({"colour": "Ghi chú"}, System.VN2000, "colour"),
        ({"note": "Không có cột này"}, System.VN2000, "note"),
    ],
)
def test_what_a_mapping_lacks_is_said_at_its_field(change, system, field):
    mapping = {name: word for name, word in (SITES | change).items() if word}
    assert list(mapping_problems("antenna_tower", HEADER, mapping, system)) == [field]


def test_degrees_are_never_read_as_metres():
    mapping = {"own_code": "a", "latitude": "b", "longitude": "c"}
    assert "system" in mapping_problems("cable_pole", ["a", "b", "c"], mapping, System.VN2000)


def test_defaults_are_told():
    notes = default_notes("cable_pole", {"own_code": "a", "latitude": "b", "longitude": "c"})
    assert any("Trạng thái" in note and "Đang khai thác" in note for note in notes)
    assert any("tên công trình" in note for note in notes)


def test_words_of_operators_stand_for_members_of_closed_lists():
    assert member_of("status", Status, "Đang hoạt động") is Status.ACTIVE
    assert member_of("status", Status, "gì đó") is None


@pytest.mark.parametrize("text", ["=1+1", "+84", "-1", "@x", "\tx", "＝1"])
def test_no_cell_of_the_report_is_run_as_a_formula(text):
    assert safe_cell(text) == f"'{text}"


def test_the_report_opens_in_a_spreadsheet(tmp_path):
    problem = Problem(7, RowOutcome.REFUSED, "x", "X", "=cmd()", "sai; rồi", blocks=True)
    assert write_problems(tmp_path / "report", [problem]) == 1
    lines = (tmp_path / "report").read_bytes().decode().split("\r\n")
    assert lines[0].startswith("\ufeffDòng;Cột;Giá trị")
    assert lines[1] == '7;X;\'=cmd();"sai; rồi";Không nhập'
