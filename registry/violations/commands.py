"""What the writes of violations need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from registry.kernel.geo.coordinates import ParsedPosition


@dataclass(frozen=True, kw_only=True)
class ViolationFacts:
    """What may still be corrected before a decision; `kind` is a code, valid on the day of the act."""

    kind: str
    description: str
    address: str | None = None
    structure_code: str | None = None
    organisation_id: int | None = None
    suspects: str | None = None


@dataclass(frozen=True, kw_only=True)
class LogViolation:
    """An act found on the spot."""

    facts: ViolationFacts
    occurred_on: date
    place: ParsedPosition
    is_continuing: bool = False
    accuracy_m: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class EditViolation:
    """Correct the facts of a violation that was read in a version."""

    violation_id: int
    version: int | None
    facts: ViolationFacts
