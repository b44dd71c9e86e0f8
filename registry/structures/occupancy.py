"""Who uses a structure, as the ledger of a higher feature knows it; asked where a structure goes out of service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from registry.authz.actors import Ctx
from registry.kernel.feature import ExtensionPoint
from registry.structures.models import Structure


@dataclass(frozen=True)
class Occupancy:
    """What is in use on a structure: `entries` in words, each of no case, and the numbers of cases that hold places."""

    entries: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()


class Ledger(Protocol):
    """What a feature that keeps occupants must be able to do."""

    def occupancy(self, ctx: Ctx, structure: Structure) -> Occupancy:
        """What is in use, held or blocked there now."""
        ...

    def end(self, ctx: Ctx, structure: Structure, last: date) -> None:
        """End all that no case holds, with its last day."""
        ...

    def move(self, ctx: Ctx, structure: Structure, to_code: str, last: date) -> None:
        """End it, and let it go on from that day on another structure of the owner; Invalid (`move_to`) where not."""
        ...


LEDGER = ExtensionPoint[Ledger]("structures.ledger")


def the_ledger() -> Ledger | None:
    """The feature that keeps occupants; None where no feature does."""
    return LEDGER.only()
