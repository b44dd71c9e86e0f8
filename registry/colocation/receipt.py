"""The receipt of a request: what was filed, as it was filed; a request that is sent again gets a further edition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from registry.authz.actors import Ctx
from registry.colocation.codes import ColocationState
from registry.colocation.forms import REQUEST_FIELDS
from registry.colocation.models import ColocationRequest
from registry.colocation.queries import list_items, parties_of, places_by_id
from registry.colocation.queue import CODE
from registry.documents.issued import freeze_paper, issued_paper
from registry.kernel.clock import last_day
from registry.kernel.dated_rows import cite
from registry.kernel.fields import display_value
from registry.kernel.i18n import LANGUAGES, current_locale, force_locale
from registry.workflow.clocks import open_clock

_PAPER: Final = "receipt"


@dataclass(frozen=True)
class Receipt:
    """One receipt, in the reader's language."""

    number: str
    filed_at: datetime
    sent_at: datetime
    requester: str
    owner: str
    facts: list[tuple[str, str]]
    #: Code, and what is asked for, of each structure.
    items: list[tuple[str, str]]
    answer_by: date | None
    citation: str


def freeze_receipt(ctx: Ctx, case: ColocationRequest) -> None:
    """Store the receipt when a request is sent, and again when it was changed and sent again."""
    if case.state is not ColocationState.UNDER_REVIEW or case.filed_at is None:
        return
    content = _content(ctx, case)
    last = issued_paper(ctx, CODE, case.id, _PAPER)
    if last is None or any(last.content[name] != content[name] for name in ("facts", "items")):
        freeze_paper(ctx, CODE, case.id, _PAPER, content)


def receipt_of(ctx: Ctx, case: ColocationRequest) -> Receipt:
    """The last receipt of a request that was filed."""
    issued = issued_paper(ctx, CODE, case.id, _PAPER)
    content = issued.content if issued is not None else _content(ctx, case)
    language = current_locale()
    return Receipt(
        content["number"],
        datetime.fromisoformat(content["filed_at"]),
        datetime.fromisoformat(content["sent_at"]),
        content["requester"],
        content["owner"],
        [(label, value) for label, value in content["facts"][language]],
        [(code, asked) for code, asked in content["items"][language]],
        date.fromisoformat(content["answer_by"]) if content["answer_by"] else None,
        cite(content["citation"], needs_verification=content["needs_verification"]),
    )


def _content(ctx: Ctx, case: ColocationRequest) -> dict[str, Any]:
    requester, owner = parties_of(ctx, case)
    clock = open_clock(ctx.session, CODE, case.id)
    facts: dict[str, list[list[str]]] = {}
    items: dict[str, list[list[str]]] = {}
    for language in LANGUAGES:
        with force_locale(language):
            facts[language] = [
                [str(field.label), display_value(field, getattr(case, name))] for name, field in REQUEST_FIELDS.items()
            ]
            items[language] = _items(ctx, case)
    return {
        "number": case.number or "",
        "filed_at": case.filed_at.isoformat() if case.filed_at else "",
        "sent_at": ctx.now.isoformat(),
        "requester": requester,
        "owner": owner,
        "facts": facts,
        "items": items,
        "answer_by": last_day(case.due_at).isoformat() if case.due_at else "",
        "citation": clock.law.citation if clock else "",
        "needs_verification": clock is not None and clock.law.needs_verification,
    }


def _items(ctx: Ctx, case: ColocationRequest) -> list[list[str]]:
    rows = list_items(ctx, case)
    places: Mapping[int, Any] = places_by_id(ctx, (item for item, _row in rows))
    asked = []
    for item, structure in rows:
        slot = places.get(item.place_id or 0)
        asked.append([structure.code, f"{slot.unit.counted(item.quantity)}, {slot.label}" if slot else ""])
    return asked
