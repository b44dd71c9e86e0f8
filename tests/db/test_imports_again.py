"""A file sent again is compared with what stands: changes, duplicates, decisions, what is missing, an undo."""

import io

import pytest
from sqlalchemy import select

from registry.accounts.models import Organisation
from registry.accounts.user_jobs import Stopped
from registry.audit.chain import record
from registry.capacity.models import CapacityEntry, CapacityPlace
from registry.imports.commands import SetMapping, UploadFile
from registry.imports.mapping.coordinate_systems import System
from registry.imports.models import (
    BatchState,
    ImportDecision,
    ImportMissing,
    ImportResult,
    RememberedLayout,
    RowChoice,
    RowOutcome,
)
from registry.imports.service import (
    apply_batch,
    check_batch,
    choose_tables,
    read_batch,
    request_apply,
    request_undo,
    set_mapping,
    undo_batch,
    upload,
)
from registry.kernel.errors import Conflict, Invalid
from registry.kernel.geo.vn2000 import to_plane
from registry.structures.models import Structure
from tests.factories.structures import organisation_id
from tests.support import shared
from tests.support.import_files import PLACE, as_csv, as_geojson, site, vietnamese

database, app, ctx_of, client_of, taken_back = shared.FIXTURES


@pytest.fixture(scope="module", autouse=True)
def first(ctx_of, store):
    """The id of the batch that brought three towers of Viettel, which all tests of this file find."""
    with ctx_of("viettel") as ctx:
        return bring(ctx, store, as_csv([site(1), site(2), site(3)])).id


def check(ctx, store, content, *, kind="antenna_tower", full=False, system=None, owner="viettel"):
    owner_id = organisation_id(ctx.session, owner)
    batch = upload(ctx, store, UploadFile(owner_id, kind, "a.csv", io.BytesIO(content), full))
    read_batch(ctx, store, batch.id)
    selected_system = system or System(batch.options["system"])
    set_mapping(ctx, SetMapping(batch.id, batch.version, batch.mapping, selected_system, full_delivery=full))
    return check_batch(ctx, batch.id)


def bring(ctx, store, content, **options):
    batch = check(ctx, store, content, **options)
    request_apply(ctx, batch.id)
    return apply_batch(ctx, batch.id)


def results(ctx, batch):
    query = select(ImportResult).where(ImportResult.batch_id == batch.id).order_by(ImportResult.number)
    ctx.session.expire_all()
    return list(ctx.session.scalars(query))


def structure(ctx, own_code):
    ctx.session.expire_all()
    return ctx.session.scalars(select(Structure).where(Structure.own_code == own_code)).one()


def moved_site(number, metres, **changes):
    """A site that lies so many metres further east than its first file said."""
    row = site(number)
    point = to_plane(PLACE[0] + number * 0.0005, PLACE[1])
    return site(number, **{"X (m)": row[6], "Y (m)": vietnamese(point.y_easting + metres)}, **changes)


def test_only_what_differs_is_changed_and_told_field_by_field(ctx_of, store):
    with ctx_of("viettel") as ctx:
        before = structure(ctx, "THA-0001")
        code, version = before.code, before.version
        batch = check(ctx, store, as_csv([site(1, **{"Chiều cao cột (m)": "45,5"}), site(2)]))
        first, second = results(ctx, batch)
        assert (first.outcome, first.changes) == (RowOutcome.CHANGED, {"height_m": ["42", "45,5"]})
        assert (second.outcome, second.changes) == (RowOutcome.UNCHANGED, None)
        request_apply(ctx, batch.id)
        apply_batch(ctx, batch.id)
        after = structure(ctx, "THA-0001")
        assert (after.code, after.version, float(after.height_m)) == (code, version + 1, 45.5)
        assert batch.counts["updated"] == 1


def test_a_structure_that_moves_far_is_counted_and_moved(ctx_of, store):
    with ctx_of("viettel") as ctx:
        batch = check(ctx, store, as_csv([moved_site(1, 80)]))
        (row,) = results(ctx, batch)
        assert (row.outcome, round(row.moved_m), batch.counts["moved"]) == (RowOutcome.CHANGED, 80, 1)
        assert any("thay đổi vị trí hơn 50 m" in note for note in batch.notes)
        request_apply(ctx, batch.id)
        apply_batch(ctx, batch.id)
        assert check(ctx, store, as_csv([moved_site(1, 80)])).counts[RowOutcome.UNCHANGED] == 1


