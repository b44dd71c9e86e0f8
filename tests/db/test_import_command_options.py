"""Each option of `structures import`, used on a file that needs it."""

import io
import json
import zipfile

import pytest
from sqlalchemy import func, select

from registry.imports.reading.encodings import NAMES
from registry.kernel.geo.vn2000 import ZONES, to_plane
from registry.structures.kinds.antenna_tower import AntennaTower
from registry.structures.models import Structure
from registry.structures.positions import run
from tests.messy.making import as_tcvn3, text, xlsx

LON, LAT = 105.776, 19.807
HEADER = ("Mã trạm", "Tên trạm", "Loại cột", "Chiều cao cột", "Vĩ độ", "Kinh độ")
ROWS = tuple((f"T{n}", f"Trạm Hạc Thành {n}", "A2b", "42", f"{LAT}", f"{LON + n / 2000}") for n in range(1, 4))


@pytest.fixture
def command(app, tmp_path):
    """A function: content and options -> exit code and report (text where the file was refused as a whole)."""

    def invoke(content, *options, kind="antenna_tower", name="tep.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        arguments = ["structures", "import", str(path), "--owner", "viettel", "--kind", kind, "--json", *options]
        result = app.test_cli_runner().invoke(args=arguments)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        shown = json.loads(result.stdout) if result.stdout.startswith("{") else result.output
        return result.exit_code, shown

    return invoke


def applied(report):
    return report["counts"].get("applied", 0)


def without(column, rows=(HEADER, *ROWS)):
    at = HEADER.index(column)
    return tuple(cells[:at] + cells[at + 1 :] for cells in rows)


def one(database, code="T1"):
    with database.session() as session:
        return session.scalars(select(AntennaTower).where(AntennaTower.own_code == code)).one()


def test_encoding(command, database):
    content = as_tcvn3(text((HEADER, *(tuple("Trạm" if n == 1 else c for n, c in enumerate(r)) for r in ROWS))))
    code, report = command(content, "--encoding", "tcvn3")
    assert (code, applied(report), report["encoding"]) == (0, 3, "tcvn3")
    assert one(database).name == "Trạm"


def test_header_row(command):
    # The row above looks like the headings, too.
    above = ("Mã trạm", "Tên trạm", "Loại cột", "Chiều cao cột", "Vĩ độ", "Kinh độ")
    spoiled = ("Mã", "Tên", "Loại", "Cao", "Vĩ độ", "Kinh độ")
    content = text((above, spoiled, *ROWS))
    code, report = command(content, "--header-row", "2", *pairs(("mast_class", "Loại"), ("height_m", "Cao")))
    assert (code, applied(report), report["counts"]["rows"]) == (0, 3, 3)


def pairs(*mapping, option="--map"):
    return [word for name, column in mapping for word in (option, f"{name}={column}")]


def test_a_list_without_headings(command):
    fields = ("own_code", "name", "mast_class", "height_m", "latitude", "longitude")
    columns = [(field, f"Cột {number}") for number, field in enumerate(fields, 1)]
    code, report = command(text(ROWS), "--header-row", "0", *pairs(*columns), "--crs", "wgs84")
    assert (code, applied(report), report["counts"]["rows"]) == (0, 3, 3)


def test_map_adds_to_the_suggestions_and_drops_one_and_map_only_takes_no_other(command):
    header = ("Mã trạm", "Tên trạm", "Loại cột", "Cao mấy", "Vĩ độ", "Kinh độ", "Ghi chú")
    content = text((header, *((*cells, "tạm") for cells in ROWS)))
    code, report = command(content, "--map", "height_m=Cao mấy", "--map", "note=", "--dry-run")
    assert (code, report["mapping"]["height_m"], report["mapping"]["own_code"]) == (0, "Cao mấy", "Mã trạm")
    assert "note" not in report["mapping"]
    code, report = command(content, "--map-only", "--map", "height_m=Cao mấy")
    assert code == 1
    assert "Loại cột" in report


def test_set_gives_every_row_the_same_value(command, database):
    rows = [cells[:2] + cells[4:] for cells in (HEADER, *ROWS)]
    code, report = command(text(rows), "--set", "mast_class=A2b", "--set", "height_m=42")
    assert (code, applied(report)) == (0, 3)
    assert all(any(value in note for note in report["notes"]) for value in ("A2b", "42"))
    assert (one(database).mast_class.value, one(database).height_m) == ("A2b", 42)


def test_a_set_value_that_is_none_is_refused_once(command):
    code, report = command(text(without("Loại cột")), "--set", "mast_class=B7")
    assert (code, report.count("B7")) == (1, 1)


def test_a_column_that_is_empty_throughout_counts_as_not_there(command):
    header = (*HEADER, "Trạng thái", "Hiện trạng dùng chung", "Tổng số vị trí", "X (m)", "Y (m)")
    rows = [(*cells, "", " ", "", "", "") for cells in ROWS]
    code, report = command(text((header, *rows)))
    assert (code, applied(report)) == (0, 3)
    assert any("trống ở mọi dòng" in note or "không có cột" in note for note in report["notes"])


def test_two_columns_for_one_field_are_asked_about(command):
    header = (*HEADER, "Độ cao cột", "Mô tả", "Diễn giải")
    content = text((header, *((*cells, "99", "a", "b") for cells in ROWS)))
    code, report = command(content)
    assert code == 1
    assert "“Chiều cao cột”, “Độ cao cột”" in report
    assert "“Mô tả”, “Diễn giải”" in report
    code, report = command(content, "--map", "height_m=Độ cao cột", "--map", "note=", "--dry-run")
    assert (code, report["mapping"]["height_m"]) == (0, "Độ cao cột")
    assert "note" not in report["mapping"]


def plane(srid):
    plane_rows = []
    for number, cells in enumerate(ROWS, 1):
        point = to_plane(LON + number / 2000, LAT, ZONES[srid])
        plane_rows.append((*cells[:4], f"{point.x_northing:.2f}", f"{point.y_easting:.2f}"))
    return text(((*HEADER[:4], "X", "Y"), *plane_rows))


def test_crs(command):
    content = plane(9208)
    code, report = command(content)
    assert code == 1
    assert "hãy hỏi đơn vị lập tệp" in report
    code, report = command(content, "--crs", "vn2000-104-45")
    assert (code, applied(report)) == (0, 3)


def test_crs_takes_any_code_and_names_what_it_does_not_take(command, database, ctx_of):
    rows = [(*cells[:4], f"{11774930 + n * 60}", f"{2250000 + n * 60}") for n, cells in enumerate(ROWS)]
    content = text(((*HEADER[:4], "X", "Y"), *rows))
    for system_code in ("epsg:5773", "máy đo", "999999"):
        code, report = command(content, "--crs", system_code)
        assert code == 1
        assert "crs" in report
    code, report = command(content, "--crs", "3857")
    assert (code, applied(report), report["system"]) == (0, 3, "epsg:3857")
    assert any("WGS 84" in note for note in report["notes"])
    stored = one(database)
    assert (stored.given_srid, stored.position_operation) == (3857, "")
    with ctx_of("viettel") as ctx:
        lon = run(ctx, select(func.ST_X(Structure.geom)).where(Structure.own_code == "T1")).scalar_one()
    assert lon == pytest.approx(105.775995884, abs=1e-8)


def test_table(command):
    content = xlsx((HEADER, *ROWS), name="Một", more={"Hai": (HEADER, *ROWS[:1])})
    code, report = command(content, name="tep.xlsx")
    assert code == 1
    assert "Một, Hai" in report
    code, report = command(content, "--table", "Hai", "--dry-run", name="tep.xlsx")
    assert (code, report["counts"]["rows"]) == (0, 1)


def test_unit(command, database):
    rows = [(*cells[:3], "138", *cells[4:]) for cells in ROWS]
    code, report = command(text((HEADER, *rows)), "--unit", "height_m=ft")
    assert (code, applied(report)) == (0, 3)
    assert float(one(database).height_m) == pytest.approx(42.06, abs=0.01)


def test_outside_area_allowed(command):
    rows = [(*cells[:4], "21.03", "105.85") for cells in ROWS[:1]]
    assert command(text((HEADER, *rows)))[0] == 1
    assert command(text((HEADER, *rows)), "--outside-area-allowed")[0] == 0


def test_full_delivery_and_dry_run(command):
    assert command(text((HEADER, *ROWS)))[0] == 0
    code, report = command(
        text((HEADER, *ROWS[:2], ("T9", "Trạm mới", "A2b", "42", "19.81", "105.77"))), "--full-delivery"
    )
    assert (code, report["counts"]["missing"] >= 1) == (0, True)
    code, report = command(text((HEADER, ("T8", "Trạm khác", "A2b", "42", "19.82", "105.77"))), "--dry-run")
    assert (code, report["batch"]) == (0, None)


# --- positions that only the whole way shows -----------------------------------------------------------------------
def test_geometry_text_in_one_cell_and_both_numbers_in_one_cell(command):
    header = (*HEADER[:4], "Vị trí tọa độ")
    for number, form in enumerate(("Point ({lon} {lat})", "{lat}, {lon}", "point({lon} {lat})")):
        rows = [(f"P{number}{cells[0]}", *cells[1:4], form.format(lon=cells[5], lat=cells[4])) for cells in ROWS]
        code, report = command(text((header, *rows)), "--dry-run")
        assert (code, report["counts"].get("new"), report["system"]) == (0, 3, "wgs84"), report


def test_degrees_minutes_seconds_and_hemisphere_in_four_columns(command, ctx_of):
    axes = [f"{axis} / {part}" for axis in ("Vĩ độ", "Kinh độ") for part in ("Độ", "Phút", "Giây", "Hướng")]
    parts = {
        "T1": ("19", "48", "25,2", "B", "105", "46", "33.6", "Đ"),
        "T2": ("19", "48,42", "", "N", "105", "46.56", "", "E"),
        "T3": ("19.807", "", "", "", "105,776", "", "", ""),
    }
    rows = [(code, f"Trạm {code}", "A2b", "42", *angles) for code, angles in parts.items()]
    code, report = command(text(((*HEADER[:4], *axes), *rows)))
    assert (code, applied(report)) == (0, 3), report
    with ctx_of("viettel") as ctx:
        query = select(func.ST_X(Structure.geom), func.ST_Y(Structure.geom)).where(Structure.own_code.in_(parts))
        for position in run(ctx, query):
            assert position == pytest.approx((105.776, 19.807), abs=1e-8)


def test_a_meridian_in_a_column_is_believed_once(command):
    lines = plane(9208).splitlines()
    content = "\r\n".join([lines[0] + ";KTT", *(f"{line};104°45'" for line in lines[1:])])
    code, report = command(content, "--dry-run")
    assert (code, report["system"]) == (0, "vn2000-104-45")
    content = "\r\n".join(
        [lines[0] + ";KTT", *(f"{line};{m}" for line, m in zip(lines[1:], ("104°45'", "105°", ""), strict=True))]
    )
    code, report = command(content, "--dry-run")
    assert code == 1
    assert "nhiều hệ tọa độ khác nhau" in report


def test_geojson_without_properties_goes_in_with_values_for_all(command):
    features = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [LON + n / 1000, LAT]}} for n in range(3)
    ]
    content = json.dumps({"type": "FeatureCollection", "features": features})
    code, report = command(content, "--set", "name=Bể cáp", kind="manhole", name="tep.geojson")
    assert (code, applied(report)) == (0, 3), report


