"""Files of any habit are read, hostile ones are refused in one sentence."""

import io
import json
import zipfile

import pytest
import xlsxwriter

from registry.imports.models import FileFormat
from registry.imports.reading import read_table
from registry.imports.reading import workbook as workbook_reader
from registry.imports.reading.table import cell_text
from registry.imports.targets import is_known
from registry.kernel.errors import Invalid
from registry.kernel.text import normalise
from tests.support.import_files import HEADER, TITLE, as_csv, as_geojson, as_xlsx, rows_of_sites, site

POINT = {"type": "Point", "coordinates": [105.776, 19.807]}


def known(word):
    return is_known("antenna_tower", word)


def read(content):
    return read_table(content, known)


def refusal(content):
    with pytest.raises(Invalid) as caught:
        read(content)
    assert list(caught.value.fields) == ["file"]
    return caught.value.message


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_csv_of_any_habit_gives_the_same_rows(separator, encoding):
    table = read(as_csv(rows_of_sites(), separator=separator, encoding=encoding))
    assert (table.file_format, table.title, list(table.header)) == (FileFormat.CSV, TITLE, HEADER)
    assert [row.number for row in table.rows] == [*range(4, 20), 21, 22]
    assert table.rows[0].cells[2] == "Trạm Hạc Thành 1"


def test_a_file_of_an_old_vietnamese_office_program_is_read():
    decomposed = "Ma\u0303 tra\u0323m;Tên tra\u0323m\r\nA1;Tra\u0323m cu\u0309a đơn vi\u0323 ta\u0323i phươ\u0300ng\r\n"
    old = read((decomposed * 20).encode("cp1258"))
    assert normalise(old.rows[0].cells[1]) == "Trạm của đơn vị tại phường"


def test_a_workbook_gives_the_rows_of_the_csv():
    csv_rows, xlsx_rows = read(as_csv(rows_of_sites())).rows, read(as_xlsx(rows_of_sites())).rows
    assert xlsx_rows == csv_rows


def test_the_sheet_with_the_best_known_header_is_read():
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as workbook:
        workbook.add_worksheet("trống")
        notes = workbook.add_worksheet("ghi chú")
        notes.write_row(0, 0, ["a", "b"])
        notes.write_row(1, 0, ["c", "d"])
        sheet = workbook.add_worksheet("dữ liệu")
        sheet.write_row(0, 0, ["Mã trạm", "Tên trạm"])
        sheet.write_row(1, 0, ["T1", "Trạm 1"])
    assert read(out.getvalue()).header == ("Mã trạm", "Tên trạm")


@pytest.mark.parametrize(
    ("value", "text"),
    [(15.0, "15"), (1.234, "1,234"), (45.1, "45,1"), (True, "có"), (None, ""), (2191076.73, "2191076,73"), (0.0, "0")],
)
def test_a_number_of_a_workbook_is_written_so_that_it_is_read_back(value, text):
    assert cell_text(value) == text


def test_features_become_rows_with_dotted_columns():
    line = {"type": "LineString", "coordinates": [[105.7, 19.8], [105.8, 19.9, 12]]}
    table = read(as_geojson((POINT, {"name": "A", "owner": {"id": 7}}), (line, {"list": [1, 2]})))
    assert table.header == ("name", "owner.id", "list", "geometry")
    assert table.rows[0].cells == ("A", "7", "", "19,807; 105,776")
    assert table.rows[1].cells == ("", "", "1; 2", "19,8; 105,7\n19,9; 105,8")


