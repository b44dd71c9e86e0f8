"""What the papers of a case share: names, amounts, and what the last move of a name stated."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from sqlalchemy import select

from registry.accounts.models import UserAccount
from registry.authz.actors import Ctx
from registry.documents.official import BLANK, as_sentence
from registry.kernel.i18n import format_number
from registry.violations.codes import CODE, Offender
from registry.violations.models import Violation
from registry.workflow.models import CaseEvent

#: What a line may end with that is no end of a sentence, or another one.
_OPEN_ENDS: Final = (":", ",", "!", "?", "…")


def paragraphs(head: str, text: str) -> list[tuple[str, str]]:
    """A text of several lines as paragraphs that end as sentences do, the first one under a head."""
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [""]
    return [
        (head if number == 0 else "", line if line.endswith(_OPEN_ENDS) else as_sentence(line))
        for number, line in enumerate(lines)
    ]


def joined(*texts: str | None) -> str:
    return ", ".join(text for text in texts if text)


def dong(amount: Decimal | int) -> str:
    """An amount as papers write it."""
    return f"{format_number(amount)} đồng"


def offender_text(case: Violation) -> str:
    if case.offender_name is None or case.offender is None:
        return BLANK * 4
    return f"{'tổ chức' if case.offender is Offender.ORGANISATION else 'cá nhân'} {case.offender_name}"


def officer_name(ctx: Ctx, case: Violation) -> str:
    """Who made the minutes, or the reader who is about to."""
    query = (
        select(UserAccount.full_name)
        .join(CaseEvent, CaseEvent.actor_id == UserAccount.id)
        .where(CaseEvent.workflow == CODE, CaseEvent.case_id == case.id, CaseEvent.move == "minutes")
    )
    officer = ctx.session.scalars(query.order_by(CaseEvent.id.desc()).limit(1)).one_or_none()
    return officer or ctx.actor.display_name


def last_said(ctx: Ctx, case: Violation, move: str) -> dict[str, str]:
    """What the last move of a name stated, by its fields."""
    query = select(CaseEvent.said).where(
        CaseEvent.workflow == CODE, CaseEvent.case_id == case.id, CaseEvent.move == move
    )
    return dict(ctx.session.scalars(query.order_by(CaseEvent.id.desc()).limit(1)).one_or_none() or {})


def last_text(ctx: Ctx, case: Violation, move: str) -> str | None:
    """The text of the last move of a name."""
    return last_said(ctx, case, move).get("text")
