"""Messages between the parties of a case: stored with it, notified to all, part of its dossier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.authz.scopes import allowed, ended_notice
from registry.kernel.errors import Forbidden, Invalid, NotFound
from registry.kernel.i18n import _
from registry.kernel.text import TextRefused, normalise_lines
from registry.workflow.definition import Workflow
from registry.workflow.engine import lock_case, touch
from registry.workflow.models import MOST_CHARACTERS, CaseMessage
from registry.workflow.notice_events import MESSAGE
from registry.workflow.notices import notify_event


def may_write(ctx: Ctx, workflow: Workflow, case: Any) -> bool:
    """Whether the actor is a party of a case with messages: anyone who may make one of its moves."""
    if not workflow.has_messages or case.number is None or ctx.actor.ended_on is not None:
        return False
    return any(allowed(ctx, name, case) for name in {move.permission for move in workflow.moves if not move.by_clock})


def list_messages(ctx: Ctx, workflow: Workflow, case_id: int) -> Sequence[CaseMessage]:
    """The messages of a case, oldest first; the caller has checked that the actor may read the case."""
    query = select(CaseMessage).where(CaseMessage.workflow == workflow.code, CaseMessage.case_id == case_id)
    return ctx.session.scalars(query.order_by(CaseMessage.id)).all()


def write_message(ctx: Ctx, workflow: Workflow, case_id: int, text: str) -> CaseMessage:
    """Send a message to the other parties; the case's version stays, so that no open decision becomes stale."""
    case = lock_case(ctx, workflow, case_id)
    if not workflow.has_messages:
        raise NotFound
    if not may_write(ctx, workflow, case):
        raise Forbidden(ended_notice(ctx.actor))
    message = CaseMessage(
        workflow=workflow.code,
        case_id=case.id,
        text=_clean(text),
        written_at=ctx.now,
        written_by_id=ctx.actor.id,
        written_by=ctx.actor.display_name,
    )
    ctx.session.add(message)
    ctx.session.flush()
    touch(ctx, workflow, case, MESSAGE, new_version=False)
    notify_event(ctx, workflow, case, MESSAGE)
    return message


def _clean(text: str) -> str:
    try:
        clean = normalise_lines(text)
    except TextRefused as refused:
        raise Invalid({"text": str(refused)}) from refused
    if not clean:
        raise Invalid({"text": _("Chưa nhập nội dung trao đổi.")})
    if len(clean) > MOST_CHARACTERS:
        raise Invalid(
            {"text": _("Nội dung dài %(length)d ký tự; tối đa %(most)d.", length=len(clean), most=MOST_CHARACTERS)}
        )
    return clean
