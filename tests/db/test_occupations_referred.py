"""Silence about an occupation ends at the authority: overdue, referred, one violation."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.clock import local_date
from registry.kernel.errors import Conflict, MoveRefused
from registry.occupations.codes import Act, OccupationState
from registry.occupations.models import Occupation
from registry.occupations.workflow import OCCUPATION
from registry.violations.models import Violation, ViolationKind
from registry.workflow.engine import fire
from registry.workflow.jobs import run_clocks
from registry.workflow.referrals import ReferralRow, process_referral, referral_origin, referral_outcomes
from tests.factories.occupations import CONTRACT, NOW, get, move, told
from tests.factories.violations import refusal

S = OccupationState


def lapse(ctx_of, database, occupation_id):
    """Let the running term of a case end; the moment after."""
    after = get(ctx_of, occupation_id).due_at + timedelta(seconds=1)
    assert run_clocks(database, after).failed == 0
    return after


def referred(ctx_of, database, **occupation_id):
    """Nobody answered, nobody referred it: the clock did both."""
    case_id = told(ctx_of, **occupation_id)
    lapse(ctx_of, database, case_id)
    assert get(ctx_of, case_id).state is S.OVERDUE
    after = lapse(ctx_of, database, case_id)
    assert get(ctx_of, case_id).state is S.REFERRED
    return case_id, after


def handle_all(ctx_of, database, now):
    with ctx_of("so.khcn", now=now, read_only=True) as ctx:
        waiting = list(ctx.session.scalars(select(ReferralRow.id)))
    for finding_id in waiting:
        process_referral(database, finding_id, now)


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        ({}, "share_without_contract"),
        ({"occupant": None}, "owner_unknown"),
        ({"is_dead": True}, "dead_cable_left"),
        ({"occupant": None, "is_dead": True}, "dead_cable_left"),
    ],
)
def test_silence_ends_in_one_violation_at_the_authority(ctx_of, database, facts, kind):
    occupation_id, after = referred(ctx_of, database, **facts)
    run_clocks(database, after)
    for _ in range(2):
        handle_all(ctx_of, database, after)
    with ctx_of("kiemtra1", now=after, read_only=True) as ctx:
        violation = ctx.session.scalars(select(Violation).where(visible(ctx, Violation, P.VIOLATION_READ))).one()
        assert ctx.session.get_one(ViolationKind, violation.kind_id).code == kind
        occupation = ctx.session.get_one(Occupation, occupation_id)
        assert violation.structure_id == occupation.structure_id
        assert violation.unit_id == occupation.unit_id
        assert violation.organisation_id == occupation.occupant_organisation_id
        assert violation.description.startswith(f"{occupation.number}: Cáp quang 24 sợi × 2; VNPT THA 0912")
        origin = referral_origin(ctx, "violation", violation.id)
        assert (origin.number, origin.readable) == (occupation.number, True)
    with ctx_of("viettel", now=after, read_only=True) as ctx:
        (outcome,) = referral_outcomes(ctx, "occupation", occupation_id)
        assert outcome.number == violation.number


def test_the_owner_refers_it_without_waiting_for_the_clock(ctx_of, database):
    occupation_id = told(ctx_of, occupant=None)
    after = lapse(ctx_of, database, occupation_id)
    wrong = refusal(lambda: move(ctx_of, "viettel", occupation_id, "refer", now=after, act=Act.SHARE_WITHOUT_CONTRACT))
    assert list(wrong) == ["act"]
    assert move(ctx_of, "viettel", occupation_id, "refer", now=after, act=Act.DEAD_CABLE_LEFT) is S.REFERRED
    handle_all(ctx_of, database, after)
    with ctx_of("so.khcn", now=after, read_only=True) as ctx:
        kind = select(ViolationKind.code).join(Violation, Violation.kind_id == ViolationKind.id)
        assert ctx.session.scalars(kind).all() == ["dead_cable_left"]
    assert (
        move(ctx_of, "viettel", occupation_id, "removed", now=after, removed_on=local_date(after)) is S.CLOSED_REMOVED
    )


def test_a_late_answer_counts_as_long_as_nobody_was_told_but_no_second_promise(ctx_of, database):
    occupation_id = told(ctx_of)
    after = lapse(ctx_of, database, occupation_id)
    assert move(ctx_of, "vnpt", occupation_id, "promise_removal", now=after, remove_by=local_date(after)) is S.REMOVING
    after = lapse(ctx_of, database, occupation_id)
    with pytest.raises(MoveRefused):
        move(ctx_of, "vnpt", occupation_id, "promise_request", now=after)
    assert move(ctx_of, "vnpt", occupation_id, "show_contract", now=after, **CONTRACT) is S.CONTRACT_SHOWN
    with ctx_of("so.khcn", now=after, read_only=True) as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(ReferralRow)) == 0


def test_a_referral_that_is_taken_back_leaves_no_finding(ctx_of, database):
    occupation_id = told(ctx_of)
    after = lapse(ctx_of, database, occupation_id)
    with ctx_of("viettel", now=after) as ctx:
        version = ctx.session.get_one(Occupation, occupation_id).version
        fire(ctx, OCCUPATION, occupation_id, "refer", {}, version=version)
        ctx.memo["abort"] = True
    assert get(ctx_of, occupation_id).state is S.OVERDUE
    with ctx_of("so.khcn", now=after, read_only=True) as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(ReferralRow)) == 0


def test_a_step_on_another_version_is_refused(ctx_of):
    occupation_id = told(ctx_of)
    with ctx_of("vnpt", now=NOW) as ctx, pytest.raises(Conflict):
        fire(ctx, OCCUPATION, occupation_id, "promise_request", {}, version=1)
