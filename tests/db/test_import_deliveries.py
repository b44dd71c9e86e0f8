"""What an import lets be seen: missing structures, a bounded report, how far an undo is, places beyond the border."""

import csv
import io
import json
import tracemalloc

import pytest
from sqlalchemy import func, select, text

from registry.accounts.user_jobs import Stopped
from registry.imports import cli
from registry.imports.commands import SetMapping, UploadFile
from registry.imports.mapping.coordinate_systems import System
from registry.imports.models import BatchState, ImportBatch, ImportMissing, ImportResult, ImportRow, RowOutcome
from registry.imports.outcome.error_file import write_problems
from registry.imports.queries import stream_problems
from registry.imports.service import (
    apply_batch,
    can_apply,
    check_batch,
    read_batch,
    request_apply,
    request_undo,
    set_mapping,
    undo_batch,
    upload,
)
from registry.kernel.errors import Conflict
from registry.kernel.geo.vn2000 import to_plane
from registry.structures.models import Structure
from registry.structures.writing import revert
from tests.factories.structures import organisation_id
from tests.support import shared
from tests.support.import_files import as_csv, site, vietnamese
from tests.support.import_ways import press, send_columns
from tests.support.import_ways import upload as send

SHOWN = 12
#: Lines of a file above its rows.
ABOVE = 3


STOOD = (1, 2, 3, 4, 5)

database, app, ctx_of, client_of, taken_back = shared.FIXTURES


@pytest.fixture(scope="module", autouse=True)
def first(ctx_of, store):
    """The id of the batch that brought what stands in all tests of this file."""
    with ctx_of("viettel") as ctx:
        return bring(ctx, store, sites(*STOOD)).id


def check(ctx, store, content, *, full=False, outside=False):
    owner_id = organisation_id(ctx.session, "viettel")
    batch = upload(ctx, store, UploadFile(owner_id, "antenna_tower", "a.csv", io.BytesIO(content), full))
    read_batch(ctx, store, batch.id)
    system = System(batch.options["system"])
    command = SetMapping(batch.id, batch.version, batch.mapping, system, full_delivery=full, outside_area=outside)
    set_mapping(ctx, command)
    return check_batch(ctx, batch.id)


def bring(ctx, store, content, **options):
    batch = check(ctx, store, content, **options)
    request_apply(ctx, batch.id)
    return apply_batch(ctx, batch.id)


def sites(*numbers, **changes):
    return as_csv([site(number, **changes) for number in numbers])


# --- full deliveries ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("left_out", [(), (1, 2, 4)])
def test_a_full_delivery_that_changes_nothing_lists_what_it_leaves_out(ctx_of, store, left_out):
    with ctx_of("viettel") as ctx:
        batch = check(ctx, store, sites(*(number for number in STOOD if number not in left_out)), full=True)
        assert batch.counts.get("new", 0) + batch.counts.get("changed", 0) == 0
        assert can_apply(batch)
        before = {each.id: each.version for each in ctx.session.scalars(select(Structure))}
        assert request_apply(ctx, batch.id)
        batch = apply_batch(ctx, batch.id)
        assert batch.state is BatchState.APPLIED
        query = select(Structure.own_code).join(ImportMissing, ImportMissing.structure_id == Structure.id)
        assert set(ctx.session.scalars(query)) == {f"THA-{number:04d}" for number in left_out}
        assert batch.counts.get("missing", 0) == len(left_out)
        assert {each.id: each.version for each in ctx.session.scalars(select(Structure))} == before


def test_a_list_that_names_nothing_that_stands_is_still_refused(ctx_of, store):
    with ctx_of("viettel") as ctx:
        batch = check(ctx, store, sites(1, **{"Chiều cao cột (m)": "cao"}), full=True)
        with pytest.raises(Conflict):
            request_apply(ctx, batch.id)
        plain = check(ctx, store, sites(1, 2))
        with pytest.raises(Conflict):
            request_apply(ctx, plain.id)


def test_the_page_offers_to_note_a_full_list_and_the_console_does_it(ctx_of, client_of, app, tmp_path):
    with ctx_of("viettel") as ctx:
        owner = organisation_id(ctx.session, "viettel")
    client = client_of("viettel")
    address = send(client, sites(1, 2, 3, 4), "đầy đủ.csv", owner=owner, kind="antenna_tower")
    assert send_columns(client, address, full_delivery="y").status_code == 303
    assert "Ghi nhận danh sách đầy đủ" in client.get(address).text
    assert press(client, address, "apply").status_code == 303
    path = tmp_path / "a.csv"
    path.write_bytes(sites(1, 2, 3, 4))
    arguments = ["structures", "import", str(path), "--owner", "viettel", "--kind", "antenna_tower", "--full-delivery"]
    result = app.test_cli_runner().invoke(args=arguments)
    assert result.exit_code == 0, result.output
    assert "1 công trình đang khai thác không có trong danh sách đầy đủ này" in result.output


