"""What the writes of the calendar and of the legal terms need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from registry.workflow.calendar import TermUnit
from registry.workflow.models import DayKind


@dataclass(frozen=True)
class SaveDay:
    """A day as it shall stand in the calendar."""

    day: date
    kind: DayKind
    name: str
    source: str
    needs_verification: bool


@dataclass(frozen=True)
class AddTerm:
    """A term from a day on; `reminders` are working days before its end.

    `owner` is the code of the organisation whose cases alone it is for; "" is everybody's.
    """

    key: str
    valid_from: date
    length: int
    unit: TermUnit
    cut_off: time | None
    reminders: tuple[int, ...]
    citation: str
    needs_verification: bool
    owner: str = ""
