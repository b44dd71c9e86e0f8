"""Commands that change the catalogue of indicators, its targets and values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from registry.indicators.rules import Typed


@dataclass(frozen=True)
class EnterValue:
    """A value for a period; `corrects_id` names the value that it takes the place of, `reason` says why."""

    code: str
    period_from: date
    period_to: date
    typed: Typed
    source: str
    note: str | None = None
    has_evidence: bool = False
    corrects_id: int | None = None
    reason: str | None = None


@dataclass(frozen=True)
class AddTarget:
    """What a plan wants by the end of a year; without a value the figure is not known."""

    code: str
    plan: str
    plan_issued_on: date
    year: int
    value: Decimal | None
    needs_verification: bool
    reason: str


@dataclass(frozen=True)
class EditIndicator:
    """The texts of an indicator; `values` by field name."""

    code: str
    version: int
    values: dict[str, Any]
    reason: str
