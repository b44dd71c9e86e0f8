"""Changes that one person proposes and another confirms or refuses (ADR 0025)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Protocol

from registry.kernel.context import Context
from registry.kernel.db.base import Choice
from registry.kernel.errors import Conflict, Invalid
from registry.kernel.i18n import _, _l, format_datetime


class ProposalKind(Choice):
    """A new value, or the withdrawal of a row that stands."""

    ADD = "add", _l("Thêm giá trị mới")
    WITHDRAW = "withdraw", _l("Rút giá trị")


class ProposalState(Choice):
    """A proposal waits for a second person, or was decided; its proposer may take it back."""

    PENDING = "pending", _l("chờ người thứ hai xác nhận")
    CONFIRMED = "confirmed", _l("đã xác nhận")
    REFUSED = "refused", _l("không được xác nhận")
    WITHDRAWN = "withdrawn", _l("người đề xuất đã rút")


#: The last part of the names of their actions in the audit log.
MOVES: Final = {
    ProposalState.CONFIRMED: "confirm",
    ProposalState.REFUSED: "refuse",
    ProposalState.WITHDRAWN: "cancel",
}


class Proposal(Protocol):
    """What the tables of proposals have in common; `decided_by_id` differs from `proposed_by_id` by a constraint."""

    state: Any
    proposed_by_id: Any
    proposed_at: Any
    decided_by_id: Any
    decided_at: Any
    decision_reason: Any


def open_proposal(ctx: Context[Any], proposal: Proposal) -> None:
    """Mark a new row as proposed by the actor."""
    proposal.proposed_by_id, proposal.proposed_at = _actor_id(ctx), ctx.now
    proposal.state = ProposalState.PENDING


def require_pending(proposal: Proposal) -> None:
    """Conflict for a proposal, locked by the caller, that was decided or taken back."""
    if proposal.state is ProposalState.PENDING:
        return
    decided_at: datetime | None = proposal.decided_at
    sentence = _(
        "Đề xuất này không còn chờ xác nhận (%(state)s, %(moment)s).",
        state=proposal.state.label,
        moment=format_datetime(decided_at) if decided_at else "",
    )
    raise Conflict(sentence)


def require_second_person(ctx: Context[Any], proposal: Proposal, *, is_confirmed: bool, reason: str) -> None:
    """Invalid for one's own proposal, and for a refusal without a reason."""
    if proposal.proposed_by_id == ctx.actor.id:
        sentence = _("Bạn đã lập đề xuất này nên không tự quyết định được; cần một cán bộ khác của Sở xác nhận.")
        raise Invalid({"": sentence})
    if not is_confirmed and not reason:
        raise Invalid({"reason": _("Chưa ghi lý do không xác nhận; hãy ghi lý do.")})


def require_proposer(ctx: Context[Any], proposal: Proposal) -> None:
    """Invalid for the proposal of another person, which is not taken back."""
    if proposal.proposed_by_id != ctx.actor.id:
        raise Invalid({"": _("Chỉ người lập đề xuất được rút đề xuất; người khác xác nhận hoặc không xác nhận.")})


def close_proposal(ctx: Context[Any], proposal: Proposal, state: ProposalState, reason: str | None) -> None:
    """Write the decision of the actor."""
    proposal.state, proposal.decision_reason = state, reason
    proposal.decided_by_id, proposal.decided_at = _actor_id(ctx), ctx.now
    ctx.session.flush()


def on_whole_form(refused: Invalid) -> Invalid:
    """The same sentences for the form of a decision, which does not have the fields."""
    return Invalid({"": [sentence for sentences in refused.fields.values() for sentence in sentences]})


def _actor_id(ctx: Context[Any]) -> int:
    if ctx.actor.id is None:
        message = "what protects others is changed by persons"
        raise RuntimeError(message)
    return int(ctx.actor.id)