def test_years_alone_are_dates_of_which_only_the_year_is_known(command, database):
    header = (*HEADER, "Năm xây dựng", "Năm đưa vào sử dụng")
    rows = [(*ROWS[0], "2010", "2010"), (*ROWS[1], "năm 2011", "12/05/2012"), (*ROWS[2], "05/03/2009", "2009")]
    code, report = command(text((header, *rows)))
    assert (code, applied(report)) == (0, 3), report
    stored_rows = [one(database, f"T{n}") for n in (1, 2, 3)]
    assert [str(each.built_on) for each in stored_rows] == ["2010-01-01", "2011-01-01", "2009-03-05"]
    assert [each.built_year_only for each in stored_rows] == [True, True, None]
    assert [str(each.in_service_on) for each in stored_rows] == ["2010-01-01", "2012-05-12", "2009-01-01"]
    assert [each.in_service_year_only for each in stored_rows] == [True, None, True]
    code, report = command(text((header, *rows)))
    assert (code, report["counts"].get("unchanged")) == (0, 3)


# --- values -----------------------------------------------------------------------------------------------------------
def test_values_are_listed_with_suggestions_and_given_a_meaning(command, database):
    header = (*HEADER, "Kết cấu cột", "Ngày xây dựng")
    days = ("6/2019", "7/2020", "2015")
    rows = [(*cells, "Cột dây néo" if n else "Tự đứng", days[n]) for n, cells in enumerate(ROWS)]
    content = text((header, *rows))
    code, shown = command(content, "--values", name="liet_ke.csv")
    assert code == 0
    columns = {column["field"]: column for column in json.loads(shown) if isinstance(shown, str)}
    assert columns["mast_form"]["values"][0] == {
        "text": "Cột dây néo", "rows": 2, "open": True, "meaning": "", "suggested": "guyed"
    }  # fmt: skip
    assert columns["built_on"]["suggested_date_pattern"] == "my"
    code, report = command(content, "--value", "mast_form=Cột dây néo=Dây co", "--date-pattern", "built_on=my")
    assert (code, applied(report)) == (0, 3)
    assert (one(database, "T2").mast_form.value, one(database, "T2").built_on.isoformat()) == ("guyed", "2020-07-01")


