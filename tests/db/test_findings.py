"""What one case shows to be a breach becomes one violation, through the outbox and the worker."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from registry.audit.chain import write_pending
from registry.authz.blueprint import DATABASE
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.db.session import WORKER_ROLE, Database, abort
from registry.kernel.jobs import run_worker
from registry.notices.models import Notice
from registry.violations.codes import ViolationState
from registry.violations.models import Violation, ViolationKind
from registry.workflow.referrals import (
    Referral,
    ReferralRow,
    create_referral,
    process_referral,
    process_waiting,
    referral_origin,
    referral_outcomes,
)
from tests.factories.structures import make, organisation_id, place_inside
from tests.support.live import context

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
ORIGIN, CASE, NUMBER = "colocation", 41, "DC-2026-000041"


def finding(ctx, structure_id, kind="dead_cable_left", accused="vnpt", **changes):
    accused_id = organisation_id(ctx.session, accused) if accused else None
    data = {"origin": ORIGIN, "origin_id": CASE, "origin_number": NUMBER, "text": "Quá hạn thu hồi"} | changes
    return Referral(kind=kind, structure_id=structure_id, accused_organisation_id=accused_id, **data)


def raised(ctx_of, **changes):
    """A finding on a structure in the area of the inspector, raised and handled; the id of the structure."""
    with ctx_of("ubnd.xa", now=NOW, read_only=True) as ctx:
        at = place_inside(ctx.session, ctx.actor.unit_ids)
    with ctx_of("viettel", now=NOW) as ctx:
        structure_id = make(ctx, kind="cable_pole", at=at).id
        create_referral(ctx, finding(ctx, structure_id, **changes))
    return structure_id


def handle_all(ctx_of, database, now=NOW):
    with ctx_of("so.khcn", now=now, read_only=True) as ctx:
        waiting = list(ctx.session.scalars(select(ReferralRow.id).order_by(ReferralRow.id)))
    for finding_id in waiting:
        process_referral(database, finding_id, now)


def test_a_finding_becomes_a_violation_where_the_structure_stands(ctx_of, database):
    structure_id = raised(ctx_of)
    handle_all(ctx_of, database)
    with ctx_of("kiemtra1", now=NOW, read_only=True) as ctx:
        violation = ctx.session.scalars(select(Violation).where(visible(ctx, Violation, P.VIOLATION_READ))).one()
        kind = ctx.session.get_one(ViolationKind, violation.kind_id)
        assert (violation.state, violation.structure_id, kind.code) == (
            ViolationState.REPORTED,
            structure_id,
            "dead_cable_left",
        )
        assert violation.organisation_id == organisation_id(ctx.session, "vnpt")
        assert violation.description == f"{NUMBER}: Quá hạn thu hồi"
        assert violation.unit_id in ctx.actor.unit_ids
        origin = referral_origin(ctx, "violation", violation.id)
        assert (origin.number, origin.readable) == (NUMBER, False)
        told = ctx.session.scalars(select(Notice).where(Notice.subject_kind == "violation")).one()
        assert (told.event, told.area_roles, told.unit_ids) == (
            "open",
            ["area_inspector", "commune_pc"],
            [violation.unit_id],
        )
    with ctx_of("viettel", now=NOW, read_only=True) as ctx:
        (outcome,) = referral_outcomes(ctx, ORIGIN, CASE)
        assert (outcome.number, outcome.state, outcome.readable) == (violation.number, ViolationState.REPORTED, False)


def test_raised_and_handled_twice_it_is_one_violation(ctx_of, database):
    structure_id = raised(ctx_of)
    with ctx_of("viettel", now=NOW) as ctx:
        create_referral(ctx, finding(ctx, structure_id, text="Nói lại"))
    handle_all(ctx_of, database)
    handle_all(ctx_of, database)
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(ReferralRow)) == 1
        assert ctx.session.scalar(select(func.count()).select_from(Violation)) == 1
        jobs = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'workflow.handle_finding'")
        assert ctx.session.scalar(jobs) == 1


def test_another_act_or_another_structure_of_the_same_case_is_another_violation(ctx_of, database):
    structure_id = raised(ctx_of)
    with ctx_of("viettel", now=NOW) as ctx:
        create_referral(ctx, finding(ctx, structure_id, kind="share_without_contract"))
        create_referral(ctx, finding(ctx, make(ctx, kind="cable_pole").id))
    handle_all(ctx_of, database)
    with ctx_of("viettel", now=NOW, read_only=True) as ctx:
        assert len({outcome.number for outcome in referral_outcomes(ctx, ORIGIN, CASE)}) == 3


def test_nobody_is_accused_where_the_owner_is_not_known(ctx_of, database):
    raised(ctx_of, kind="owner_unknown", accused=None)
    handle_all(ctx_of, database)
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        assert ctx.session.scalars(select(Violation.organisation_id)).one() is None


def test_an_act_that_no_law_knows_waits_and_leaves_no_half_case(ctx_of, database):
    raised(ctx_of, kind="no_such_act")
    with pytest.raises(LookupError, match="no_such_act"):
        handle_all(ctx_of, database)
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert ctx.session.scalars(select(ReferralRow.handled_at)).one() is None
        assert ctx.session.scalar(select(func.count()).select_from(Violation)) == 0


def test_what_was_given_up_is_tried_again_every_hour_and_stops_no_other(ctx_of, database):
    raised(ctx_of, kind="no_such_act")
    structure_id = raised(ctx_of)
    process_waiting(database, NOW + timedelta(minutes=59))
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(Violation)) == 0
    for _time in range(2):
        process_waiting(database, NOW + timedelta(minutes=61))
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert ctx.session.scalars(select(Violation.structure_id)).all() == [structure_id]


def test_the_worker_makes_it_only_once_the_case_that_raised_it_is_committed(live_app, live_url, tmp_path):
    web = DATABASE.of(live_app)
    with context(web, "viettel") as ctx:
        structure_id = make(ctx, kind="cable_pole").id
    with context(web, "viettel") as ctx:
        create_referral(ctx, finding(ctx, structure_id, kind="share_without_contract"))
        abort(ctx)
    with context(web, "viettel") as ctx:
        create_referral(ctx, finding(ctx, structure_id))
    worker = Database(live_url, role=WORKER_ROLE)
    worker.before_commit.append(write_pending)
    for _ in range(2):
        assert run_worker(worker, tmp_path, wait=False) == 0
    worker.dispose()
    with context(web, "so.khcn", read_only=True) as ctx:
        violation = ctx.session.scalars(select(Violation)).one()
        assert violation.structure_id == structure_id
        assert referral_origin(ctx, "violation", violation.id).number == NUMBER
