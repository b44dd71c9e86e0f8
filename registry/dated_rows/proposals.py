"""Changes of rows of law that one person proposes and another confirms or refuses (ADR 0025)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import ColumnElement, select

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.directory import directory
from registry.dated_rows.service import begin
from registry.dated_rows.tables import DatedTable
from registry.kernel.errors import Conflict, Invalid, NotFound, errors_at
from registry.kernel.i18n import _, format_datetime
from registry.kernel.two_persons import Proposal, ProposalState

ProposalT = TypeVar("ProposalT", bound=Proposal)
_VERBS: Final = {
    ProposalState.CONFIRMED: "confirm",
    ProposalState.REFUSED: "refuse",
    ProposalState.WITHDRAWN: "cancel",
}


@dataclass(frozen=True)
class Decision:
    """The second person's decision; `reason` is required where the proposal is not confirmed."""

    proposal_id: int
    is_confirmed: bool
    reason: str = ""


@dataclass(frozen=True)
class ProposalTable(Generic[ProposalT]):
    """The proposals for a table of law, of which one a series waits at a time."""

    model: type[ProposalT]
    of: DatedTable[Any]
    series: tuple[str, ...]
    #: Writes what a proposal asks for; Invalid where that is no longer possible.
    apply: Callable[[Ctx, Any], Any]
    notify_proposed: Callable[[Ctx, Any], None]
    notify_confirmed: Callable[[Ctx, Any], None]
    #: Whether the program still has what a proposal is about; others are not found.
    is_current: Callable[[Any], bool] = lambda _proposal: True

    @property
    def name(self) -> str:
        """Name of the table, and of its objects in the audit log."""
        return str(self.model.__tablename__)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class SignedProposal(Generic[ProposalT]):
    """A proposal with the names of who proposed and who decided ("": it waits)."""

    proposal: ProposalT
    proposed_by: str
    decided_by: str


def propose(ctx: Ctx, table: ProposalTable[ProposalT], proposal: ProposalT) -> ProposalT:
    """Write a proposal of the actor; the caller has begun the change. Conflict if one of its series waits."""
    model: Any = table.model
    series = [getattr(model, column).is_not_distinct_from(getattr(proposal, column)) for column in table.series]
    earlier = ctx.session.scalars(select(model).where(*series, is_waiting(table))).one_or_none()
    if earlier is not None:
        sentence = _(
            "Đã có một đề xuất thay đổi lúc %(moment)s đang chờ xác nhận; hãy quyết định hoặc rút đề xuất đó trước.",
            moment=format_datetime(earlier.proposed_at),
        )
        raise Conflict(sentence)
    proposal.proposed_by_id, proposal.proposed_at = _actor_id(ctx), ctx.now
    proposal.state = ProposalState.PENDING
    ctx.session.add(proposal)
    ctx.session.flush()
    _record(ctx, table, proposal, "propose", kind=proposal.kind.value)
    table.notify_proposed(ctx, proposal)
    return proposal


def decide(ctx: Ctx, table: ProposalTable[ProposalT], decision: Decision) -> tuple[ProposalT, Any]:
    """Confirm a proposal of another person, which makes the change, or refuse it; returns it with what `apply` gave.

    Conflict if it was decided or taken back already; Invalid for one's own, for a refusal without a reason, and where
    the change is no longer possible.
    """
    proposal = _waiting(ctx, table, decision.proposal_id)
    if proposal.proposed_by_id == ctx.actor.id:
        sentence = _("Người lập đề xuất không được tự quyết định; cần một cán bộ khác của Sở xác nhận.")
        raise Invalid({"": sentence})
    if not decision.is_confirmed:
        if not decision.reason:
            raise Invalid({"reason": _("Chưa ghi lý do không xác nhận; hãy ghi lý do.")})
        _close(ctx, table, proposal, ProposalState.REFUSED, decision.reason)
        return proposal, None
    with errors_at(""):
        change = table.apply(ctx, proposal)
    _close(ctx, table, proposal, ProposalState.CONFIRMED, decision.reason or None)
    table.notify_confirmed(ctx, proposal)
    return proposal, change


def cancel(ctx: Ctx, table: ProposalTable[ProposalT], proposal_id: int) -> ProposalT:
    """Take back one's own proposal; Conflict if it was decided already, Invalid for that of another person."""
    proposal = _waiting(ctx, table, proposal_id)
    if proposal.proposed_by_id != ctx.actor.id:
        raise Invalid({"": _("Chỉ người lập đề xuất được rút đề xuất; người khác xác nhận hoặc không xác nhận.")})
    _close(ctx, table, proposal, ProposalState.WITHDRAWN, None)
    return proposal


def get_proposal(ctx: Ctx, table: ProposalTable[ProposalT], proposal_id: int) -> ProposalT:
    """One proposal; NotFound without one."""
    proposal = ctx.session.get(table.model, proposal_id)
    if proposal is None or not table.is_current(proposal):
        raise NotFound
    return proposal


def is_waiting(table: ProposalTable[ProposalT]) -> ColumnElement[bool]:
    """Whether a proposal waits for a second person."""
    model: Any = table.model
    waits: ColumnElement[bool] = model.state == ProposalState.PENDING
    return waits


def list_proposals(
    ctx: Ctx, table: ProposalTable[ProposalT], *conditions: ColumnElement[bool]
) -> Sequence[SignedProposal[ProposalT]]:
    """Proposals with these conditions, newest first."""
    model: Any = table.model
    newest_first = model.proposed_at.desc(), model.id.desc()
    rows = ctx.session.scalars(select(model).where(*conditions).order_by(*newest_first)).all()
    proposals: list[ProposalT] = [proposal for proposal in rows if table.is_current(proposal)]
    people = [person for item in proposals for person in (item.proposed_by_id, item.decided_by_id)]
    names = directory().person_names(ctx, {person for person in people if person is not None})
    return [
        SignedProposal(
            proposal,
            names[proposal.proposed_by_id],
            names[proposal.decided_by_id] if proposal.decided_by_id is not None else "",
        )
        for proposal in proposals
    ]


def _waiting(ctx: Ctx, table: ProposalTable[ProposalT], proposal_id: int) -> ProposalT:
    """A proposal that waits, locked; Conflict for one that was decided or taken back."""
    begin(ctx, table.of)
    proposal = get_proposal(ctx, table, proposal_id)
    ctx.session.refresh(proposal, with_for_update=True)
    if proposal.state is ProposalState.PENDING:
        return proposal
    decided_at: datetime | None = proposal.decided_at
    sentence = _(
        "Đề xuất này không còn chờ xác nhận (%(state)s, %(moment)s).",
        state=proposal.state.label,
        moment=format_datetime(decided_at) if decided_at else "",
    )
    raise Conflict(sentence)


def _close(
    ctx: Ctx, table: ProposalTable[ProposalT], proposal: ProposalT, state: ProposalState, reason: str | None
) -> None:
    proposal.state, proposal.decision_reason = state, reason
    proposal.decided_by_id, proposal.decided_at = _actor_id(ctx), ctx.now
    ctx.session.flush()
    _record(ctx, table, proposal, f"propose.{_VERBS[state]}")


def _record(ctx: Ctx, table: ProposalTable[ProposalT], proposal: Any, verb: str, **details: Any) -> None:
    record(ctx, f"{table.of.action}.{verb}", table.name, proposal.id, key=proposal.key, **details)


def _actor_id(ctx: Ctx) -> int:
    if ctx.actor.id is None:
        message = "what protects others is changed by persons"
        raise RuntimeError(message)
    return int(ctx.actor.id)
