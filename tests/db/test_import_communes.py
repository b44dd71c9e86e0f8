"""Rows that state a commune of any date, over a register with every commune that the province ever had."""

import io
from itertools import cycle

import pytest
from sqlalchemy import select, text, update

from registry.files.storage import FileStore
from registry.imports.commands import SetMapping, UploadFile
from registry.imports.mapping.coordinate_systems import System
from registry.imports.models import ImportResult, RowOutcome
from registry.imports.queries import list_problem_rows, stream_problems
from registry.imports.service import check_batch, read_batch, set_mapping, upload
from registry.kernel.geo.vn2000 import to_plane
from registry.kernel.text import fold
from registry.structures.models import Structure
from registry.territory.rules import split_name
from tests.factories.structures import make, organisation_id
from tests.support import shared
from tests.support.import_files import HEADER, as_csv, site, vietnamese

database, app, ctx_of, client_of, taken_back = shared.FIXTURES

#: Former communes with a place in them, the commune of today there, and whether they passed into it.
_FORMER = text(
    "WITH RECURSIVE later AS (SELECT predecessor_id AS former, successor_id FROM admin_succession"
    "  UNION SELECT later.former, s.successor_id FROM later"
    "   JOIN admin_succession s ON s.predecessor_id = later.successor_id)"
    " SELECT former.id, former.name, former.code, district.name AS district, now.id AS now_id, now.name AS now_name,"
    "  ST_X(place) AS lon, ST_Y(place) AS lat FROM admin_unit former"
    " LEFT JOIN admin_unit district ON district.id = former.parent_id,"
    " ST_PointOnSurface(former.geom) place JOIN admin_unit now ON now.id = unit_at(place, 'commune', :day)"
    " WHERE former.level = 'commune' AND former.valid_to IS NOT NULL"
    "  AND EXISTS (SELECT FROM later WHERE later.former = former.id AND later.successor_id = now.id)"
    " ORDER BY former.code, former.id"
)
_SPLIT = text(
    "SELECT former.name, former.code, now.id AS now_id, ST_X(place) AS lon, ST_Y(place) AS lat"
    " FROM admin_succession s JOIN admin_unit former ON former.id = s.predecessor_id"
    " JOIN admin_unit now ON now.id = s.successor_id, ST_PointOnSurface(now.geom) place"
    " WHERE s.kind = 'partial_split' AND now.valid_to IS NULL AND now.level = 'commune'"
    " AND unit_at(place, 'commune', :day) = now.id ORDER BY former.code, now.code"
)
_NOW = text(
    "SELECT unit.id, unit.name, unit.code, ST_X(place) AS lon, ST_Y(place) AS lat"
    " FROM admin_unit unit, ST_PointOnSurface(unit.geom) place WHERE unit.level = 'commune' AND unit.valid_to IS NULL"
    " AND unit_at(place, 'commune', :day) = unit.id ORDER BY unit.code"
)


def row(number, stated, lon, lat, **changes):
    point = to_plane(lon, lat)
    places = {"X (m)": vietnamese(point.x_northing), "Y (m)": vietnamese(point.y_easting)}
    return site(number, **{"Xã/phường": stated, "Đơn vị chủ quản": "Viettel Thanh Hóa"} | places | changes)


def checked(ctx, folder, rows, header=HEADER):
    """The batch of the rows, and what was found of each in the order of the rows."""
    store = FileStore(folder)
    content = as_csv(rows, header=header)
    command = UploadFile(organisation_id(ctx.session, "viettel"), "antenna_tower", "a.csv", io.BytesIO(content))
    batch = upload(ctx, store, command)
    read_batch(ctx, store, batch.id)
    set_mapping(ctx, SetMapping(batch.id, batch.version, batch.mapping, System(batch.options["system"])))
    check_batch(ctx, batch.id)
    query = select(ImportResult).where(ImportResult.batch_id == batch.id).order_by(ImportResult.number)
    return batch, ctx.session.scalars(query).all()


def reasons(result, *, blocks=True):
    return [each["reason"] for each in result.problems or () if each["field"] == "commune" and each["blocks"] is blocks]


def far_from(rows, lon, lat):
    """The place of a row that lies farthest."""
    return max(rows, key=lambda each: (each.lon - lon) ** 2 + (each.lat - lat) ** 2)


@pytest.fixture(scope="module")
def units(ctx_of):
    """The rows of `_FORMER`."""
    with ctx_of("viettel", read_only=True) as ctx:
        return ctx.session.execute(_FORMER, {"day": ctx.today}).all()


