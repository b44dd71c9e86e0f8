"""Commands of inspections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from registry.inspections.codes import Answer, Reach


@dataclass(frozen=True)
class OpenPlan:
    """A new plan; `unit_id` None: the whole province."""

    unit_id: int | None
    purpose: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True)
class EditPlan:
    """The facts of a draft; `version` is that of the plan which was read."""

    plan_id: int
    version: int | None
    facts: OpenPlan


@dataclass(frozen=True)
class RecordResult:
    """The result of one structure; `answers` and `notes` by code of the checklist. Each failure becomes a finding."""

    plan_id: int
    item_id: int
    version: int
    inspected_on: date
    reach: Reach
    answers: Mapping[str, Answer] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    note: str | None = None


@dataclass(frozen=True)
class ProposeCorrection:
    """A found value of a field of the register, as typed."""

    plan_id: int
    item_id: int
    field: str
    found: str
    remark: str | None = None


@dataclass(frozen=True)
class AnswerCorrection:
    """The owner's answer; `version` is that of the structure which was read, `reason` says why it is declined."""

    correction_id: int
    accept: bool
    version: int
    reason: str | None = None


@dataclass(frozen=True)
class DecideFinding:
    """What becomes of a finding: a case under an act (a code), with the days of the act, or none, with the reason."""

    finding_id: int
    act: str | None
    occurred_on: date | None = None
    is_continuing: bool = True
    reason: str | None = None
    remedy_due_on: date | None = None


@dataclass(frozen=True)
class AnswerFinding:
    """The owner's statement on a finding; a dispute says why."""

    finding_id: int
    accept: bool
    text: str | None = None