def test_suggestions_are_taken_where_that_is_asked(command):
    rows = [(*cells, "Guyed mast") for cells in ROWS]
    content = text(((*HEADER, "Kết cấu cột"), *rows))
    code, report = command(content, "--accept-suggestions", "--dry-run")
    assert (code, report["counts"]["would_apply"], "applied" in report["counts"]) == (0, 3, False)


def test_swapped_columns_are_put_right(command):
    header = (*HEADER[:4], "Kinh độ", "Vĩ độ")
    content = text((header, *ROWS))
    assert command(content, "--dry-run")[0] == 1
    assert command(content, "--swap-xy", "--dry-run")[0] == 0


def test_two_positions_that_disagree_are_asked_about(command):
    metres = plane(5897).splitlines()
    rows = [f"{metres[0]};Vĩ độ;Kinh độ;VN-2000 KTT 105", *(f"{line};19.9;105.7;" for line in metres[1:])]
    code, refusal = command("\r\n".join(rows))
    assert code == 1
    assert "hai cách ghi tọa độ lệch nhau" in refusal
    assert command("\r\n".join(rows), "--map", "x=X", "--map", "y=Y", "--crs", "vn2000", "--dry-run")[0] == 0


def test_every_encoding_of_the_help_is_taken_and_no_other(app, command):
    shown = app.test_cli_runner().invoke(args=["structures", "import", "--help"]).output
    assert all(code in "".join(shown.split()) for code in NAMES)
    assert "utf-7" in command(text((HEADER, *ROWS)), "--encoding", "utf-7")[1]


