"""Reads of what happened to a case."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.workflow.models import CaseEvent


def last_moves_into(ctx: Ctx, workflow: str, case_id: int, states: Collection[str]) -> list[str]:
    """The moves that brought a case into some states from others, the last one first."""
    query = (
        select(CaseEvent.move)
        .where(
            CaseEvent.workflow == workflow,
            CaseEvent.case_id == case_id,
            CaseEvent.to_state.in_(states),
            CaseEvent.from_state.not_in(states),
        )
        .order_by(CaseEvent.id.desc())
    )
    return list(ctx.session.scalars(query))
