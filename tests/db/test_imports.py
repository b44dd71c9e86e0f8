"""A file of an operator becomes structures: every bad row is told with its reason, the good ones go in once."""

import io

import pytest
from sqlalchemy import func, select

from registry.audit.models import AuditEvent
from registry.authz.actors import SYSTEM_ACTOR
from registry.capacity.models import CapacityPlace
from registry.imports.commands import SetMapping, UploadFile
from registry.imports.mapping.plan import System
from registry.imports.models import BatchState, ImportResult, RowOutcome
from registry.imports.queries import batches_query, get_batch
from registry.imports.service import (
    apply_batch,
    cancel_batch,
    check_batch,
    read_batch,
    request_apply,
    set_mapping,
    upload,
)
from registry.kernel.db.history import history_of
from registry.kernel.errors import Conflict, Forbidden, Invalid, NotFound, SignInRequired
from registry.structures import positions
from registry.structures.codes import SharingStatus
from registry.structures.models import Structure
from tests.factories.structures import organisation_id
from tests.support import shared
from tests.support.import_files import (
    BAD,
    GOOD,
    PLACE,
    STEP,
    as_csv,
    as_geojson,
    as_xlsx,
    row_number,
    rows_of_sites,
    site,
)

database, app, ctx_of, client_of, taken_back = shared.FIXTURES


@pytest.fixture(scope="module", autouse=True)
def brought(ctx_of, store):
    """The batch of Viettel's that all tests of this file find applied: four good rows, and one of each bad kind."""
    with ctx_of("viettel") as ctx:
        return run(ctx, store, as_csv(rows_of_sites())).id


def send(ctx, store, content, *, kind="antenna_tower", owner="viettel"):
    owner_id = organisation_id(ctx.session, owner)
    batch = upload(ctx, store, UploadFile(owner_id, kind, "danh sách.csv", io.BytesIO(content)))
    return read_batch(ctx, store, batch.id)


def check(ctx, store, batch, *, outside_area=False):
    system = System(batch.options["system"])
    set_mapping(ctx, SetMapping(batch.id, batch.version, batch.mapping, system, outside_area=outside_area))
    return check_batch(ctx, batch.id)


def run(ctx, store, content, **options):
    """Upload, check and apply; returns the batch."""
    outside_area = options.pop("outside_area", False)
    batch = check(ctx, store, send(ctx, store, content, **options), outside_area=outside_area)
    if request_apply(ctx, batch.id):
        apply_batch(ctx, batch.id)
    return batch


def rows_of(ctx, batch):
    query = select(ImportResult).where(ImportResult.batch_id == batch.id).order_by(ImportResult.number)
    return {row.number: row for row in ctx.session.scalars(query)}


def owned(ctx):
    return ctx.session.scalar(select(func.count()).select_from(Structure))


def test_each_bad_row_is_refused_with_its_reason_and_the_rest_goes_in(ctx_of, brought):
    with ctx_of("viettel") as ctx:
        batch = get_batch(ctx, brought)
        refused_are_the_bad(rows_of(ctx, batch))
        assert (batch.state, batch.counts["applied"]) == (BatchState.APPLIED, len(GOOD))


def refused_are_the_bad(rows):
    refused = {number for number, row in rows.items() if row.outcome is RowOutcome.REFUSED}
    assert refused == {row_number(stt) for stt in BAD}
    for stt, (_change, words) in BAD.items():
        reasons = [problem["reason"] for problem in rows[row_number(stt)].problems if problem["blocks"]]
        assert any(words in reason for reason in reasons), (stt, reasons)


def test_structures_stand_where_the_file_says_with_status_and_places(ctx_of, brought):
    with ctx_of("viettel") as ctx:
        rows = rows_of(ctx, get_batch(ctx, brought))
        for stt in GOOD:
            structure_id = rows[row_number(stt)].structure_id
            metres = positions.run(ctx, _distance(structure_id, PLACE[0] + stt * STEP, PLACE[1])).scalar_one()
            assert metres < 0.05
        by_code = {s.own_code: s for s in ctx.session.scalars(select(Structure))}
        assert by_code["THA-0001"].sharing_status is SharingStatus.AVAILABLE
        assert by_code["THA-0017"].sharing_status is SharingStatus.EXCLUSIVE_FULL
        assert by_code["THA-0018"].sharing_status is SharingStatus.SHARED_FULL
        slot = ctx.session.scalars(
            select(CapacityPlace).where(CapacityPlace.structure_id == by_code["THA-0001"].id)
        ).one()
        assert (slot.total, slot.used, slot.free) == (3, 1, 2)


