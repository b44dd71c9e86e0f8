"""What a reader who is no handling office may know of the history of a case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import and_, or_, select

from registry.accounts.models import UserAccount
from registry.authz.actors import Ctx
from registry.violations.codes import CODE, Offender
from registry.violations.models import Violation
from registry.violations.workflow import SERVED
from registry.violations.workflow.answering import ANSWERS
from registry.workflow.models import CaseEvent

_STATED: Final = "said"


def served_events(
    ctx: Ctx, case: Violation, events: Sequence[dict[str, Any]], *, knows_place: bool
) -> tuple[dict[str, Any], ...]:
    """The events that are served, without what is stated of persons, and answers of the own organisation alone.

    Who does not know the place reads no statement: the text of the minutes names it.
    """
    own, personal = _own_and_personal(ctx, case)
    served = (event for event in events if event["move"] in SERVED - ANSWERS or event.get("id") in own)
    return tuple(
        event if event.get("id") in own or (knows_place and event.get("id") not in personal) else event | {_STATED: []}
        for event in served
    )


def _own_and_personal(ctx: Ctx, case: Violation) -> tuple[set[int], set[int]]:
    """The ids of the answers of the actor's organisation, and of events that name a person as the offender."""
    is_answer = CaseEvent.move.in_(ANSWERS)
    names_person = CaseEvent.said["offender"].astext == Offender.INDIVIDUAL.value
    query = (
        select(CaseEvent.id, UserAccount.organisation_id, is_answer.label("is_answer"))
        .outerjoin(UserAccount, UserAccount.id == CaseEvent.actor_id)
        .where(and_(CaseEvent.workflow == CODE, CaseEvent.case_id == case.id), or_(is_answer, names_person))
    )
    rows = ctx.session.execute(query).all()
    own = {row.id for row in rows if row.is_answer and row.organisation_id in ctx.actor.organisation_ids}
    return own, {row.id for row in rows} - own