def test_another_geometry_is_named_for_its_row():
    table = read(as_geojson(({"type": "Polygon", "coordinates": []}, {"name": "A"}), (None, {"name": "B"})))
    assert [row.cells[-1] for row in table.rows] == ["Polygon", ""]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "rỗng"),
        (b"\xef\xbb\xbf", "không có dòng nào"),
        (b" \r\n\x00\x00", "rỗng"),
        ("Mã trạm;Tên trạm\r\n".encode(), "không có dòng dữ liệu"),
        (b"%PDF-1.7 x", "PDF"),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 600, "XLS"),
        (b'<?xml version="1.0"?><kml/>', "KML"),
        (b"a;b\r\n" + b"x" * 10_000_000 + b";1\r\n", "ô"),
        (b'a;b\r\n"' + b"x;y\r\n" * 100_000, "dòng 2"),
        (b"PK\x03\x04" + b"\x00" * 100, "bị hỏng"),
        (as_geojson((POINT, {}), crs={"type": "name", "properties": {"name": "EPSG:5897"}}), "crs"),
        (b'{"type": "FeatureCollection", "features": [{"a": NaN}]}', "NaN"),
        (b'{"type": "FeatureCollection", "features": [{"a": 1e999}]}', "1e999"),
        (b'{"type": "FeatureCollection", "features": [{"a": ' + b"9" * 5_000 + b"}]}", "5000"),
        (b'{"type": "FeatureCollection", "type": "x", "features": []}', "type"),
        (b'{"type": "FeatureCollection", "features": []}', "không có đối tượng"),
        (b'{"type": "FeatureCollection", "features": [' + b"[" * 100_000, "sâu"),
        (as_geojson((POINT, {"a": json.loads('{"a":' * 30 + "1" + "}" * 30)})), "sâu"),
        (b'{"type": "Topology"}', "FeatureCollection"),
        (b'{"type": ', "JSON"),
        (b"[1, 2]", "FeatureCollection"),
    ],
    ids=range(21),
)
def test_a_hostile_or_useless_file_is_refused_in_one_sentence(content, words):
    assert words in refusal(content)


def test_the_content_decides_and_not_the_name():
    assert read(as_csv([site(1)])).file_format is FileFormat.CSV
    assert read(as_xlsx([site(1)])).file_format is FileFormat.XLSX
    assert read(as_geojson((POINT, {"name": "A"}))).file_format is FileFormat.GEOJSON


def test_control_characters_reach_the_row_that_has_them():
    table = read("Mã trạm;Tên trạm\r\nT1;A\x00B\r\n".encode())
    assert table.rows[0].cells == ("T1", "A\x00B")


# --- archives -----------------------------------------------------------------------------------------------------
def archive(**entries):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in entries.items():
            packed.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def test_an_archive_that_unpacks_too_far_is_refused():
    bomb = archive(**{"xl/workbook.xml": "<x/>", "xl/worksheets/sheet1.xml": b" " * 60_000_000})
    assert "quá lớn" in refusal(bomb)


def test_many_moderate_entries_are_counted_together(monkeypatch):
    monkeypatch.setattr(workbook_reader, "MAX_UNPACKED", 3_000_000)
    noise = bytes(range(256)) * 4_000
    assert "quá lớn" in refusal(archive(**{"xl/workbook.xml": "<x/>", "a": noise, "b": noise, "c": noise}))


def test_too_many_entries_are_refused():
    entries = {f"e{number}": b"" for number in range(1_001)}
    assert "1002 tệp con" in refusal(archive(**{"xl/workbook.xml": "<x/>"}, **entries))


def test_a_zip_that_is_no_workbook_is_refused():
    assert "không phải sổ tính" in refusal(archive(**{"a.txt": b"x"}))


@pytest.mark.parametrize("name", ["../evil", "/evil", "a\\b", "a\x01b"])
def test_names_that_leave_the_archive_are_refused(name):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("xl/workbook.xml", "<x/>")
        packed.writestr(zipfile.ZipInfo("placeholder"), b"x")
    renamed = out.getvalue().replace(b"placeholder", name.encode().ljust(11, b"x")[:11])
    assert "tên không hợp lệ" in refusal(renamed)


def test_two_cells_in_far_corners_do_not_cost_the_memory_between_them():
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write(0, 0, "a")
        sheet.write(1_048_575, 16_383, "b")
    assert "trải rộng" in refusal(out.getvalue())
