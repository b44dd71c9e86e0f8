"""Wherever and however long a file states its meridian, page and command read the same, and nothing is stored wrong."""

import io
import json
import math

import pytest
import xlsxwriter
from sqlalchemy import func, select

from registry.imports.mapping.coordinate_systems import System
from registry.imports.models import ImportBatch
from registry.kernel.geo.vn2000 import to_plane
from registry.structures.models import Structure
from registry.structures.positions import run
from tests.factories.structures import organisation_id
from tests.messy.making import text
from tests.support.import_files import PLACE
from tests.support.import_ways import _lists as lists_in
from tests.support.import_ways import choose_table, press, send_columns, tables_in, upload

HEADER = ("Mã cột", "X", "Y", "Ghi chú")
FILLER = "Danh sách lập theo kế hoạch rà soát hạ tầng viễn thông thụ động của đơn vị trên địa bàn tỉnh. " * 4
MERIDIANS = {
    "105°30'": System.VN2000_105_30,
    "104°45'": System.VN2000_104_45,
    "105°00'": System.VN2000,
}
COUNT = 8


def rows_in(system, notes=()):
    """Poles near one place, in metres of a zone."""
    points = [to_plane(PLACE[0] + number * 0.001, PLACE[1], system.zone) for number in range(COUNT)]
    return [
        (f"C{number}", f"{at.x_northing:.2f}", f"{at.y_easting:.2f}", dict(notes).get(number, ""))
        for number, at in enumerate(points)
    ]


def workbook(sheets):
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for index, cells in enumerate(rows):
                sheet.write_row(index, 0, cells)
    return target.getvalue()


def padded(cells):
    return (*cells, *[""] * (len(HEADER) - len(cells)))


def title_of(sentence):
    return [padded([sentence]), HEADER]


#: Shape -> (file name, rows of the system, sentence) -> content.
SHAPES = {
    "short title": lambda system, stated: text([*title_of(stated), *rows_in(system)]).encode(),
    "end of a long title": lambda system, stated: text([*title_of(FILLER + stated), *rows_in(system)]).encode(),
    "middle of a long title of a workbook": lambda system, stated: workbook(
        {"Cột": [*title_of(FILLER + stated + ". " + FILLER), *rows_in(system)]}
    ),
    "third row above the table": lambda system, stated: text(
        [padded(["SỞ KHOA HỌC VÀ CÔNG NGHỆ"]), padded([FILLER]), *title_of(stated), *rows_in(system)]
    ).encode(),
    "below the table": lambda system, stated: text(
        [HEADER, *rows_in(system), padded(["Ghi chú: " + FILLER + stated])]
    ).encode(),
    "end of a long note of a late row": lambda system, stated: text(
        [HEADER, *rows_in(system, {COUNT - 1: FILLER + stated})]
    ).encode(),
    "heading of an axis": lambda system, stated: text(
        [("Mã cột", f"X ({stated})", "Y", "Ghi chú"), *rows_in(system)]
    ).encode(),
    "column of the meridian": lambda system, stated: text(
        [
            (*HEADER, "Hệ VN-2000, kinh tuyến trục"),
            *((*cells, stated.rpartition(" ")[2]) for cells in rows_in(system)),
        ]
    ).encode(),
    "sheet of one line": lambda system, stated: workbook(
        {"Cột": [HEADER, *rows_in(system)], "Thuyết minh": [[stated]]}
    ),
    "sheet of notes": lambda system, stated: workbook(
        {"Cột": [HEADER, *rows_in(system)], "Thuyết minh": [["Mục", "Nội dung"], ["1", FILLER], ["2", FILLER + stated]]}
    ),
}


def cases():
    """Each shape, with the meridians by turns; the others are a trial."""
    for index, shape in enumerate(SHAPES):
        for number, meridian in enumerate(MERIDIANS):
            marks = () if number == index % len(MERIDIANS) else pytest.mark.trial
            yield pytest.param(shape, meridian, id=f"{shape}, {meridian}", marks=marks)


def name_of(content):
    return "tep.xlsx" if content.startswith(b"PK") else "tep.csv"


@pytest.fixture
def stored_wrong(ctx_of):
    """A function: codes of the poles that lie more than a metre from where they were, and how many poles there are."""

    def compare():
        query = select(Structure.own_code, func.ST_X(Structure.geom), func.ST_Y(Structure.geom))
        with ctx_of("viettel") as ctx:
            poles = run(ctx, query.where(Structure.kind == "cable_pole")).all()
        return [code for code, lon, lat in poles if distance(code, lon, lat) > 1], len(poles)

    return compare


def distance(code, lon, lat):
    """Metres between a stored pole and where it was."""
    stored, meant = to_plane(lon, lat), to_plane(PLACE[0] + int(code[1:]) * 0.001, PLACE[1])
    return math.hypot(stored.x_northing - meant.x_northing, stored.y_easting - meant.y_easting)