# --- the report of the console --------------------------------------------------------------------------------------
def bad(count):
    changes = {"Chiều cao cột (m)": "cao", "Xã/phường": ""}
    return as_csv([site(number, **changes) for number in range(1, count + 1)])


def console(app, path, *more):
    arguments = ["structures", "import", str(path), "--owner", "viettel", "--kind", "antenna_tower", "--dry-run", *more]
    return app.test_cli_runner().invoke(args=arguments)


def lines_of(path):
    with open(path, encoding="utf-8-sig", newline="") as source:
        return list(csv.DictReader(source, delimiter=";"))


@pytest.fixture
def few(monkeypatch):
    """The console shows few problems."""
    assert cli.SHOWN_PROBLEMS > SHOWN
    monkeypatch.setattr(cli, "SHOWN_PROBLEMS", SHOWN)


def wrong_heights(path):
    """The rows that a file of problems names for their height."""
    return [int(line["Dòng"]) for line in lines_of(path) if line["Giá trị"] == "cao"]


@pytest.mark.parametrize("count", [3, SHOWN, SHOWN + 7])
def test_the_report_holds_the_first_problems_and_a_file_holds_all(app, few, tmp_path, monkeypatch, count):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "sai.csv"
    path.write_bytes(bad(count))
    report = json.loads(console(app, path, "--json").stdout)
    # Each row has one problem; that it stands too near to the one before is remarked on besides.
    assert len(report["problems"]) == min(report["problem_count"], SHOWN)
    assert count <= report["problem_count"] <= 2 * count
    assert (report["problem_file"] is None) == (report["problem_count"] <= SHOWN)
    if report["problem_file"]:
        assert wrong_heights(report["problem_file"]) == list(range(4, count + 4))


def test_the_report_as_text_is_bounded_and_never_takes_the_place_of_a_file(app, few, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "sai.csv"
    path.write_bytes(bad(SHOWN + 50))
    (tmp_path / "sai-problems.csv").write_text("của người khác", encoding="utf-8")
    output = console(app, path).output
    assert len(output.splitlines()) < SHOWN + 20
    assert "sai-problems-2.csv" in output
    assert (tmp_path / "sai-problems.csv").read_text(encoding="utf-8") == "của người khác"
    assert len(wrong_heights("sai-problems-2.csv")) == SHOWN + 50
    report_path = tmp_path / "ở đây.csv"
    assert str(report_path) in console(app, path, "--problems", str(report_path)).output
    assert len(wrong_heights(report_path)) == SHOWN + 50


_MANY = text(
    "INSERT INTO import_result (batch_id, number, outcome, warned, problems)"
    " SELECT :batch, number, 'refused', false, jsonb_build_array(jsonb_build_object('field', 'height_m',"
    " 'column', 'Cao', 'value', 'x' || number, 'reason', repeat('sai ', 40), 'blocks', true))"
    " FROM generate_series(1, :count) number"
)


def test_the_memory_of_a_report_does_not_grow_with_its_rows(ctx_of, store, tmp_path):
    peaks = []
    with ctx_of("viettel") as ctx:
        batch = check(ctx, store, sites(1))
        for count in (1_000, 4_000):
            ctx.session.execute(text("DELETE FROM import_result WHERE batch_id = :batch"), {"batch": batch.id})
            ctx.session.execute(_MANY, {"batch": batch.id, "count": count})
            tracemalloc.start()
            assert write_problems(tmp_path / "all.csv", stream_problems(ctx, batch)) == count
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0] + 1_000_000, peaks


# --- plans ----------------------------------------------------------------------------------------------------------
def test_the_planner_knows_the_rows_of_an_import_before_they_are_read(ctx_of, store):
    with ctx_of("viettel") as ctx:
        batch = check(ctx, store, sites(*range(1, 101)))
        for table in (ImportRow, ImportResult):
            name = table.__tablename__
            query = text(f"EXPLAIN (FORMAT JSON) SELECT * FROM {name} WHERE batch_id = :batch")  # noqa: S608
            plan = ctx.session.scalar(query, {"batch": batch.id})
            assert 50 <= plan[0]["Plan"]["Plan Rows"] <= 200, name