@pytest.fixture(scope="module")
def former(ctx_of, units, tmp_path_factory):
    """Each former commune with the spelling that its row has, and the batch of these rows."""
    with ctx_of("viettel") as ctx:
        assert len(units) > 400
        ways = cycle(("name", "bare", "district", "code", "upper"))
        stated_units = []
        for unit in units:
            spelled = {
                "name": unit.name,
                "bare": split_name(unit.name)[1],
                "district": f"{unit.name}, {unit.district}",
                "code": unit.code,
                "upper": unit.name.upper(),
            }
            stated_units.append((unit, spelled[next(ways)]))
        rows = [row(number, stated, unit.lon, unit.lat) for number, (unit, stated) in enumerate(stated_units, 1)]
        batch, results_of_rows = checked(ctx, tmp_path_factory.mktemp("files"), rows)
        return batch, list(zip(stated_units, results_of_rows, strict=True))


def test_a_former_commune_in_any_spelling_is_taken_as_its_successor_and_shown(former):
    batch, rows = former
    for (unit, stated), result in rows:
        assert (result.outcome, reasons(result)) == (RowOutcome.NEW, []), (stated, unit)
        remarks = " ".join(reasons(result, blocks=False))
        if unit.now_name.casefold() != stated.casefold():
            assert unit.now_name in remarks, (stated, remarks)
    assert batch.counts["new"] == len(rows)


def test_what_was_understood_is_noted_for_the_file_and_is_no_problem(former, ctx_of):
    batch, rows = former
    with ctx_of("viettel") as ctx:
        told = {each.number for each in list_problem_rows(ctx, batch)}
        assert told == {problem.row for problem in stream_problems(ctx, batch)}
    quiet = {result.number for _said, result in rows if result.problems and not result.remarks}
    assert len(quiet) > 100
    assert told.isdisjoint(quiet)
    noted = [note for note in batch.notes if ", trước 01/07/2025: " in note]
    assert 0 < len(noted) <= 20
    assert any("tên xã, phường trước đây khác" in note for note in batch.notes)


def test_both_halves_of_a_split_commune_are_settled_by_the_position(ctx_of, tmp_path):
    with ctx_of("viettel") as ctx:
        parts = ctx.session.execute(_SPLIT, {"day": ctx.today}).all()
        assert len(parts) > 15
        rows = [row(number, part.name, part.lon, part.lat) for number, part in enumerate(parts, 1)]
        _batch, results_of_rows = checked(ctx, tmp_path, rows)
        assert [
            (part.name, reasons(each)) for part, each in zip(parts, results_of_rows, strict=True) if reasons(each)
        ] == []


def test_a_row_far_from_what_it_states_is_refused_by_both_names(ctx_of, units, tmp_path):
    with ctx_of("viettel") as ctx:
        units, rows = units[::9], []
        for number, unit in enumerate(units, 1):
            other = far_from(units, unit.lon, unit.lat)
            rows.append(row(number, f"{unit.name}, {unit.district}", other.lon, other.lat))
        _batch, results_of_rows = checked(ctx, tmp_path, rows)
        for unit, result in zip(units, results_of_rows, strict=True):
            (reason,) = reasons(result)
            assert result.outcome is RowOutcome.REFUSED
            assert unit.name in reason
            assert "km" in reason


def test_a_name_never_becomes_another_that_differs_by_its_marks(ctx_of, units, tmp_path):
    with ctx_of("viettel") as ctx:
        alike = {}
        for unit in ctx.session.execute(_NOW, {"day": ctx.today}).all():
            alike.setdefault(fold(_bare(unit)), []).append(unit)
        pairs = [
            (named_unit, other)
            for named_unit in units
            for other in alike.get(fold(_bare(named_unit)), ())
            if _bare(named_unit) != _bare(other) and named_unit.now_id != other.id
        ]
        assert ("Xã Đông Tiến", "Xã Đồng Tiến") in {(named_unit.name, other.name) for named_unit, other in pairs}
        rows = [
            row(number, named_unit.name, other.lon, other.lat) for number, (named_unit, other) in enumerate(pairs, 1)
        ]
        _batch, results_of_rows = checked(ctx, tmp_path, rows)
        far = [(pair, each) for pair, each in zip(pairs, results_of_rows, strict=True) if reasons(each)]
        assert far
        for (named_unit, other), result in zip(pairs, results_of_rows, strict=True):
            remarks = reasons(result) + reasons(result, blocks=False)
            assert any(named_unit.name in reason for reason in remarks) or result.outcome is RowOutcome.NEW, (
                named_unit,
                other,
            )
            assert not any(f"hiểu là {other.name}" in reason for reason in remarks)


def _bare(unit):
    return split_name(unit.name)[1].casefold()


