"""What moves of several phases share."""

from __future__ import annotations

from registry.authz.actors import Ctx
from registry.incidents.codes import IncidentState
from registry.incidents.models import Incident
from registry.workflow.definition import Data

S = IncidentState
WITH_OWNER = (S.ASSIGNED, S.ACKNOWLEDGED, S.OVERDUE)


def close(ctx: Ctx, case: Incident, data: Data) -> None:
    """From now on the contact of reporters is kept for the days of the setting only."""
    del data
    case.closed_at = ctx.now