@pytest.mark.parametrize(("shape", "meridian"), list(cases()))
def test_the_command_stores_no_pole_wrong(app, stored_wrong, tmp_path, shape, meridian):
    content = SHAPES[shape](MERIDIANS[meridian], f"tọa độ hệ VN-2000, KTT {meridian}")
    path = tmp_path / name_of(content)
    path.write_bytes(content)
    options = ["--owner", "viettel", "--kind", "cable_pole", "--json", "--set", "length_m=8,5", "--table", "Cột"]
    options += ["--set", "material=concrete"]
    options = options if tables_of(shape) > 1 else [each for each in options if each not in ("--table", "Cột")]
    result = app.test_cli_runner().invoke(args=["structures", "import", str(path), *options])
    assert stored_wrong() == ([], COUNT), result.output
    report = json.loads(result.stdout)
    assert report["system"] == MERIDIANS[meridian].value
    assert any("“" in note and meridian in note for note in report["notes"])


def tables_of(shape):
    return 2 if shape == "sheet of notes" else 1


@pytest.mark.parametrize(("shape", "meridian"), list(cases()))
def test_the_page_suggests_the_same_system_with_a_quotation(app, database, client_of, shape, meridian):
    content = SHAPES[shape](MERIDIANS[meridian], f"tọa độ hệ VN-2000, KTT {meridian}")
    client = client_of("viettel")
    with database.session() as session:
        owner = organisation_id(session, "viettel")
    address = upload(client, content, name_of(content), owner=owner, kind="cable_pole")
    page = client.get(address)
    if tables_in(page):
        choose_table(client, address, "Cột", "cable_pole")
        page = client.get(address)
    assert lists_in(page)["system"][1] == MERIDIANS[meridian].value
    assert "Tệp ghi “" in page.text


def test_a_file_of_two_meridians_is_asked_about(app, database, tmp_path):
    path = tmp_path / "tep.csv"
    path.write_bytes(
        SHAPES["below the table"](System.VN2000, "KTT 105°30'").replace(HEADER[1].encode(), b"X KTT 105", 1)
    )
    result = app.test_cli_runner().invoke(
        args=["structures", "import", str(path), "--owner", "viettel", "--kind", "cable_pole"]
    )
    assert result.exit_code == 1
    assert "nhiều hệ tọa độ khác nhau" in result.output


def spread_over_the_province(system):
    """Poles in the south and the middle of the province, with nothing but codes and metres."""
    places = [(105.5 + number * 0.01, 19.6 if number % 4 == 0 else 19.9) for number in range(24)]
    points = [to_plane(lon, lat, system.zone) for lon, lat in places]
    return [(f"C{number}", f"{at.x_northing:.2f}", f"{at.y_easting:.2f}", "") for number, at in enumerate(points)]


def test_a_usual_system_that_leaves_rows_outside_the_province_is_not_taken(app, database, tmp_path):
    path = tmp_path / "tep.csv"
    content = text([padded(["Hệ VN-2000"]), HEADER, *spread_over_the_province(System.VN2000_105_30)]).encode()
    path.write_bytes(content)
    arguments = ["structures", "import", str(path), "--owner", "viettel", "--kind", "cable_pole"]
    arguments += ["--set", "length_m=8,5", "--set", "material=concrete"]
    refused = app.test_cli_runner().invoke(args=arguments)
    assert refused.exit_code == 1, refused.output
    assert "nằm ngoài địa bàn tỉnh theo hệ gợi ý" in refused.output
    assert "105°30'" in refused.output
    confirmed = app.test_cli_runner().invoke(args=[*arguments, "--crs-confirmed", "--dry-run"])
    assert confirmed.exit_code == 3, confirmed.output


def test_the_page_lets_the_system_be_confirmed_after_a_doubt(app, database, client_of):
    client = client_of("viettel")
    with database.session() as session:
        owner = organisation_id(session, "viettel")
    content = text([padded(["Hệ VN-2000"]), HEADER, *spread_over_the_province(System.VN2000_105_30)]).encode()
    address = upload(client, content, "tep.csv", owner=owner, kind="cable_pole")
    constants = {"constant_length_m": "8,5", "constant_material": "concrete"}
    assert "system_confirmed" not in client.get(address).text
    send_columns(client, address, **constants)
    assert "nằm ngoài địa bàn tỉnh theo hệ gợi ý" in client.get(address).text
    send_columns(client, address, **constants, system_confirmed="y")
    with database.session() as session:
        batch = session.scalars(select(ImportBatch)).one()
        assert batch.state.value == "checked"
    assert press(client, address, "cancel").status_code == 303
