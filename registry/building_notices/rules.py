"""Rules on values: whether a notice is late."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from registry.kernel.clock import LOCAL_ZONE
from registry.workflow.calendar import Term, TermUnit, WorkingCalendar, compute_due_date


def is_late(calendar: WorkingCalendar, sent_at: datetime, starts_on: date, days: int) -> bool:
    """Whether a notice is sent less than so many working days before the start."""
    if days == 0:
        return starts_on < sent_at.astimezone(LOCAL_ZONE).date()
    opening = datetime.combine(sent_at.astimezone(LOCAL_ZONE).date(), time(8), tzinfo=LOCAL_ZONE).astimezone(UTC)
    return starts_on <= compute_due_date(calendar, Term(days, TermUnit.WORKING_DAY), opening).last_on