def _distance(structure_id, lon, lat):
    there = func.Geography(func.ST_SetSRID(func.ST_MakePoint(lon, lat), 4326))
    return select(func.ST_Distance(func.Geography(Structure.geom), there)).where(Structure.id == structure_id)


def test_the_whole_batch_is_one_change_in_history_and_audit(ctx_of, brought):
    with ctx_of("so.khcn") as ctx:
        batch, past = get_batch(ctx, brought), history_of(Structure)
        changes = set(ctx.session.scalars(select(past.c.change_id).where(past.c.own_code.like("THA-00%"))))
        assert changes == {batch.applied_change_id}
        event = ctx.session.scalars(select(AuditEvent).where(AuditEvent.change_id == batch.applied_change_id)).one()
        assert event.on_behalf_of_id == batch.organisation_id


def test_the_same_rows_as_a_workbook_are_refused_alike_and_change_nothing(ctx_of, store):
    with ctx_of("viettel") as ctx:
        before = owned(ctx)
        batch = check(ctx, store, send(ctx, store, as_xlsx(rows_of_sites())))
        refused_are_the_bad(rows_of(ctx, batch))
        assert batch.counts[RowOutcome.UNCHANGED] == len(GOOD)
        with pytest.raises(Conflict, match="Không có dòng nào nhập được"):
            request_apply(ctx, batch.id)
        assert owned(ctx) == before


def test_rows_without_a_code_are_recognised_by_their_file(ctx_of, store):
    point = {"type": "Point", "coordinates": list(PLACE)}
    content = as_geojson((point, {"name": "Cột không mã", "length_m": 8.5}))
    with ctx_of("viettel") as ctx:
        assert run(ctx, store, content, kind="cable_pole").counts["applied"] == 1
        again = check(ctx, store, send(ctx, store, content, kind="cable_pole"))
        assert again.counts == {"rows": 1, RowOutcome.UNCHANGED: 1, "warned": 0}


#: Points of a line that lies nowhere, and words of the reason.
NOWHERE = (
    ([[19.807, 105.776], [19.808, 105.777]], "đổi chỗ"),
    ([[0, 0], [0.001, 0.001]], ""),
    ([[105.776, 19.807], [105.777, 191.807]], ""),
    ([[581154, 2191076], [581254, 2191176]], ""),
    ([[999999999, 999999999], [999999998, 999999999]], ""),
    ([[105.776 + number * 1e-5, 19.807] for number in range(5_002)], "Tuyến có 5.002 điểm"),
)


def test_lines_become_lines_and_those_that_lie_nowhere_are_refused_in_words(ctx_of, store):
    good = {"type": "LineString", "coordinates": [[105.776, 19.807], [105.779, 19.81]]}
    area = {"type": "MultiPolygon", "coordinates": []}
    shapes = [good, area, *(good | {"coordinates": ends} for ends, _words in NOWHERE)]
    content = as_geojson(*((shape, {"name": f"Tuyến {number}"}) for number, shape in enumerate(shapes, 1)))
    with ctx_of("viettel") as ctx:
        batch = run(ctx, store, content, kind="pole_line")
        assert (batch.counts["applied"], batch.counts["refused"]) == (1, len(shapes) - 1)
        refused = [row for row in rows_of(ctx, batch).values() if row.outcome is RowOutcome.REFUSED]
        for row, words in zip(refused, ("MultiPolygon", *(words for _ends, words in NOWHERE)), strict=True):
            assert words in row.problems[0]["reason"]


def test_places_outside_the_province_need_the_administrators_leave(ctx_of, store, database):
    content = b"post_id,latitude,longitude\n1,11.25399649,124.746446\n2,11.25457585,124.7460705\n"
    with ctx_of("viettel") as ctx:
        batch = check(ctx, store, send(ctx, store, content, kind="cable_pole"))
        assert batch.counts == {"rows": 2, RowOutcome.REFUSED: 2, "warned": 0}
        with pytest.raises(Forbidden):
            check(ctx, store, batch, outside_area=True)
    with database.transaction(SYSTEM_ACTOR) as ctx:
        batch = run(ctx, store, content, kind="cable_pole", outside_area=True)
        assert batch.counts["applied"] == 2
        structures = ctx.session.scalars(select(Structure).where(Structure.outside_area)).all()
        assert {(s.own_code, s.commune_id) for s in structures} == {("1", None), ("2", None)}


