"""A sample round of confirmation that is running: every owner is asked, two have answered for a part."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import Row, delete, select
from sqlalchemy.orm import Session

from registry.accounts.queries import find_organisation
from registry.audit.models import AuditEvent
from registry.authz.actors import Ctx
from registry.demo.cases import Stage
from registry.notices.models import Notice, NoticeMail, NoticeRead
from registry.structures.models import Structure
from registry.upkeep.commands import ConfirmStructures, OpenRounds, Part
from registry.upkeep.jobs import defer_confirm
from registry.upkeep.models import AttestationRound
from registry.upkeep.queries import SHOWN, unconfirmed_in
from registry.upkeep.service import KIND, confirm_structures, list_owners_to_ask, open_rounds_by_hand, running_rounds

#: Days ago; by the usual term most of it is still to come.
_OPENED: Final = 12
_OPEN: Final = "upkeep.open"


def play_rounds(stage: Stage) -> None:
    """The lead department asks every owner that is not asked already; Viettel and VNPT confirm their first towers."""
    with stage.acting("so.khcn", _OPENED) as ctx:
        asked = running_rounds(ctx)
        owners = [owner.id for owner in list_owners_to_ask(ctx) if owner.id not in asked]
    for owner_id in owners:
        # Each in a change of its own: a clearing knows by it who opened the round.
        with stage.acting("so.khcn", _OPENED) as ctx:
            open_rounds_by_hand(ctx, OpenRounds(owner_id))
    for username in ("viettel", "vnpt"):
        # Of now: what was changed meanwhile keeps its order.
        with stage.acting(username, 0) as ctx:
            owner = find_organisation(ctx.session, username)
            found = running_rounds(ctx).get(owner.id) if owner else None
            rows = _first_left(ctx, found) if found else []
            if found and rows:
                ticked = tuple((row.id, row.version) for row in rows)
                confirm_structures(ctx, ConfirmStructures(found.id, ticked), defer_confirm)


def _first_left(ctx: Ctx, found: AttestationRound) -> list[Row[Any]]:
    """The towers that are confirmed, by their own codes: those of the province come in another order each time."""
    query = select(Structure.id, Structure.version).where(*unconfirmed_in(ctx, found, Part("antenna_tower")))
    return list(ctx.session.execute(query.order_by(Structure.own_code).limit(SHOWN)))


def remove_rounds(session: Session, user_ids: Collection[int]) -> None:
    """Remove the rounds that accounts of the demonstration opened one by one; history and audit stay."""
    opened = select(AuditEvent.object_id).where(AuditEvent.action == _OPEN, AuditEvent.actor_id.in_(user_ids))
    ids = list(session.scalars(select(AttestationRound.id).where(AttestationRound.id.in_(opened))))
    notices = select(Notice.id).where(Notice.subject_kind == KIND, Notice.subject_id.in_(ids))
    for model in (NoticeMail, NoticeRead):
        session.execute(delete(model).where(model.notice_id.in_(notices)))
    session.execute(delete(Notice).where(Notice.subject_kind == KIND, Notice.subject_id.in_(ids)))
    session.execute(delete(AttestationRound).where(AttestationRound.id.in_(ids)))