def test_a_name_with_several_bearers_asks_where_the_position_does_not_settle_it(ctx_of, units, tmp_path):
    with ctx_of("viettel") as ctx:
        places = {}
        for unit in units:
            places.setdefault(unit.name, {})[unit.now_id] = unit
        several = [list(bearers.values()) for bearers in places.values() if len(bearers) > 1]
        assert len(several) > 5
        now = ctx.session.execute(_NOW, {"day": ctx.today}).all()
        rows, wanted = [], []
        for bearers in several:
            away = max(
                now,
                key=lambda candidate: min(
                    (candidate.lon - each.lon) ** 2 + (candidate.lat - each.lat) ** 2 for each in bearers
                ),
            )
            rows += [row(len(rows) + 1, bearers[0].name, away.lon, away.lat)]
            wanted.append((bearers, None))
            for bearer in bearers:
                rows += [row(len(rows) + 1, bearer.name, bearer.lon, bearer.lat)]
                wanted.append((bearers, bearer))
        _batch, results_of_rows = checked(ctx, tmp_path, rows)
        for (bearers, bearer), result in zip(wanted, results_of_rows, strict=True):
            if bearer is None:
                (reason,) = reasons(result)
                assert "nhiều nơi" in reason
                assert all(each.code in reason for each in bearers)
            else:
                assert reasons(result) == []
                remarks = reasons(result, blocks=False)
                # Nothing is said of a commune that lies there today and is called so.
                assert bearer.name == bearer.now_name or any(bearer.now_name in each for each in remarks), bearer


def test_the_commune_that_the_register_itself_has_is_taken_back_where_the_structure_stays(ctx_of, units, tmp_path):
    with ctx_of("viettel") as ctx:
        here, there = units[0], far_from(units, units[0].lon, units[0].lat)
        structures = [make(ctx, at=(here.lon, here.lat), own_code=f"THA-{number:04d}") for number in (1, 2)]
        ids = [each.id for each in structures]
        # As an outline of its day had it, which has been corrected since.
        ctx.session.execute(update(Structure).where(Structure.id.in_(ids)).values(commune_id=there.id))
        ctx.session.flush()
        rows = [row(1, there.name, here.lon, here.lat), row(2, there.name, here.lon + 0.001, here.lat)]
        _batch, results_of_rows = checked(ctx, tmp_path, rows)
        assert reasons(results_of_rows[0]) == []
        assert reasons(results_of_rows[1]) != []


def test_a_district_in_a_column_of_its_own_tells_bearers_of_a_name_apart(ctx_of, units, tmp_path):
    """Rows far from every unit of the name, which the position does not settle. An unknown district changes nothing."""
    with ctx_of("viettel") as ctx:
        names = {}
        for unit in units:
            names.setdefault(unit.name, {})[unit.district] = unit
        several = [bearers for bearers in names.values() if len({unit.now_id for unit in bearers.values()}) > 1]
        assert len(several) > 10
        rows, wanted = [], []
        for bearers in several[::2]:
            for district, unit in bearers.items():
                other = far_from(units, unit.lon, unit.lat)
                for stated_district, stated_unit in (
                    (district, unit),
                    (district, other),
                    ("Cụm 3", unit),
                    ("Cụm 3", other),
                ):
                    rows.append(
                        row(len(rows) + 1, unit.name, stated_unit.lon, stated_unit.lat, **{"Ghi chú": stated_district})
                    )
                    wanted.append((bearers, unit, stated_district, stated_unit is unit))
        header = ["Huyện/TX/TP" if word == "Ghi chú" else word for word in HEADER]
        _batch, results_of_rows = checked(ctx, tmp_path, rows, header)
    for (bearers, unit, district, at_home), result in zip(wanted, results_of_rows, strict=True):
        if at_home:
            assert reasons(result) == [], (unit, district)
        else:
            (reason,) = reasons(result)
            assert unit.name in reason
            others = [name for name in bearers if name != district]
            # A commune of today may bear the name, too, and be made of parts of that district.
            assert all(f"({name}, mã" in reason for name in others) is (district == "Cụm 3"), reason
            assert any(f"({name}, mã" in reason for name in others) is not (district != "Cụm 3"), reason


def test_a_suggested_column_of_which_no_value_names_a_commune_is_left_out_with_a_remark(ctx_of, tmp_path):
    stated = ("Khu A", "Khu B", "Khu A", "")
    with ctx_of("viettel") as ctx:
        rows = [row(index, name, 105.776 + index * 0.001, 19.807) for index, name in enumerate(stated, 1)]
        batch, results = checked(ctx, tmp_path, rows)
        assert [result.outcome for result in results] == [RowOutcome.NEW] * 4
        assert [note for note in batch.notes if "“Xã/phường”" in note and "bị bỏ qua" in note]
        # One value that names a commune makes it one: the others are slips.
        rows[3] = row(4, "Phường Hạc Thành", 105.78, 19.807)
        batch, results = checked(ctx, tmp_path, rows)
        assert [result.outcome for result in results] == [RowOutcome.REFUSED] * 3 + [RowOutcome.NEW]
