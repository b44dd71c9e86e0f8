"""Commands of violations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from registry.kernel.geo.coordinates import ParsedPosition


@dataclass(frozen=True, kw_only=True)
class ViolationFacts:
    """Facts that can be corrected until the decision; `kind` is a code, valid on the day of the act."""

    kind: str
    description: str
    address: str | None = None
    structure_code: str | None = None
    organisation_id: int | None = None
    suspects: str | None = None


@dataclass(frozen=True, kw_only=True)
class LogViolation:
    """A violation found on site; `found_on`: the day of the discovery, None for now."""

    facts: ViolationFacts
    occurred_on: date
    place: ParsedPosition
    is_continuing: bool = False
    #: Last day of an act that lasted and has ended.
    ended_on: date | None = None
    found_on: date | None = None
    accuracy_m: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class EditViolation:
    """Correct the facts of a violation; `version` is the one that was read."""

    violation_id: int
    version: int | None
    facts: ViolationFacts