def test_rows_on_top_of_each_other_name_each_other(ctx_of, store):
    twin = dict(zip(("X (m)", "Y (m)"), site(5)[6:8], strict=True))
    with ctx_of("viettel") as ctx:
        batch = check(ctx, store, send(ctx, store, as_csv([site(5), site(6, **twin)])))
        rows = rows_of(ctx, batch)
        assert [(row.outcome, row.warned) for row in rows.values()] == [(RowOutcome.NEW, True), (RowOutcome.NEW, True)]
        assert "dòng 5" in rows[4].problems[-1]["reason"]
        assert "dòng 4" in rows[5].problems[-1]["reason"]


def test_text_that_no_database_can_keep_refuses_its_row_only(ctx_of, store):
    rows = [site(5), site(6, **{"Tên trạm": "A\x00B"}), site(7, **{"Tên trạm": "\u202eC"})]
    with ctx_of("viettel") as ctx:
        batch = check(ctx, store, send(ctx, store, as_csv(rows)))
        stored_rows = rows_of(ctx, batch)
        assert [row.outcome for row in stored_rows.values()] == [RowOutcome.NEW, RowOutcome.REFUSED, RowOutcome.NEW]
        problem = stored_rows[5].problems[0]
        assert (problem["column"], problem["value"]) == ("Tên trạm", "A\N{REPLACEMENT CHARACTER}B")
        assert "không lưu được" in problem["reason"]


def test_only_own_structures_are_imported_and_only_own_batches_seen(ctx_of, store, brought):
    with ctx_of("vnpt") as ctx:
        with pytest.raises(Forbidden):
            send(ctx, store, as_csv([site(5)]))
        assert ctx.session.scalars(batches_query(ctx)).all() == []
    with ctx_of("viettel") as ctx:
        batch = send(ctx, store, as_csv([site(5)]))
    with ctx_of("so.khcn") as ctx:
        assert {visible_batch.id for visible_batch in ctx.session.scalars(batches_query(ctx))} == {batch.id, brought}
    with ctx_of("vnpt") as ctx, pytest.raises(NotFound):
        cancel_batch(ctx, batch.id)


@pytest.mark.parametrize("name", ["so.xaydung", "kiemtra1", None])
def test_other_roles_import_nothing(ctx_of, store, name):
    with ctx_of(name) as ctx, pytest.raises((Forbidden, SignInRequired)):
        send(ctx, store, as_csv([site(5)]))


def test_a_stale_choice_of_columns_is_a_conflict(ctx_of, store):
    with ctx_of("viettel") as ctx:
        batch = send(ctx, store, as_csv([site(5)]))
        command = SetMapping(batch.id, batch.version, batch.mapping, System.VN2000)
        set_mapping(ctx, command)
        with pytest.raises(Conflict, match="tải lại trang"):
            set_mapping(ctx, command)


def test_a_missing_column_is_said_before_any_row_is_read(ctx_of, store):
    with ctx_of("viettel") as ctx:
        batch = send(ctx, store, as_csv([site(5)]))
        mapping = {name: word for name, word in batch.mapping.items() if name != "mast_class"}
        with pytest.raises(Invalid, match="Loại cột"):
            set_mapping(ctx, SetMapping(batch.id, batch.version, mapping, System.VN2000))


def test_a_cancelled_batch_stays_cancelled(ctx_of, store):
    with ctx_of("viettel") as ctx:
        batch = check(ctx, store, send(ctx, store, as_csv([site(5)])))
        cancel_batch(ctx, batch.id)
        with pytest.raises(Conflict):
            request_apply(ctx, batch.id)


def test_a_request_is_made_once_and_applied_once(ctx_of, store):
    with ctx_of("viettel") as ctx:
        batch = check(ctx, store, send(ctx, store, as_csv([site(5)])))
        assert [request_apply(ctx, batch.id), request_apply(ctx, batch.id)] == [True, False]
        apply_batch(ctx, batch.id)
        before = owned(ctx)
        apply_batch(ctx, batch.id)
        assert owned(ctx) == before