def test_an_import_is_undone(app, command, database):
    code, report = command(text((HEADER, *ROWS)))
    assert code == 0
    undone = app.test_cli_runner().invoke(args=["imports", "undo", str(report["batch"])])
    assert (undone.exit_code, "Đã hoàn tác" in undone.output) == (0, True)
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(AntennaTower)) == 0
    again = app.test_cli_runner().invoke(args=["imports", "undo", "999999"])
    assert (again.exit_code, "999999" in again.output) == (1, True)


def test_the_files_of_an_archive_go_in_at_once_each_as_its_kind(command, ctx_of):
    holes = [(f"BC-{n}", f"Bể {n}", f"{LAT}", f"{LON + n / 2000}") for n in range(3)]
    ducts = [(f"OC-{n}", f"Ống {n}", "4", f"{LAT},{LON + n / 2000}; {LAT},{LON + (n + 1) / 2000}") for n in range(2)]
    files = {
        "spans.csv": text((("Mã cống", "Tên cống", "Số ống", "Các điểm"), *ducts)),
        "nodes.csv": text((("Mã bể", "Tên bể", "Vĩ độ", "Kinh độ"), *holes)),
        "readme.txt": "x",
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    content = packed.getvalue()
    code, refusal = command(content, name="ofds.zip")
    assert (code, "spans, nodes" in refusal) == (1, True)
    tables = ("--table", "spans=cable_duct", "--table", "nodes=manhole", "--crs", "wgs84")
    code, shown = command(content, *tables, name="ofds.zip")
    assert code == 0
    assert [(report["kind"], report["counts"]["applied"]) for report in json.loads(shown)] == [
        ("manhole", 3),
        ("cable_duct", 2),
    ]


def test_a_long_cell_is_quoted_in_whole_words(command):
    words = "một hai ba bốn năm sáu bảy tám chín mười một mười hai"
    code, report = command(text((HEADER, (*ROWS[0][:3], words, *ROWS[0][4:]))))
    assert code == 1
    value = report["problems"][0]["value"]
    assert value.endswith("…")
    assert words.startswith(f"{value[:-1]} ")
