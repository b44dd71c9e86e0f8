"""Sample files of other people, and their small replicas of our own, by the console: each ends as its table says."""

import json

import pytest
from sqlalchemy import func, select, text

from config.settings import CHECKOUT
from registry.authz.actors import SYSTEM_ACTOR
from registry.imports.reading.client import open_file
from registry.imports.reading.protocol import ReadOptions
from registry.kernel.geo.coordinates import parse_position
from registry.structures import positions
from registry.structures.models import Structure
from tests.support.import_replicas import REPLICAS
from tests.support.import_samples import SAMPLES, as_table
from tests.support.import_ways import assert_ends_as, by_console, structures_in
from tests.support.province import NEEDS_SAMPLES, province, province_url
from tests.support.province import SAMPLES as FOLDER

__all__ = ["province", "province_url"]

#: STT of thanh_hoa_sites -> words that the reason must hold.
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
    86: "Chưa nhập",
    87: "là độ, không phải mét",
    88: "cần tổng số vị trí",
    89: "bắt buộc",
    90: "khoảng cho phép",
    121: "Xã Nga Thắng đã khai",
}
FARTHEST = text(
    "SELECT max(ST_Distance(ST_Point(lon, lat, 4326)::geography, ST_Point(said_lon, said_lat, 4326)::geography))"
    " FROM unnest(CAST(:lon AS float8[]), CAST(:lat AS float8[]), CAST(:said_lon AS float8[]),"
    " CAST(:said_lat AS float8[])) AS place(lon, lat, said_lon, said_lat)"
)
TOWERS = next(sample for sample in SAMPLES if sample.file == "thanh_hoa_sites.csv")
POLES = next(sample for sample in SAMPLES if sample.file == "leyeco_poles.csv" and sample.outside)
#: Lines through a whole country, and 1,669 rows.
LONG = ("kenya_liquid_spans.geojson", "canada_nunavut_stations.csv")


def test_the_guide_says_of_each_sample_what_the_tests_hold():
    assert as_table() in (CHECKOUT / "docs" / "imports.md").read_text(encoding="utf-8")


@NEEDS_SAMPLES
def test_every_file_of_the_folder_is_in_the_table():
    names = {path.name for path in FOLDER.iterdir()} - {"README.md"}
    assert {sample.file for sample in SAMPLES} == names


def samples():
    """All samples but the two with tests of their own.

    Trials are the second of those that differ in nothing but the kind of file, and the long ones that are taken: their
    replicas end the same way.
    """
    ends = set()
    for sample in SAMPLES:
        end = (sample.file.partition("_")[0], sample.kind, sample.how, sample.rows, sample.taken)
        again = sample.rows > 0 and end in ends
        is_long = sample.file in LONG and sample.taken > 0
        ends.add(end)
        if sample not in (TOWERS, POLES):
            yield pytest.param(sample, marks=pytest.mark.trial if again or is_long else (), id=str(sample))


@NEEDS_SAMPLES
@pytest.mark.parametrize("sample", list(samples()))
def test_a_sample_ends_by_the_console_as_the_table_says(province, sample):
    app, database = province
    assert_ends_as(sample, by_console(app, sample, FOLDER / sample.file), 0, structures_in(database)[sample.kind])


@pytest.mark.parametrize("replica", REPLICAS, ids=str)
def test_a_replica_of_a_sample_ends_by_the_console_as_it_should(app, database, tmp_path, replica):
    path = tmp_path / replica.file
    path.write_bytes(replica.content)
    assert_ends_as(replica, by_console(app, replica, path), 0, structures_in(database)[replica.kind])


def row_number(stt):
    return stt + 3 + (stt > 200)


@NEEDS_SAMPLES
def test_all_but_fifteen_bad_rows_come_in_once_and_stand_within_five_centimetres(province):
    app, database = province
    ending = by_console(app, TOWERS, FOLDER / TOWERS.file)
    assert_ends_as(TOWERS, ending, 0, structures_in(database)[TOWERS.kind])
    refused_are_the_bad(ending.reasons)
    assert structures_in(database).total() == 405
    assert _farthest(database) < 0.05

    arguments = ("structures", "import", str(FOLDER / "thanh_hoa_sites.xlsx"), "--json", "--owner", "viettel")
    again = app.test_cli_runner().invoke(args=[*arguments, "--kind", "antenna_tower"])
    told = json.loads(again.stdout)
    assert (again.exit_code, told["counts"]["unchanged"], told["counts"].get("applied", 0)) == (3, 405, 0)
    refused_are_the_bad([(problem["row"], problem["reason"]) for problem in told["problems"] if problem["blocks"]])
    assert structures_in(database).total() == 405


def refused_are_the_bad(reasons):
    assert {row for row, _reason in reasons} == {row_number(stt) for stt in BAD}
    for stt, words in BAD.items():
        of_row = [reason for row, reason in reasons if row == row_number(stt)]
        assert any(words in reason for reason in of_row), (stt, of_row)


def _farthest(database):
    """Metres between each structure and what its row of the file says."""
    with open_file(FOLDER / TOWERS.file, ReadOptions()) as rows:
        cells_by_code = {row.cells[1]: (row.cells[6], row.cells[7]) for row in rows if int(row.cells[0]) not in BAD}
    with database.transaction(SYSTEM_ACTOR) as ctx:
        query = select(Structure.own_code, func.ST_X(Structure.geom), func.ST_Y(Structure.geom)).where(
            Structure.own_code.in_(cells_by_code)
        )
        stored = {code: (lon, lat) for code, lon, lat in positions.run(ctx, query)}
        assert stored.keys() == cells_by_code.keys()
        read = {code: parse_position(pair, "vn2000") for code, pair in cells_by_code.items()}
        pairs = [(*stored[code], parsed_position.lon, parsed_position.lat) for code, parsed_position in read.items()]
        names = ("lon", "lat", "said_lon", "said_lat")
        return ctx.session.scalar(FARTHEST, dict(zip(names, map(list, zip(*pairs, strict=True)), strict=True)))


@NEEDS_SAMPLES
def test_what_comes_in_from_outside_has_no_commune_and_is_marked(province):
    app, database = province
    assert_ends_as(POLES, by_console(app, POLES, FOLDER / POLES.file), 0, structures_in(database)[POLES.kind])
    with database.transaction(SYSTEM_ACTOR) as ctx:
        marked = Structure.outside_area, Structure.commune_id.is_(None)
        assert ctx.session.scalar(select(func.count()).select_from(Structure).where(*marked)) == POLES.taken
