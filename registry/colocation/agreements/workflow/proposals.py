"""What one side proposes about a signed contract and the other confirms: four moves for either side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.colocation.agreements.models import AgreementSide, AgreementState, ColocationAgreement
from registry.kernel.i18n import LazyText, _l
from registry.workflow.definition import Effect, Fork, Guard, Move, Need, Obstacle, same_state
from registry.workflow.needs import text_need

_OTHER: Final = {
    AgreementSide.OWNER: AgreementSide.REQUESTER,
    AgreementSide.REQUESTER: AgreementSide.OWNER,
}
_PERMISSION: Final = {
    AgreementSide.OWNER: P.COLOCATION_DECIDE,
    AgreementSide.REQUESTER: P.COLOCATION_REQUEST,
}
_REASON: Final = text_need("text", _l("Lý do từ chối"))


@dataclass(frozen=True)
class Step:
    """One of the four moves: its name by the side that makes it, its button, and what it says when it was made."""

    names: Mapping[AgreementSide, str]
    label: LazyText
    done: Mapping[AgreementSide, LazyText]


@dataclass(frozen=True)
class Proposal:
    """A thing that may be proposed: in which states, what it asks for, and what stands in its way.

    `store` gives the effect that keeps the proposal of a side; `apply` makes it true once the other side confirmed it,
    `drop` forgets it. `made_by` gives the obstacle that a side's proposal does not wait. `shows` tells who proposes
    what the contract says now.
    """

    states: tuple[AgreementState, ...]
    propose: Step
    confirm: Step
    decline: Step
    withdraw: Step
    needs: tuple[Need, ...]
    none_waits: Obstacle
    made_by: Callable[[AgreementSide], Obstacle]
    fits: Guard
    store: Callable[[AgreementSide], Effect]
    apply: Effect
    drop: Effect
    still_fits: Guard | None = None
    shows: Callable[[Ctx, ColocationAgreement], Sequence[tuple[str, str]]] | None = None


def proposal_moves(proposal: Proposal) -> tuple[Move, ...]:
    """The moves of both sides: propose, withdraw one's own proposal, confirm or decline that of the other."""
    return tuple(move for side in AgreementSide for move in _moves_of(proposal, side))


def _moves_of(proposal: Proposal, side: AgreementSide) -> tuple[Move, ...]:
    other = _OTHER[side]
    states = proposal.states
    target = states[0] if len(states) == 1 else Fork(states, same_state)

    def move(step: Step, **more: Any) -> Move:
        return Move(
            step.names[side],
            step.label,
            step.done[side],
            states,
            target,
            _PERMISSION[side],
            **{"tells": (other.value,)} | more,
        )

    return (
        move(
            proposal.confirm,
            obstacle=proposal.made_by(other),
            guard=proposal.still_fits,
            effect=proposal.apply,
            tells=(other.value, "lead"),
            tone="primary",
        ),
        move(proposal.decline, needs=(_REASON,), obstacle=proposal.made_by(other), effect=proposal.drop),
        move(
            proposal.propose,
            needs=proposal.needs,
            obstacle=proposal.none_waits,
            guard=proposal.fits,
            effect=proposal.store(side),
            shows=proposal.shows,
        ),
        move(proposal.withdraw, obstacle=proposal.made_by(side), effect=proposal.drop),
    )
