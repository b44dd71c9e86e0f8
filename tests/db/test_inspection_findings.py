"""A failed item is a finding: an officer turns it into a case of its day with its photos, or not; its owner answers."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from registry.files.models import AttachmentLink
from registry.files.pages import STORE
from registry.files.service import AddFile, add_file
from registry.inspections.codes import FindingState, OwnerStatement, Risk
from registry.inspections.commands import AnswerFinding, OpenPlan
from registry.inspections.findings import answer_finding, reinspection_day
from registry.inspections.models import InspectionPlan
from registry.inspections.risk import rate
from registry.inspections.service import open_plan
from registry.kernel.clock import local_date
from registry.kernel.errors import Conflict, Invalid, NotFound
from registry.notices.models import Notice
from registry.structures.models import Structure
from registry.violations.models import Violation
from registry.workflow.referrals import ReferralRow, process_referral
from tests.factories.inspections import decide, findings_of, inspect, item_of, plan, shared_unit, tower
from tests.factories.structures import organisation_id
from tests.permissions.violations import photo
from tests.support.clock import NOW
from tests.support.fixtures import account


@pytest.fixture
def failed(ctx_of):
    """A structure of an issued plan with one failed item: (item, structure, finding)."""
    code, structure_id = tower(ctx_of)
    plan_id = plan(ctx_of, codes=[code], issued=True)
    item_id, version = item_of(ctx_of, plan_id, structure_id)
    inspect(ctx_of, plan_id, item_id, version, failing=("common_maintained",), notes={"common_maintained": "Gỉ nặng"})
    (finding,) = findings_of(ctx_of, item_id)
    return plan_id, item_id, structure_id, finding


def referrals(ctx_of):
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        return list(ctx.session.scalars(select(ReferralRow.id)))


def test_a_failure_opens_no_case_by_itself(ctx_of, failed):
    *_rest, finding = failed
    assert (finding.state, finding.suggested_act, finding.note) == (FindingState.WAITING, "no_maintenance", "Gỉ nặng")
    assert referrals(ctx_of) == []


def test_an_officer_turns_it_into_a_case_of_its_day_with_its_photos_under_the_chosen_act(app, ctx_of, database, failed):
    _plan, item_id, structure_id, finding = failed
    with ctx_of("kiemtra1", now=NOW) as ctx:
        command = AddFile(subject_kind="inspection_item", subject_id=item_id, file_name="gi.jpg", content=photo())
        attachment_id = add_file(ctx, STORE.of(app), command).id
    assert decide(ctx_of, finding.id, "unsafe_infra") is FindingState.CASE
    (referral,) = referrals(ctx_of)
    process_referral(database, referral, NOW)
    with ctx_of("kiemtra1", now=NOW, read_only=True) as ctx:
        case = ctx.session.scalars(select(Violation)).one()
        assert (local_date(case.found_at), case.structure_id) == (finding.inspected_on, structure_id)
        assert case.created_by_id == account(ctx.session, "kiemtra1").id
        assert case.handler_organisation_id == ctx.actor.organisation_id
        assert case.organisation_id == organisation_id(ctx.session, "viettel")
        links = select(AttachmentLink.attachment_id).where(
            AttachmentLink.subject_kind == "violation", AttachmentLink.subject_id == case.id
        )
        assert list(ctx.session.scalars(links)) == [attachment_id]
    with pytest.raises(Conflict):
        decide(ctx_of, finding.id, "no_maintenance")


def test_no_case_needs_a_reason_and_an_act_must_be_of_the_law_of_its_day(ctx_of, failed):
    *_rest, finding = failed
    with pytest.raises(Invalid) as refused:
        decide(ctx_of, finding.id)
    assert list(refused.value.fields) == ["reason"]
    # Built long before the act was one: a notice of works of 2009 is no act of today.
    with pytest.raises(Invalid) as refused:
        decide(ctx_of, finding.id, "not_notified", occurred_on=date(2009, 5, 1), is_continuing=False)
    assert list(refused.value.fields) == ["act"]
    with pytest.raises(Invalid) as refused:
        decide(ctx_of, finding.id, "no_maintenance", occurred_on=date(2026, 11, 30))
    assert list(refused.value.fields) == ["occurred_on"]
    assert decide(ctx_of, finding.id, reason="Đã sơn lại trong ngày") is FindingState.DROPPED
    assert referrals(ctx_of) == []


def test_a_later_result_brings_back_or_drops_what_is_undecided(ctx_of, failed):
    plan_id, item_id, structure_id, finding = failed
    version = item_of(ctx_of, plan_id, structure_id)[1]
    inspect(ctx_of, plan_id, item_id, version)
    assert findings_of(ctx_of, item_id)[0].state is FindingState.DROPPED
    inspect(ctx_of, plan_id, item_id, version + 1, failing=("common_maintained",))
    assert [(row.id, row.state) for row in findings_of(ctx_of, item_id)] == [(finding.id, FindingState.WAITING)]


def test_the_owner_disputes_a_finding_with_its_reason_and_others_do_not_know_of_it(ctx_of, failed):
    _plan, item_id, _structure, finding = failed

    def answer(by, **values):
        with ctx_of(by, now=NOW) as ctx:
            answer_finding(ctx, AnswerFinding(finding.id, **values))

    with pytest.raises(NotFound):
        answer("vnpt", accept=True)
    with pytest.raises(Invalid):
        answer("viettel", accept=False)
    answer("viettel", accept=False, text="Đã bảo trì tháng 10, có biên bản")
    with pytest.raises(Conflict):
        answer("viettel", accept=True)
    assert findings_of(ctx_of, item_id)[0].statement is OwnerStatement.DISPUTED


def test_the_register_says_at_once_when_a_structure_was_inspected(ctx_of, failed):
    _plan, _item, structure_id, finding = failed
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        assert ctx.session.get_one(Structure, structure_id).last_inspected_on == finding.inspected_on


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "field"),
    [
        (date(1995, 1, 1), date(1995, 2, 1), "starts_on"),
        (date(2026, 8, 1), date(2026, 12, 31), "starts_on"),
        (date(2026, 10, 1), date(2026, 11, 1), "ends_on"),
        (date(2026, 12, 1), date(2099, 1, 1), "ends_on"),
    ],
)
def test_a_plan_is_neither_over_nor_too_long(ctx_of, starts_on, ends_on, field):
    with ctx_of("ubnd.xa", now=NOW) as ctx, pytest.raises(Invalid) as refused:
        open_plan(ctx, OpenPlan(shared_unit(ctx_of), "Kiểm tra", starts_on, ends_on))
    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize("day", [date(2026, 10, 31), date(2026, 11, 24), date(2026, 11, 26)])
def test_a_result_lies_within_its_plan(ctx_of, day):
    code, structure_id = tower(ctx_of)
    plan_id = plan(ctx_of, codes=[code], issued=True)
    item_id, version = item_of(ctx_of, plan_id, structure_id)
    with pytest.raises(Invalid) as refused:
        inspect(ctx_of, plan_id, item_id, version, inspected_on=day)
    assert list(refused.value.fields) == ["inspected_on"]


def test_the_owner_is_notified_once_of_what_failed(ctx_of, failed):
    *_rest, finding = failed
    with ctx_of("viettel", now=NOW, read_only=True) as ctx:
        notices = ctx.session.scalars(
            select(Notice).where(Notice.subject_kind == "inspection_finding", Notice.subject_id == finding.id)
        ).all()
        assert [notice.event for notice in notices] == ["raised"]


def test_the_day_of_the_next_inspection_follows_the_term_of_the_remedy(ctx_of, failed):
    _plan, item_id, structure_id, finding = failed
    early = finding.inspected_on - timedelta(days=1)
    with pytest.raises(Invalid, match="trước ngày kiểm tra"):
        decide(ctx_of, finding.id, reason="Nhắc nhở", remedy_due_on=early)
    # A Friday: the next working day is the Monday after.
    decide(ctx_of, finding.id, reason="Nhắc nhở", remedy_due_on=date(2026, 12, 4))
    (finding,) = findings_of(ctx_of, item_id)
    with ctx_of("kiemtra1", now=NOW, read_only=True) as ctx:
        assert reinspection_day(ctx, finding) == date(2026, 12, 7)
    later = datetime(2026, 12, 7, 3, tzinfo=UTC)
    for moment, is_due in ((NOW, False), (later, True)):
        with ctx_of("so.khcn", now=moment, read_only=True) as ctx:
            plan = ctx.session.get_one(InspectionPlan, _plan)
            code = ctx.session.get_one(Structure, structure_id).code
            (rated,) = rate(ctx, plan, [code])
            assert (Risk.REINSPECT in rated.risks) is is_due