def test_totals_and_uses_follow_the_file_as_long_as_they_fit(ctx_of, store):
    with ctx_of("viettel") as ctx:
        few, many = {"Số vị trí lắp đặt": "0", "Đã sử dụng": ""}, {"Số vị trí lắp đặt": "", "Đã sử dụng": "4"}
        too_few, too_many = results(ctx, check(ctx, store, as_csv([site(1, **few), site(2, **many)])))
        assert "ít hơn 1" in too_few.problems[0]["reason"]
        assert "Số đã sử dụng 4 cùng số giữ chỗ nhiều hơn tổng số 3" in too_many.problems[0]["reason"]
        batch = bring(ctx, store, as_csv([site(1, **{"Số vị trí lắp đặt": "5", "Đã sử dụng": "4"})]))
        assert batch.counts["updated"] == 1
        query = select(CapacityPlace).where(CapacityPlace.structure_id == structure(ctx, "THA-0001").id)
        slot = ctx.session.scalars(query).one()
        assert (slot.total, slot.used, slot.free) == (5, 4, 1)
        entry = ctx.session.scalars(select(CapacityEntry).where(CapacityEntry.place_id == slot.id)).one()
        assert entry.quantity == 4


def pole(lon, name):
    return as_geojson(({"type": "Point", "coordinates": [lon, PLACE[1]]}, {"name": name, "length_m": 8.5}))


def test_a_row_without_code_on_top_of_an_own_structure_waits_for_a_decision(ctx_of, store):
    with ctx_of("viettel") as ctx:
        bring(ctx, store, pole(PLACE[0], "Cột cũ"), kind="cable_pole")
        batch = check(ctx, store, pole(PLACE[0] + 0.00001, "Cột mới"), kind="cable_pole")
        (row,) = results(ctx, batch)
        assert row.outcome is RowOutcome.DUPLICATE
        with pytest.raises(Conflict):
            request_apply(ctx, batch.id)
        for choice, outcome in ((RowChoice.NEW, RowOutcome.NEW), (RowChoice.UPDATE, RowOutcome.CHANGED)):
            ctx.session.merge(ImportDecision(batch_id=batch.id, number=row.number, choice=choice, decided_at=ctx.now))
            batch.state = BatchState.CHECKING
            ctx.session.flush()
            check_batch(ctx, batch.id)
            (result,) = results(ctx, batch)
            assert result.outcome is outcome
        assert result.changes["name"] == ["Cột cũ", "Cột mới"]
        # What was decided for a file that was never applied decides nothing for the file sent again.
        again = check(ctx, store, pole(PLACE[0] + 0.00001, "Cột mới"), kind="cable_pole")
        assert [row.outcome for row in results(ctx, again)] == [RowOutcome.DUPLICATE]


@pytest.mark.parametrize(
    ("reader", "status", "sharing", "is_named"),
    [
        ("viettel", "active", "available", True),
        ("viettel", "decommissioned", "available", False),
        ("vnpt", "active", "available", True),
        ("vnpt", "active", "restricted", False),
    ],
)
def test_structures_near_a_row_are_named_only_to_whom_they_may_be(ctx_of, store, reader, status, sharing, is_named):
    with ctx_of("viettel") as ctx:
        neighbour = structure(ctx, "THA-0001")
        neighbour.status, neighbour.sharing_status = status, sharing
        record(ctx, "structure.edit", "structure", neighbour.id)
        code = neighbour.code
    with ctx_of(reader) as ctx:
        named = {"Mã trạm": "THA-0900", "Đơn vị chủ quản": owner_name(ctx, reader)}
        (row,) = results(ctx, check(ctx, store, as_csv([moved_site(1, 10, **named)]), owner=reader))
        assert row.outcome is RowOutcome.NEW
        assert any(code in problem["reason"] for problem in row.problems or ()) is is_named


def test_a_code_of_another_owner_is_no_match(ctx_of, store):
    with ctx_of("vnpt") as ctx:
        mine = moved_site(1, 9_000, **{"Đơn vị chủ quản": owner_name(ctx, "vnpt"), "Xã/phường": ""})
        (row,) = results(ctx, check(ctx, store, as_csv([mine]), owner="vnpt"))
        assert (row.outcome, row.structure_id) == (RowOutcome.NEW, None)


def owner_name(ctx, code):
    """How lists name one of the cast."""
    return ctx.session.scalar(select(Organisation.short_name).where(Organisation.code == code))


def test_a_full_delivery_lists_what_it_does_not_name(ctx_of, store):
    with ctx_of("viettel") as ctx:
        changed = [site(1, **{"Ghi chú": "Đã sơn lại"}), site(2, **{"Chiều cao cột (m)": "bốn"})]
        batch = bring(ctx, store, as_csv(changed), full=True)
        query = select(ImportMissing.structure_id).where(ImportMissing.batch_id == batch.id)
        assert list(ctx.session.scalars(query)) == [structure(ctx, "THA-0003").id]
        assert batch.counts["missing"] == 1


