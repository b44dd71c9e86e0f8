"""Commands of confirmation rounds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from registry.upkeep.models import Statement


@dataclass(frozen=True)
class RoundPart:
    """A part of a round: one kind, one present commune, or both; empty for the whole round."""

    kind: str | None = None
    unit_id: int | None = None


@dataclass(frozen=True)
class OpenRounds:
    """Ask one owner, or (None) every owner without a running round; `due_on` None: the usual term."""

    owner_id: int | None = None
    due_on: date | None = None


@dataclass(frozen=True)
class ConfirmStructures:
    """Confirm records: selected ones as (id, version), or the whole `part`, unchanged since `digest`."""

    round_id: int
    rows: tuple[tuple[int, int], ...] = ()
    part: RoundPart | None = None
    digest: str = ""


@dataclass(frozen=True)
class CloseRound:
    """End a round with a statement, unchanged since `digest`."""

    round_id: int
    statement: Statement
    digest: str = ""
