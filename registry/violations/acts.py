"""The further acts of a case: what the law says of each, and its part of the fine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.clock import LOCAL_ZONE, local_date
from registry.violations.models import Violation, ViolationAct, ViolationKind


def further_acts(ctx: Ctx, case: Violation) -> Sequence[ViolationAct]:
    """The further acts of a case with their kinds, in the order in which they were added."""
    query = select(ViolationAct).where(ViolationAct.violation_id == case.id, ViolationAct.is_active)
    return ctx.session.scalars(
        query.options(joinedload(ViolationAct.kind, innerjoin=True)).order_by(ViolationAct.id)
    ).all()


def kinds_of(ctx: Ctx, case: Violation) -> list[ViolationKind]:
    """The acts of a case, the first one first."""
    return [ctx.session.get_one(ViolationKind, case.kind_id), *(act.kind for act in further_acts(ctx, case))]


def fine_field(act: ViolationAct) -> str:
    """The name of the field with the fine of a further act."""
    return f"fine_{act.id}"


def act_start(case: Violation, act: ViolationAct) -> datetime:
    """The beginning of the limitation of a further act: the act, or the discovery where it goes on."""
    day: date = local_date(case.found_at) if act.is_continuing else act.occurred_on
    return datetime.combine(day, time.min, tzinfo=LOCAL_ZONE)


def fines_of_acts(acts: Sequence[ViolationAct]) -> Decimal:
    """The parts of the fine that are of further acts."""
    return sum((act.fine_vnd or Decimal(0) for act in acts), Decimal(0))


def list_group(ctx: Ctx, case: Violation) -> Sequence[Violation]:
    """The other cases of the same affair that the actor may read."""
    return ctx.session.scalars(other_cases(case).where(visible(ctx, Violation, P.VIOLATION_READ))).all()


def other_cases(case: Violation) -> Select[Violation]:
    """SQL: the other cases of the same affair, one for each other violator."""
    first = case.group_id or case.id
    return (
        select(Violation)
        .where((Violation.id == first) | (Violation.group_id == first), Violation.id != case.id)
        .order_by(Violation.id)
    )
