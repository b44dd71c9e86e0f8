"""A report that is not triaged climbs one more level, once."""

from datetime import timedelta

from sqlalchemy import select

from registry.authz.actors import SYSTEM_ACTOR
from registry.incidents.codes import IncidentState
from registry.incidents.escalation import climb_untriaged
from registry.incidents.workflow import TRIAGE_CLIMBS
from registry.notices.models import Notice
from registry.notices.queries import addressed_to
from registry.workflow.jobs import run_clocks
from tests.factories.incidents import NOW, get, report, triaged
from tests.support.shared import FIXTURES

database, app, ctx_of, client_of, taken_back = FIXTURES


def climbed_at(database, moment):
    with database.transaction(SYSTEM_ACTOR, now=moment, origin="clock") as ctx:
        return climb_untriaged(ctx)


def test_an_overdue_report_reaches_the_provincial_committee_after_as_long_again(ctx_of, database):
    waiting, _code = report(ctx_of)
    triaged(ctx_of)
    late = get(ctx_of, waiting).due_at
    run_clocks(database, late)
    assert get(ctx_of, waiting).state is IncidentState.TRIAGE_OVERDUE
    wait = min(late - NOW, timedelta(days=2))
    assert climbed_at(database, late + wait - timedelta(minutes=1)) == 0
    assert climbed_at(database, late + wait) == 1
    assert climbed_at(database, late + 2 * wait) == 0
    with ctx_of("ubnd.tinh", now=late + wait, read_only=True) as ctx:
        subjects = ctx.session.scalars(
            select(Notice.subject_id).where(Notice.event == TRIAGE_CLIMBS, addressed_to(ctx.actor))
        ).all()
    assert subjects == [waiting]