# --- undo -----------------------------------------------------------------------------------------------------------
class Watch:
    """Progress that notes what it is told, and stops the work where it is asked to."""

    def __init__(self, stop_after=None):
        self.steps, self.done, self._stop_after = [], [], stop_after

    def step(self, name, total=None):
        self.steps.append((name, total))

    def advance(self, done):
        self.done.append(done)
        if self._stop_after is not None and len(self.done) > self._stop_after:
            raise Stopped


def test_the_progress_of_an_undo_moves_from_step_to_step(ctx_of, store, monkeypatch):
    monkeypatch.setattr(revert, "AT_ONCE", 3)
    with ctx_of("viettel") as ctx:
        # Some are new, some only changed: both kinds of steps are taken.
        batch_id = bring(ctx, store, sites(*range(3, 13), **{"Ghi chú": "lần hai", "Đã sử dụng": "2"})).id
    watch = Watch()
    with ctx_of("viettel") as ctx:
        request_undo(ctx, batch_id)
        assert undo_batch(ctx, batch_id, watch).state is BatchState.UNDONE
        assert ctx.session.scalar(select(func.count()).select_from(Structure)) == len(STOOD)
        assert set(ctx.session.scalars(select(Structure.note))) == {None}
    assert watch.steps == [("undoing", 10)]
    assert watch.done == sorted(watch.done)
    assert len(set(watch.done)) > 5
    assert watch.done[-1] == 10


def test_an_undo_that_is_stopped_on_its_way_leaves_everything_as_it_is(ctx_of, first, monkeypatch):
    monkeypatch.setattr(revert, "AT_ONCE", 2)
    with ctx_of("viettel") as ctx:
        request_undo(ctx, first)
        with pytest.raises(Stopped):
            undo_batch(ctx, first, Watch(stop_after=3))
        assert ctx.session.scalar(select(func.count()).select_from(Structure)) == len(STOOD)
        assert ctx.session.get_one(ImportBatch, first).state is BatchState.UNDOING
        assert ctx.session.scalar(text("SELECT current_setting('registry.reverting', true)")) in (None, "")


# --- beyond the border ----------------------------------------------------------------------------------------------
_BEYOND = text(
    "SELECT ST_X(place) AS lon, ST_Y(place) AS lat FROM generate_series(0, 11) step,"
    " (SELECT ST_ExteriorRing(part) AS ring FROM"
    "  (SELECT (ST_Dump(ST_Buffer(ST_Transform(geom, 5897), :metres))).geom AS part"
    "   FROM admin_unit WHERE level = 'province' AND valid_to IS NULL) parts ORDER BY ST_Area(part) DESC LIMIT 1)"
    " beyond,"
    " ST_Transform(ST_LineInterpolatePoint(ring, step / 12.0), 4326) place"
    " WHERE unit_at(place, 'commune', :day) IS NULL"
)


@pytest.mark.parametrize("allowed", [False, True])
def test_a_place_beyond_the_border_is_remarked_on_also_where_it_is_allowed(ctx_of, store, allowed):
    with ctx_of("quantri") as ctx:
        rows, metres_of = [], {}
        for metres in (60, 300, 1500):
            places = ctx.session.execute(_BEYOND, {"metres": metres, "day": ctx.today}).all()
            assert len(places) > 5
            for position in places:
                point = to_plane(position.lon, position.lat)
                changes = {"X (m)": vietnamese(point.x_northing), "Y (m)": vietnamese(point.y_easting), "Xã/phường": ""}
                rows.append(site(101 + len(rows), **changes))
                metres_of[len(rows) + ABOVE] = metres
        batch = check(ctx, store, as_csv(rows), outside=allowed)
        query = select(ImportResult).where(ImportResult.batch_id == batch.id)
        for result in ctx.session.scalars(query):
            metres = metres_of.pop(result.number)
            remarks = [each for each in result.problems or () if "ngoài" in each["reason"]]
            assert [each["blocks"] for each in remarks] == [not allowed]
            assert result.outcome is (RowOutcome.NEW if allowed else RowOutcome.REFUSED)
            if allowed:
                shown = int(remarks[0]["reason"].split("ranh giới ")[1].split(" m")[0])
                # The corners of the outline that was drawn around the province are cut a little.
                assert 0.97 * metres - 1 <= shown <= metres + 1
        assert metres_of == {}
