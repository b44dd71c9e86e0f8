"""Changes of legal terms by two persons: one proposes, another confirms or refuses (ADR 0025).

A term decides how long a party may take and when its silence counts as an answer, so no one changes it alone. The first
day is that of the law, which may have begun: the parties of each case with a new due date get a notice. A row of one
owner begins after the decision.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, select

from registry.audit.chain import record
from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.errors import Conflict, Invalid, NotFound
from registry.kernel.i18n import _, _l, format_date, format_datetime
from registry.kernel.two_persons import (
    MOVES,
    ProposalKind,
    ProposalState,
    close_proposal,
    on_whole_form,
    open_proposal,
    require_pending,
    require_proposer,
    require_second_person,
)
from registry.notices.events import ROLE_PARTIES, Audience, Party, Recipients, declare_events
from registry.notices.models import Notice
from registry.notices.service import notify
from registry.notices.texts import NoticeText
from registry.workflow.calendar import TermUnit
from registry.workflow.calendar_service import (
    AddTerm,
    TermChange,
    add_term,
    get_term_row,
    organisation_of,
    put_term,
    take_term_out,
    term_label,
    withdraw_term,
)
from registry.workflow.clocks import clear_calendar_cache, lock_calendar
from registry.workflow.directory import directory
from registry.workflow.models import TermProposal

#: Subject of the notices; its id is that of the proposal.
KIND: Final = "term_proposal"
_PROPOSED, _CHANGED, _WITHDRAWN = "proposed", "changed", "withdrawn"


@dataclass(frozen=True)
class DecideTerm:
    """The second person's decision; `reason` is required where the proposal is not confirmed."""

    proposal_id: int
    is_confirmed: bool
    reason: str = ""


def propose_term(ctx: Ctx, command: AddTerm) -> TermChange:
    """Propose a row of a term; returns what it would do today. Refused where it could not be written."""
    require(ctx, P.CALENDAR_EDIT)
    change = _foreseen(ctx, lambda: put_term(ctx, command))
    facts = {name: value for name, value in vars(command).items() if name != "owner"}
    _propose(
        ctx,
        TermProposal(
            kind=ProposalKind.ADD,
            organisation_id=organisation_of(ctx, command),
            **{**facts, "reminders": list(command.reminders)},
        ),
    )
    return change


def propose_withdrawal(ctx: Ctx, term_id: int, reason: str) -> TermChange:
    """Propose to withdraw a mistaken row; returns what that would do today."""
    require(ctx, P.CALENDAR_EDIT)
    change = _foreseen(ctx, lambda: take_term_out(ctx, term_id, reason))
    row = get_term_row(ctx, term_id)
    names = ("key", "organisation_id", "valid_from", "length", "unit", "cut_off", "citation", "needs_verification")
    _propose(
        ctx,
        TermProposal(
            kind=ProposalKind.WITHDRAW,
            term_id=row.id,
            reason=reason,
            reminders=list(row.reminders),
            **{name: getattr(row, name) for name in names},
        ),
    )
    return change


def decide_term(ctx: Ctx, command: DecideTerm) -> TermChange | None:
    """Confirm a proposal of another person, which makes the change, or refuse it (None).

    Conflict if it was decided or taken back already; Invalid for one's own, and where the change is no longer possible.
    """
    proposal = _pending(ctx, command.proposal_id)
    require_second_person(ctx, proposal, is_confirmed=command.is_confirmed, reason=command.reason)
    change = None
    if command.is_confirmed:
        try:
            change = _apply(ctx, proposal)
        except Invalid as refused:
            raise on_whole_form(refused) from refused
    _close(
        ctx,
        proposal,
        ProposalState.CONFIRMED if command.is_confirmed else ProposalState.REFUSED,
        command.reason or None,
    )
    if command.is_confirmed:
        _notify_owners(ctx, proposal)
    return change


def cancel_term(ctx: Ctx, proposal_id: int) -> TermProposal:
    """Take back one's own proposal; Conflict if it was decided already, Invalid for that of another person."""
    proposal = _pending(ctx, proposal_id)
    require_proposer(ctx, proposal)
    _close(ctx, proposal, ProposalState.WITHDRAWN, None)
    return proposal


