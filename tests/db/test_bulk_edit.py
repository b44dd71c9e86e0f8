"""One field of many structures: looked at, changed in one change under one event, undone as one."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text

from registry.audit.models import AuditEvent
from registry.kernel.clock import utc_now
from registry.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from registry.structures.bulk_edit.commands import ApplyBulkEdit, Target, UndoBulkEdit
from registry.structures.bulk_edit.jobs import run_work
from registry.structures.bulk_edit.models import BulkEdit, BulkState
from registry.structures.bulk_edit.queries import COMPANION, bulk_fields, changed_since, get_batch, preview, target_ids
from registry.structures.bulk_edit.service import apply_bulk_edit, read_change, undo_bulk_edit
from registry.structures.codes import Condition, NotShareableReason, SharingStatus
from registry.structures.commands import ChangeStatus, EditStructure
from registry.structures.filtering.filter import StructureFilter
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import RuleContext
from registry.structures.kinds.value_checks import rule_context
from registry.structures.kinds.value_rules import COMMON_RULES
from registry.structures.models import Structure
from registry.structures.queries import get_structure
from registry.structures.writing import decommission, edit_structure
from tests.factories.structures import make, values_for

ALL = Target(chosen=StructureFilter())


def never(_ctx, _what, _batch_id):
    raise AssertionError("a small batch is not the worker's")


def apply(ctx, target, field, value, companion=None, *, later=never, reason="biên bản 12/BB"):
    change = read_change(ctx, field, value, companion)
    digest = preview(ctx, target, change).digest
    return apply_bulk_edit(ctx, ApplyBulkEdit(target, change, reason, digest), later)


def undo(ctx, batch_id, *, later=never):
    batch = get_batch(ctx, batch_id)
    return undo_bulk_edit(ctx, UndoBulkEdit(batch.id, batch.version, "nhầm danh sách"), later)


def test_all_that_match_the_filter_change_and_others_do_not(ctx_of):
    with ctx_of("viettel") as ctx:
        poles = [make(ctx, kind="cable_pole").code for _number in range(3)]
        tower = make(ctx).code
    with ctx_of("vnpt") as ctx:
        foreign = make(ctx, owner="vnpt", kind="cable_pole", sharing_status="available").code
    with ctx_of("viettel") as ctx:
        target = Target(query="kind=cable_pole", chosen=StructureFilter(choices={"kind": ("cable_pole",)}))
        batch = apply(ctx, target, "condition", "degraded")
        assert (batch.state, batch.changed, batch.refused) == (BulkState.APPLIED, 3, 0)
        change = ctx.change_id
    with ctx_of("so.khcn") as ctx:
        conditions = dict(ctx.session.execute(select(Structure.code, Structure.condition)).all())
        assert {conditions[code] for code in poles} == {Condition.DEGRADED}
        assert conditions[tower] is not Condition.DEGRADED
        assert conditions[foreign] is not Condition.DEGRADED
        events = ctx.session.scalars(select(AuditEvent).where(AuditEvent.change_id == change)).all()
        assert [(event.action, event.object_kind) for event in events] == [("structure.bulk_edit", "bulk_edit")]
        assert {
            version
            for (version,) in ctx.session.execute(
                text("SELECT version FROM structure WHERE code = ANY(:codes)"), {"codes": poles}
            )
        } == {2}


def test_ticked_structures_of_others_are_left_alone(ctx_of):
    with ctx_of("vnpt") as ctx:
        foreign = make(ctx, owner="vnpt", sharing_status="available").code
    with ctx_of("viettel") as ctx:
        own = make(ctx).code
        assert len(target_ids(ctx, Target(codes=(own, foreign)))) == 1
        with pytest.raises(Invalid) as refused:
            apply(ctx, Target(codes=(foreign,)), "condition", "good")
        assert "target" in refused.value.fields


def test_the_preview_says_what_changes_what_stays_and_what_refuses(ctx_of):
    with ctx_of("viettel") as ctx:
        make(ctx, condition="good")
        make(ctx, condition="fair")
        ended = make(ctx, condition="fair")
        decommission(ctx, ChangeStatus(ended.code, 1, "tháo dỡ"))
        changes = preview(ctx, ALL, read_change(ctx, "condition", "good"))
        assert (changes.matched, changes.changing, changes.unchanged, changes.refused) == (3, 1, 1, 1)
        assert changes.reasons == [("Công trình đã ngừng khai thác hoặc đã tháo dỡ.", 1)]
        assert changes.rows[0].code == ended.code


def test_a_cable_refuses_what_is_said_about_sharing(ctx_of):
    with ctx_of("viettel") as ctx:
        make(ctx)
        cable = make(ctx, kind="cable_route", sharing_status="not_applicable").code
        batch = apply(ctx, ALL, "sharing_status", "available")
        assert (batch.changed, batch.refused) == (1, 1)
        assert get_structure(ctx, cable).sharing_status is SharingStatus.NOT_APPLICABLE


def test_not_shareable_takes_its_reason_along_and_drops_it_again(ctx_of):
    with ctx_of("viettel") as ctx:
        code = make(ctx, sharing_status="available").code
        with pytest.raises(Invalid) as refused:
            read_change(ctx, "sharing_status", "not_shareable")
        assert "companion" in refused.value.fields
        apply(ctx, ALL, "sharing_status", "not_shareable", "technical")
    with ctx_of("viettel") as ctx:
        assert get_structure(ctx, code).not_shareable_reason is NotShareableReason.TECHNICAL
        apply(ctx, ALL, "sharing_status", "available")
    with ctx_of("viettel") as ctx:
        assert get_structure(ctx, code).not_shareable_reason is None


def test_a_structure_changed_since_the_preview_stops_the_batch(ctx_of):
    with ctx_of("viettel") as ctx:
        code = make(ctx, condition="fair").code
        change = read_change(ctx, "condition", "good")
        digest = preview(ctx, ALL, change).digest
    with ctx_of("viettel") as ctx:
        edit_structure(ctx, EditStructure(code, 1, {"name": "Đổi tên"}))
    with ctx_of("viettel") as ctx:
        with pytest.raises(Conflict, match="xem trước lại"):
            apply_bulk_edit(ctx, ApplyBulkEdit(ALL, change, "lý do", digest), never)
        assert get_structure(ctx, code).condition is Condition.FAIR


def test_a_batch_is_undone_as_one(ctx_of):
    with ctx_of("viettel") as ctx:
        codes = [make(ctx, condition=word).code for word in ("good", "fair", "degraded")]
    with ctx_of("viettel") as ctx:
        batch_id = apply(ctx, ALL, "condition", "dangerous").id
    with ctx_of("viettel") as ctx:
        batch = undo(ctx, batch_id)
        assert (batch.state, batch.undo_reason) == (BulkState.UNDONE, "nhầm danh sách")
        conditions = [get_structure(ctx, code).condition for code in codes]
        assert conditions == [Condition.GOOD, Condition.FAIR, Condition.DEGRADED]
        with pytest.raises(Conflict):
            undo(ctx, batch_id)


def test_after_seven_days_a_batch_stays(ctx_of):
    with ctx_of("viettel") as ctx:
        make(ctx)
        batch_id = apply(ctx, ALL, "condition", "dangerous").id
    with (
        ctx_of("viettel", now=utc_now() + timedelta(days=7, minutes=1)) as ctx,
        pytest.raises(Conflict, match="7 ngày"),
    ):
        undo(ctx, batch_id)


def test_an_undo_leaves_out_and_lists_what_was_changed_since(ctx_of):
    with ctx_of("viettel") as ctx:
        codes = [make(ctx).code for _number in range(3)]
        before = get_structure(ctx, codes[1]).condition
    with ctx_of("viettel") as ctx:
        batch_id = apply(ctx, ALL, "condition", "dangerous").id
    with ctx_of("viettel") as ctx:
        edit_structure(ctx, EditStructure(codes[0], 2, {"name": "Sửa tiếp"}))
    with ctx_of("viettel") as ctx:
        assert changed_since(ctx, get_batch(ctx, batch_id)) == [codes[0]]
        batch = undo(ctx, batch_id)
        assert (batch.state, batch.left_out) == (BulkState.UNDONE, [codes[0]])
        conditions = [get_structure(ctx, code).condition for code in codes]
    assert conditions == [Condition.DANGEROUS, before, before]


def test_a_batch_of_which_all_was_changed_since_is_not_undone(ctx_of):
    with ctx_of("viettel") as ctx:
        code = make(ctx).code
    with ctx_of("viettel") as ctx:
        batch_id = apply(ctx, ALL, "condition", "dangerous").id
    with ctx_of("viettel") as ctx:
        edit_structure(ctx, EditStructure(code, 2, {"name": "Sửa tiếp"}))
    with ctx_of("viettel") as ctx, pytest.raises(Conflict, match="không còn gì để hoàn tác"):
        undo(ctx, batch_id)


def test_other_organisations_do_not_know_the_batch(ctx_of):
    with ctx_of("viettel") as ctx:
        make(ctx)
        batch_id = apply(ctx, ALL, "condition", "good").id
    with ctx_of("vnpt") as ctx, pytest.raises(NotFound):
        get_batch(ctx, batch_id)


def test_who_owns_nothing_edits_nothing_in_bulk(ctx_of):
    with ctx_of("so.khcn") as ctx:
        change = read_change(ctx, "condition", "good")
    with ctx_of("so.khcn") as ctx, pytest.raises(Forbidden):
        apply_bulk_edit(ctx, ApplyBulkEdit(ALL, change, "lý do", ""), never)


def test_a_large_batch_waits_for_the_worker_and_tells_when_it_is_done(ctx_of, database, monkeypatch):
    monkeypatch.setattr("registry.structures.bulk_edit.service.AT_ONCE", 1)
    asked = []
    with ctx_of("viettel") as ctx:
        codes = [make(ctx, kind="cable_pole").code for _number in range(3)]
        user_id = ctx.actor.id
    with ctx_of("viettel") as ctx:
        batch = apply(ctx, ALL, "road_name", "Lê Lợi", later=lambda _ctx, *what: asked.append(what))
        assert batch.state is BulkState.WAITING
        batch_id = batch.id
    assert asked == [("apply", batch_id)]
    for _twice in range(2):
        run_work(database, "apply", batch_id, user_id)
    with ctx_of("viettel") as ctx:
        assert get_batch(ctx, batch_id).state is BulkState.APPLIED
        assert {get_structure(ctx, code).road_name for code in codes} == {"Lê Lợi"}
        notices = ctx.session.execute(text("SELECT event FROM notice WHERE subject_kind = 'bulk_edit'")).scalars().all()
        assert notices == ["applied"]
        assert undo(ctx, batch_id, later=lambda _ctx, *what: asked.append(what)).state is BulkState.UNDOING
    run_work(database, "undo", batch_id, user_id)
    with ctx_of("viettel") as ctx:
        assert get_batch(ctx, batch_id).state is BulkState.UNDONE


def test_a_large_batch_that_finds_something_else_says_why_and_changes_nothing(ctx_of, database, monkeypatch):
    monkeypatch.setattr("registry.structures.bulk_edit.service.AT_ONCE", 0)
    with ctx_of("viettel") as ctx:
        code, user_id = make(ctx, condition="fair").code, ctx.actor.id
    with ctx_of("viettel") as ctx:
        batch_id = apply(ctx, ALL, "condition", "good", later=lambda *_what: None).id
    with ctx_of("viettel") as ctx:
        edit_structure(ctx, EditStructure(code, 1, {"name": "Đổi tên"}))
    run_work(database, "apply", batch_id, user_id)
    with ctx_of("viettel") as ctx:
        batch = ctx.session.get_one(BulkEdit, batch_id)
        assert (batch.state, batch.changed) == (BulkState.REFUSED, 0)
        assert "xem trước lại" in batch.failure
        assert get_structure(ctx, code).condition is Condition.FAIR


def test_a_day_to_come_is_refused(ctx_of):
    with ctx_of("viettel") as ctx:
        with pytest.raises(Invalid) as refused:
            read_change(ctx, "last_inspected_on", "01/01/2199")
        assert "value" in refused.value.fields
        assert read_change(ctx, "last_inspected_on", "05/01/2026").value == date(2026, 1, 5)


class Listening(Mapping):
    """Values that remember which of them were read."""

    def __init__(self, values):
        self.values, self.read = values, set()

    def __getitem__(self, name):
        self.read.add(name)
        return self.values[name]

    def __iter__(self):
        return iter(self.values)

    def __len__(self):
        return len(self.values)


@pytest.mark.parametrize("kind", KINDS)
def test_no_rule_that_blocks_reads_a_field_that_is_changed_in_bulk_but_those_that_are_checked_there(ctx_of, kind):
    """Only then the value and the kind alone decide, as the one statement takes it; a warning refuses no value."""
    with ctx_of("viettel") as ctx:
        context = rule_context(ctx.session, KINDS[kind], ctx.today)
    assert isinstance(context, RuleContext)
    values = Listening(values_for(kind))
    for rule in KINDS[kind].rules:
        rule(values, context)
    assert values.read & {*bulk_fields(), *COMPANION.values()} <= {"last_inspected_on"}
    for rule in (rule for rule in COMMON_RULES if rule.blocks):
        rule(values, context)
    allowed = {"sharing_status", "not_shareable_reason", "last_inspected_on"}
    assert values.read & {*bulk_fields(), *COMPANION.values()} <= allowed
