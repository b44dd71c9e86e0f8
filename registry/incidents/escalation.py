"""Reports that were not triaged in time climb one more level: the provincial committee is notified once."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import func, select

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.incidents.codes import CODE, IncidentState
from registry.incidents.models import Incident
from registry.incidents.workflow import INCIDENT, TRIAGE_CLIMBS
from registry.workflow.engine import note_event
from registry.workflow.models import CaseEvent
from registry.workflow.notices import notify_event

#: An overdue report climbs after as long again as its term was, and at the latest after this.
_LATEST: Final = timedelta(days=2)


def climb_untriaged(ctx: Ctx) -> int:
    """Notify the provincial committee of overdue reports without triage; returns how many. Safe to repeat."""
    climbed = select(CaseEvent.id).where(
        CaseEvent.workflow == CODE,
        CaseEvent.case_id == Incident.id,
        CaseEvent.move == TRIAGE_CLIMBS,
        CaseEvent.occurred_at >= Incident.state_since,
    )
    wait = func.least(Incident.state_since - Incident.reported_at, _LATEST)
    query = (
        select(Incident)
        .where(
            Incident.state == IncidentState.TRIAGE_OVERDUE,
            Incident.state_since + wait <= ctx.now,
            ~climbed.exists(),
        )
        .order_by(Incident.id)
        .with_for_update(skip_locked=True)
    )
    overdue = ctx.session.scalars(query).all()
    for incident in overdue:
        notify_event(ctx, INCIDENT, incident, TRIAGE_CLIMBS)
        note_event(ctx, CODE, incident, TRIAGE_CLIMBS)
        record(ctx, f"{CODE}.{TRIAGE_CLIMBS}", CODE, incident.id, number=incident.number)
    return len(overdue)