def test_the_columns_of_an_import_are_remembered_for_the_owner_until_it_is_taken_back(ctx_of, store):
    def remembered(ctx):
        owner = organisation_id(ctx.session, "viettel")
        query = select(RememberedLayout).where(RememberedLayout.organisation_id == owner)
        return {layout.batch_id: layout.fields for layout in ctx.session.scalars(query)}

    shorter = b"\n".join(line.rpartition(b";")[0] for line in as_csv([site(5)]).splitlines()[1:])
    with ctx_of("viettel") as ctx:
        batch = bring(ctx, store, shorter, system=System.VN2000)
        assert remembered(ctx)[batch.id]["Mã trạm"] == "own_code"
        assert len(remembered(ctx)) == 2
        request_undo(ctx, batch.id)
    with ctx_of("viettel") as ctx:
        undo_batch(ctx, batch.id)
        ctx.session.expire_all()
        assert batch.id not in remembered(ctx)
        assert len(remembered(ctx)) == 1


def test_an_import_is_taken_back_as_a_whole(ctx_of, store):
    with ctx_of("viettel") as ctx:
        batch = bring(ctx, store, as_csv([site(1, **{"Chiều cao cột (m)": "45"}), site(4)]))
        batch_id = batch.id
    with ctx_of("viettel") as ctx:
        assert [request_undo(ctx, batch_id), request_undo(ctx, batch_id)] == [True, False]
        batch = undo_batch(ctx, batch_id)
        assert batch.state is BatchState.UNDONE
        assert float(structure(ctx, "THA-0001").height_m) == 42
        assert ctx.session.scalar(select(Structure.id).where(Structure.own_code == "THA-0004")) is None


def test_what_was_changed_since_keeps_an_import_from_being_taken_back(ctx_of, store, first):
    with ctx_of("viettel") as ctx:
        bring(ctx, store, as_csv([site(1, **{"Chiều cao cột (m)": "45"})]))
        code = structure(ctx, "THA-0001").code
    with ctx_of("viettel") as ctx, pytest.raises(Conflict, match=code):
        request_undo(ctx, first)


def test_who_imports_for_another_does_not_change_what_stands(ctx_of, store):
    with ctx_of("so.khcn") as ctx:
        batch = check(ctx, store, as_csv([site(1, **{"Chiều cao cột (m)": "45"}), site(2)]))
        assert [row.outcome for row in results(ctx, batch)] == [RowOutcome.REFUSED, RowOutcome.UNCHANGED]


def test_a_code_of_another_kind_is_refused(ctx_of, store):
    with ctx_of("viettel") as ctx:
        content = f"Mã cột;Vĩ độ;Kinh độ\nTHA-0001;{PLACE[1] + 0.01};{PLACE[0]}\n".encode()
        (row,) = results(ctx, check(ctx, store, content, kind="cable_pole"))
        assert "thuộc loại" in row.problems[0]["reason"]


def test_a_table_that_the_file_does_not_have_is_not_chosen(ctx_of, store):
    with ctx_of("viettel") as ctx:
        owner_id = organisation_id(ctx.session, "viettel")
        batch = upload(ctx, store, UploadFile(owner_id, "antenna_tower", "a.csv", io.BytesIO(as_csv([site(1)]))))
        batch.state, batch.found = BatchState.CHOOSING, {"tables": [{"name": "A"}, {"name": "B"}]}
        ctx.session.flush()
        with pytest.raises(Invalid, match="“C”"):
            choose_tables(ctx, batch.id, batch.version, [("C", "antenna_tower")])
        first, second = choose_tables(ctx, batch.id, batch.version, [("A", "antenna_tower"), ("B", "manhole")])
        assert (first.id, second.sha256, second.table_name, second.kind) == (batch.id, batch.sha256, "B", "manhole")


class Stopping:
    """Progress that asks to stop at one part."""

    def __init__(self, name):
        self._name = name

    def step(self, name, total=None):
        if name == self._name:
            raise Stopped

    def advance(self, done):
        return None


def test_an_import_that_is_stopped_in_the_middle_writes_nothing(ctx_of, store):
    with ctx_of("viettel") as ctx:
        batch_id = check(ctx, store, as_csv([site(4)])).id
        request_apply(ctx, batch_id)
    for part in ("checking", "applying"):
        with pytest.raises(Stopped), ctx_of("viettel") as ctx:
            apply_batch(ctx, batch_id, Stopping(part))
        with ctx_of("viettel") as ctx:
            assert ctx.session.scalar(select(Structure.id).where(Structure.own_code == "THA-0004")) is None