@dataclass(frozen=True)
class TermProposalView:
    """A proposal as pages show it, with the names of who proposed and decided."""

    proposal: TermProposal
    label: str
    proposed_by: str
    decided_by: str


def list_term_proposals(ctx: Ctx, *conditions: ColumnElement[bool]) -> list[TermProposalView]:
    """Proposals with these conditions, newest first."""
    newest_first = TermProposal.proposed_at.desc(), TermProposal.id.desc()
    proposals = ctx.session.scalars(select(TermProposal).where(*conditions).order_by(*newest_first)).all()
    people = [person for each in proposals for person in (each.proposed_by_id, each.decided_by_id)]
    names = directory().person_names(ctx, {person for person in people if person is not None})
    return [
        TermProposalView(
            proposal,
            term_label(proposal.key),
            names[proposal.proposed_by_id],
            names[proposal.decided_by_id] if proposal.decided_by_id is not None else "",
        )
        for proposal in proposals
    ]


def get_term_proposal(ctx: Ctx, proposal_id: int) -> TermProposalView:
    """One proposal; NotFound without one."""
    views = list_term_proposals(ctx, TermProposal.id == proposal_id)
    if not views:
        raise NotFound
    return views[0]


def is_waiting() -> ColumnElement[bool]:
    """Whether a proposal waits for a second person."""
    return TermProposal.state == ProposalState.PENDING


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
            "Thời hạn «%(label)s» %(length)s %(unit)s từ ngày %(day)s (%(citation)s) đã được rút vì ghi nhầm.", **facts
        )
    else:
        sentence = _("Từ ngày %(day)s thời hạn «%(label)s» là %(length)s %(unit)s (%(citation)s).", **facts)
    return NoticeText(sentence, "calendar.terms", {"_anchor": params["key"]}, title=label)


def _foreseen(ctx: Ctx, write: Callable[[], TermChange]) -> TermChange:
    """What a change does, written in a savepoint that is rolled back."""
    savepoint = ctx.session.begin_nested()
    try:
        return write()
    finally:
        savepoint.rollback()
        clear_calendar_cache(ctx)


def _propose(ctx: Ctx, proposal: TermProposal) -> None:
    waiting = select(TermProposal).where(
        TermProposal.key == proposal.key,
        TermProposal.organisation_id.is_not_distinct_from(proposal.organisation_id),
        is_waiting(),
    )
    earlier = ctx.session.scalars(waiting).one_or_none()
    if earlier is not None:
        sentence = _(
            "Thời hạn này đã có một đề xuất lúc %(moment)s đang chờ xác nhận; hãy quyết định hoặc rút đề xuất đó"
            " trước.",
            moment=format_datetime(earlier.proposed_at),
        )
        raise Conflict(sentence)
    open_proposal(ctx, proposal)
    ctx.session.add(proposal)
    ctx.session.flush()
    record(ctx, "term.propose", KIND, proposal.id, key=proposal.key, kind=proposal.kind.value)
    notify(ctx, EVENTS[_PROPOSED], proposal.id, proposal, key=proposal.key)


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


def _pending(ctx: Ctx, proposal_id: int) -> TermProposal:
    require(ctx, P.CALENDAR_EDIT)
    lock_calendar(ctx)
    proposal = ctx.session.get(TermProposal, proposal_id)
    if proposal is None:
        raise NotFound
    ctx.session.refresh(proposal, with_for_update=True)
    require_pending(proposal)
    return proposal


def _close(ctx: Ctx, proposal: TermProposal, state: ProposalState, reason: str | None) -> None:
    close_proposal(ctx, proposal, state, reason)
    record(ctx, f"term.propose.{MOVES[state]}", KIND, proposal.id, key=proposal.key)


def _notify_owners(ctx: Ctx, proposal: TermProposal) -> None:
    """Show a confirmed change to the owners that the term binds and protects."""
    facts: dict[str, Any] = {"day": proposal.valid_from.isoformat(), "length": proposal.length}
    facts |= {"unit": proposal.unit.value, "citation": proposal.citation}
    event = EVENTS[_CHANGED if proposal.kind is ProposalKind.ADD else _WITHDRAWN]
    notify(ctx, event, proposal.id, proposal, key=proposal.key, **facts)


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
