"""The ledger of occupants, as the steps of a structure need it; the feature that records them provides it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from registry.authz.actors import Ctx
from registry.kernel.feature import ExtensionPoint
from registry.structures.models import Structure


@dataclass(frozen=True)
class Occupancy:
    """The use of a structure: `entries` as text, each without a case, and the numbers of cases that hold places."""

    entries: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()


class Ledger(Protocol):
    """The interface of the feature that records occupants."""

    def occupancy(self, ctx: Ctx, structure: Structure) -> Occupancy:
        """The current use, reservations and blocked places."""
        ...

    def end(self, ctx: Ctx, structure: Structure, last: date) -> None:
        """End all entries without a case, with their last day."""
        ...

    def move(self, ctx: Ctx, structure: Structure, to_code: str, last: date) -> None:
        """End the entries and continue them on another structure of the owner; Invalid (`move_to`) if not possible."""
        ...

    def narrowed(self, ctx: Ctx, structure_ids: Collection[int], event: str) -> None:
        """Notify the users of structures of others that these are suspended or closed (`suspended`, `closed`)."""
        ...

    def watch_revert(self, ctx: Ctx, change_id: int) -> Callable[[], None]:
        """Before a change is reverted; what it returns notifies the users whose uses the revert took away."""
        ...


LEDGER = ExtensionPoint[Ledger]("structures.ledger")


def the_ledger() -> Ledger | None:
    """The ledger; None where no feature provides one."""
    return LEDGER.only()
