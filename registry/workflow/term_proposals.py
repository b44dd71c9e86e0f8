"""Changes of legal terms by two persons: one proposes, another confirms or refuses (ADR 0025).

A term decides how long a party may take and when its silence counts as an answer, so no one changes it alone. The first
day is that of the law, which may have begun: the parties of each case with a new due date get a notice. A row of one
owner begins after the decision.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from registry.authz.actors import Ctx, Role
from registry.authz.directory import directory
from registry.dated_rows.proposals import ProposalTable, propose
from registry.dated_rows.service import get_row
from registry.kernel.i18n import _, _l, format_date
from registry.kernel.two_persons import ProposalKind
from registry.notices.events import ROLE_PARTIES, Audience, Party, Recipients, declare_events
from registry.notices.models import Notice
from registry.notices.service import notify
from registry.notices.texts import NoticeText
from registry.workflow.calendar import TermUnit
from registry.workflow.calendar_service import (
    TERMS,
    AddTerm,
    TermChange,
    add_term,
    organisation_of,
    put_term,
    take_term_out,
    term_label,
    withdraw_term,
)
from registry.workflow.clocks import clear_calendar_cache
from registry.workflow.models import TermProposal

#: Subject of the notices; its id is that of the proposal.
KIND: Final = "term_proposal"
_PROPOSED, _CHANGED, _WITHDRAWN = "proposed", "changed", "withdrawn"


def propose_term(ctx: Ctx, command: AddTerm) -> TermChange:
    """Propose a row of a term; returns what it would do today. Refused where it could not be written."""
    change = _foreseen(ctx, lambda: put_term(ctx, command))
    facts = {name: value for name, value in vars(command).items() if name != "owner"}
    proposal = TermProposal(
        kind=ProposalKind.ADD,
        organisation_id=organisation_of(ctx, command),
        **{**facts, "reminders": list(command.reminders)},
    )
    propose(ctx, PROPOSALS, proposal)
    return change


def propose_withdrawal(ctx: Ctx, term_id: int, reason: str) -> TermChange:
    """Propose to withdraw a mistaken row; returns what that would do today."""
    change = _foreseen(ctx, lambda: take_term_out(ctx, term_id, reason))
    row = get_row(ctx, TERMS, term_id)
    names = ("key", "organisation_id", "valid_from", "length", "unit", "cut_off", "citation", "needs_verification")
    proposal = TermProposal(
        kind=ProposalKind.WITHDRAW,
        term_id=row.id,
        reason=reason,
        reminders=list(row.reminders),
        **{name: getattr(row, name) for name in names},
    )
    propose(ctx, PROPOSALS, proposal)
    return change


def read_notice(notice: Notice) -> NoticeText:
    """The sentence of a notice; its title is the term."""
    params = notice.params
    label = term_label(str(params["key"]))
    if notice.event == _PROPOSED:
        sentence = _("Có đề xuất thay đổi một thời hạn, đang chờ người thứ hai xác nhận.")
        return NoticeText(sentence, "calendar.term_proposal", {"proposal_id": notice.subject_id}, title=label)
    facts = {
        "label": label,
        "day": format_date(date.fromisoformat(str(params["day"]))),
        "length": params["length"],
        "unit": TermUnit(str(params["unit"])).label,
        "citation": params["citation"],
    }
    if notice.event == _WITHDRAWN:
        sentence = _(
            "Thời hạn “%(label)s” %(length)s %(unit)s từ ngày %(day)s (%(citation)s) đã được rút vì ghi nhầm.", **facts
        )
    else:
        sentence = _("Từ ngày %(day)s thời hạn “%(label)s” là %(length)s %(unit)s (%(citation)s).", **facts)
    return NoticeText(sentence, "calendar.terms", {"_anchor": params["key"]}, title=label)


def _foreseen(ctx: Ctx, write: Callable[[], TermChange]) -> TermChange:
    """What a change does, written in a savepoint that is rolled back."""
    savepoint = ctx.session.begin_nested()
    try:
        return write()
    finally:
        savepoint.rollback()
        clear_calendar_cache(ctx)


def _apply(ctx: Ctx, proposal: TermProposal) -> TermChange:
    if proposal.kind is ProposalKind.WITHDRAW and proposal.term_id is not None:
        return withdraw_term(ctx, proposal.term_id, proposal.reason or "", proposal=proposal.id)
    change = add_term(
        ctx,
        AddTerm(
            proposal.key,
            proposal.valid_from,
            proposal.length,
            proposal.unit,
            proposal.cut_off,
            tuple(proposal.reminders),
            proposal.citation,
            proposal.needs_verification,
            _code(ctx, proposal.organisation_id),
        ),
        proposal=proposal.id,
    )
    proposal.term_id = change.row.id
    return change


def _code(ctx: Ctx, organisation_id: int | None) -> str:
    return "" if organisation_id is None else directory().organisation_codes(ctx, {organisation_id})[organisation_id]


def _notify_owners(ctx: Ctx, proposal: TermProposal) -> None:
    """Show a confirmed change to the owners that the term binds and protects."""
    facts: dict[str, Any] = {"day": proposal.valid_from.isoformat(), "length": proposal.length}
    facts |= {"unit": proposal.unit.value, "citation": proposal.citation}
    event = EVENTS[_CHANGED if proposal.kind is ProposalKind.ADD else _WITHDRAWN]
    notify(ctx, event, proposal.id, proposal, key=proposal.key, **facts)


def _notify_proposed(ctx: Ctx, proposal: TermProposal) -> None:
    notify(ctx, EVENTS[_PROPOSED], proposal.id, proposal, key=proposal.key)


def _owners(_ctx: Ctx, proposal: TermProposal) -> Audience:
    """All owners; of a row of one owner that one alone."""
    if proposal.organisation_id is not None:
        return Audience(organisation_ids=frozenset({proposal.organisation_id}))
    return Audience(roles=frozenset({Role.OPERATOR, Role.INFRA_OWNER}))


EVENTS: Final = declare_events(
    KIND,
    _l("Đề xuất thay đổi thời hạn"),
    {**ROLE_PARTIES, "owners": Party(_l("Chủ sở hữu mà thời hạn áp dụng"), _owners)},
    {
        _PROPOSED: (
            _l("Có đề xuất"),
            Recipients(act=(Role.LEAD_DEPARTMENT.value,)),
            _l("Xác nhận hoặc không xác nhận đề xuất"),
        ),
        _CHANGED: (_l("Thay đổi đã được xác nhận"), Recipients(affected=("owners",))),
        _WITHDRAWN: (_l("Dòng ghi nhầm đã được rút"), Recipients(affected=("owners",))),
    },
)
PROPOSALS: Final = ProposalTable(
    TermProposal,
    TERMS,
    ("key", "organisation_id"),
    _apply,
    notify_proposed=_notify_proposed,
    notify_confirmed=_notify_owners,
)
