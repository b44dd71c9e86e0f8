"""The sample files of operators with the official boundaries, by the console command, as a whole."""

import json

import pytest
from sqlalchemy import func, select

from config.settings import CHECKOUT, Settings
from registry.authz.actors import SYSTEM_ACTOR
from registry.imports.reading import read_table
from registry.imports.targets import is_known
from registry.kernel.db.session import WEB_ROLE, Database
from registry.kernel.geo.coordinates import parse_position
from registry.structures import positions
from registry.structures.models import Structure
from registry.territory.importing.service import import_folder
from registry.wiring import create_app

DATA = CHECKOUT.parent / "shared" / "data"
SAMPLES = DATA / "samples"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files are not beside this checkout")

#: STT -> words that the reason must hold (README of the samples).
BAD = {
    11: "Xã Hoạt Giang đã khai",
    34: "X và Y bị đổi chỗ",
    35: "X và Y bị đổi chỗ",
    58: "đã có ở dòng 60",
    81: "không ghi đơn vị",
    82: "không phải là số",
    83: "nhiều hơn tổng số 3",
    84: "không có trong danh mục",
    85: "Không có xã, phường nào",
    86: "Còn trống",
    87: "là độ, không phải mét",
    88: "cần tổng số vị trí",
    89: "bắt buộc",
    90: "khoảng cho phép",
    121: "Xã Nga Thắng đã khai",
}


@pytest.fixture(scope="module")
def site(module_url, tmp_path_factory):
    """An application whose database has the official boundaries."""
    settings = Settings(secret_key="x" * 40, data_dir=tmp_path_factory.mktemp("data"), testing=True)
    database = Database(module_url, role=WEB_ROLE)
    app = create_app(settings, database)
    with database.transaction(SYSTEM_ACTOR) as ctx:
        import_folder(ctx, DATA / "boundaries")
    yield app, database
    database.dispose()


def command(app, file, *options):
    arguments = ["structures", "import", str(SAMPLES / file), "--json", *options]
    result = app.test_cli_runner().invoke(args=arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, json.loads(result.stdout) if result.stdout.startswith("{") else result.output


def row_number(stt):
    return stt + 3 + (stt > 200)


def count(database, *where):
    with database.transaction(SYSTEM_ACTOR) as ctx:
        return ctx.session.scalar(select(func.count()).select_from(Structure).where(*where))


@pytest.mark.parametrize("file", ["thanh_hoa_sites.csv", "thanh_hoa_sites.xlsx"])
def test_exactly_the_fifteen_bad_rows_are_refused_each_with_its_reason(site, file):
    app, _database = site
    code, report = command(app, file, "--owner", "viettel", "--kind", "antenna_tower", "--dry-run")
    stopping = [problem for problem in report["problems"] if problem["blocks"]]
    assert code == 3
    assert {problem["row"] for problem in stopping} == {row_number(stt) for stt in BAD}
    for stt, words in BAD.items():
        reasons = [problem["reason"] for problem in stopping if problem["row"] == row_number(stt)]
        assert any(words in reason for reason in reasons), (stt, reasons)


def test_the_rest_stands_within_five_centimetres_and_comes_in_once(site):
    app, database = site
    before = count(database)
    code, report = command(app, "thanh_hoa_sites.csv", "--owner", "viettel", "--kind", "antenna_tower")
    assert (code, report["counts"]["applied"], count(database) - before) == (3, 405, 405)
    assert _farthest(database) < 0.05
    for again in ("thanh_hoa_sites.csv", "thanh_hoa_sites.xlsx"):
        code, report = command(app, again, "--owner", "viettel", "--kind", "antenna_tower")
        assert (code, report["counts"]["existing"], report["counts"].get("applied", 0)) == (3, 405, 0)
    assert count(database) - before == 405


def _farthest(database):
    """Metres between each structure and what its row of the file says."""
    table = read_table((SAMPLES / "thanh_hoa_sites.csv").read_bytes(), lambda word: is_known("antenna_tower", word))
    given = {row.cells[1]: (row.cells[6], row.cells[7]) for row in table.rows if int(row.cells[0]) not in BAD}
    farthest = 0.0
    with database.transaction(SYSTEM_ACTOR) as ctx:
        query = select(Structure.own_code, func.ST_X(Structure.geom), func.ST_Y(Structure.geom)).where(
            Structure.own_code.in_(given)
        )
        stored = {code: (lon, lat) for code, lon, lat in positions.run(ctx, query)}
        assert stored.keys() == given.keys()
        for code, pair in given.items():
            place = parse_position(pair, "vn2000")
            points = [
                func.Geography(func.ST_SetSRID(func.ST_MakePoint(*each), 4326))
                for each in (stored[code], (place.lon, place.lat))
            ]
            farthest = max(farthest, ctx.session.scalar(select(func.ST_Distance(*points))))
    return farthest


def test_poles_of_another_country_come_in_only_when_that_is_allowed(site):
    app, database = site
    options = ("leyeco_poles.csv", "--owner", "pc_thanhhoa", "--kind", "power_pole_shared")
    code, report = command(app, *options)
    assert (code, report["counts"]) == (1, {"rows": 100, "refused": 100})
    code, report = command(app, *options, "--outside-area-allowed")
    assert (code, report["counts"]["applied"]) == (0, 100)
    assert count(database, Structure.outside_area, Structure.commune_id.is_(None)) == 100


def test_a_format_that_is_not_read_is_said(site):
    app, _database = site
    code, output = command(app, "sabah_transmission.kml", "--owner", "viettel", "--kind", "pole_line")
    assert code == 1
    assert "KML" in output
