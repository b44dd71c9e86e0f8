"""The template of a kind has headings that the importer knows, lists, limits and notes."""

import io
import re
import zipfile

import pytest
from python_calamine import CalamineWorkbook

from registry.imports.mapping.fields import known_header_keys, suggest_mapping
from registry.imports.mapping.plan import detect_system, mapping_problems
from registry.imports.mapping.template import HEADER_ROW, columns_of, workbook
from registry.imports.reading.protocol import ReadOptions
from registry.imports.reading.text import rows_of_text
from registry.imports.reading.workbook import describe_workbook
from registry.kernel.errors import Invalid
from registry.structures.kinds import KINDS

TITLES = {"vn2000": "Hệ tọa độ: VN-2000, kinh tuyến trục 105°00', múi 3°", "wgs84": "Hệ tọa độ: WGS 84"}


def part(content, name):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name).decode()


@pytest.mark.parametrize("positions", ["vn2000", "wgs84"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_heading_is_suggested_for_its_own_field(kind, positions):
    columns = columns_of(KINDS[kind], positions)
    header = tuple(column.heading() for column in columns)
    mapping = suggest_mapping(kind, header)
    assert mapping == {column.name: column.heading() for column in columns}
    system = detect_system(TITLES[positions], header, mapping).system
    assert system == positions
    assert mapping_problems(kind, header, mapping, system) == {}


def test_the_example_the_notes_and_the_lists_are_no_data(tmp_path):
    path = tmp_path / "template"
    path.write_bytes(workbook("antenna_tower"))
    with pytest.raises(Invalid, match="không có dòng dữ liệu"):
        describe_workbook(path, ReadOptions(known_headers=known_header_keys("antenna_tower")))


def test_rows_below_the_example_are_read(tmp_path):
    book = CalamineWorkbook.from_filelike(io.BytesIO(workbook("cable_pole")))
    rows = [[str(cell) for cell in row] for row in book.get_sheet_by_index(0).iter_rows()]
    path = tmp_path / "list.csv"
    filled = [*rows, ["1", "C-1", "Cột 1"]]
    path.write_text("\n".join(";".join(f'"{cell}"' for cell in row) for row in filled), encoding="utf-8")
    rows_read = list(rows_of_text(path, ReadOptions(known_headers=known_header_keys("cable_pole"))))
    assert [row.cells[:3] for row in rows_read] == [("1", "C-1", "Cột 1")]


def test_lists_limits_and_notes_stand_in_the_sheet():
    content = workbook("antenna_tower")
    sheet = part(content, "xl/worksheets/sheet1.xml")
    kinds = re.findall(r'<dataValidation type="(\w+)"', sheet)
    assert {"list", "decimal", "date", "textLength"} <= set(kinds)
    assert "Số từ 1 đến 350 m." in sheet
    assert "<pane" in sheet
    assert f'topLeftCell="C{HEADER_ROW + 1}"' in sheet
    assert "Bắt buộc." in part(content, "xl/comments1.xml")
    assert 'state="hidden"' in part(content, "xl/workbook.xml")


def test_the_notes_are_in_the_language_of_the_reader(loaded_app):
    with loaded_app.app_context():
        english = workbook("manhole", "en")
    book = CalamineWorkbook.from_filelike(io.BytesIO(english))
    assert book.sheet_names == ["Bể cáp (hầm, hố cáp)", "Notes", "Danh mục"]
    notes = [[str(cell) for cell in row] for row in book.get_sheet_by_name("Notes").iter_rows()]
    depth = next(row for row in notes if row[-1] == "depth_m")
    assert depth[0] == "Chiều sâu bể (m)"
    assert depth[1] != "Chiều sâu bể"
