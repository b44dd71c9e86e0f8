"""What the writes of rounds need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from registry.upkeep.models import Statement


@dataclass(frozen=True)
class Part:
    """A part of a round: one kind, one present commune, both or (empty) all of it."""

    kind: str | None = None
    unit_id: int | None = None


@dataclass(frozen=True)
class OpenRounds:
    """Ask one owner, or (None) every one that has no running round, by a last day; None: after the usual term."""

    owner_id: int | None = None
    due_on: date | None = None


@dataclass(frozen=True)
class ConfirmStructures:
    """These structures are still correct: ticked ones as (id, version), or the whole `part` as `digest` saw it."""

    round_id: int
    rows: tuple[tuple[int, int], ...] = ()
    part: Part | None = None
    digest: str = ""


@dataclass(frozen=True)
class CloseRound:
    """End a round with a statement: there is nothing, or nothing changed (`digest` of what was looked at)."""

    round_id: int
    statement: Statement
    digest: str = ""
