"""Rules on values: days of a plan and of a result, the outcome of a checklist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from registry.inspections.codes import Answer, Outcome, Reach
from registry.kernel.i18n import _, format_date

#: The longest period of a plan, and how far ahead it may begin.
LONGEST: Final = timedelta(days=366)
_AHEAD: Final = timedelta(days=366)
#: How long ago a plan may have begun: its paper may be entered late, a plan that is over is none.
_BACK: Final = timedelta(days=60)


@dataclass(frozen=True)
class CheckItem:
    """One item of a checklist; `act`: code of the violation that a failure shows; `owner`: it is the owner's."""

    key: str
    text: str
    basis: str
    act: str | None
    owner: bool


def read_checklist(group: str, value: Mapping[str, Any]) -> list[CheckItem]:
    """The items of a stored checklist; `group` makes their keys unique among the lists of a structure."""
    return [
        CheckItem(f"{group}_{row['code']}", row["text"], row["basis"], row.get("act"), bool(row.get("owner")))
        for row in value["rows"]
    ]


def period_problems(starts_on: date, ends_on: date, today: date) -> dict[str, str]:
    """What is wrong with the period of a new plan, by field."""
    if not today - _BACK <= starts_on <= today + _AHEAD:
        sentence = _(
            "Ngày bắt đầu %(day)s không dùng được; cần từ %(first)s đến %(last)s.",
            day=format_date(starts_on),
            first=format_date(today - _BACK),
            last=format_date(today + _AHEAD),
        )
        return {"starts_on": sentence}
    if not max(starts_on, today) <= ends_on <= starts_on + LONGEST:
        sentence = _(
            "Ngày kết thúc %(day)s không dùng được; cần từ %(first)s đến %(last)s.",
            day=format_date(ends_on),
            first=format_date(max(starts_on, today)),
            last=format_date(starts_on + LONGEST),
        )
        return {"ends_on": sentence}
    return {}


def day_problem(inspected_on: date, decided_on: date | None, starts_on: date, last: date) -> str | None:
    """Why a day of inspection cannot be: before the plan was issued or began, after its end or in the future."""
    first = max(decided_on or last, starts_on)
    if first <= inspected_on <= last:
        return None
    return _(
        "Ngày kiểm tra %(day)s không dùng được; theo kế hoạch cần từ %(first)s đến %(last)s.",
        day=format_date(inspected_on),
        first=format_date(first),
        last=format_date(last),
    )


def outcome_of(reach: Reach, answers: Iterable[Answer]) -> Outcome:
    """The outcome of an inspection: failed if any item is."""
    if reach is not Reach.INSPECTED:
        return Outcome(reach.value)
    return Outcome.FAILED if Answer.NO in set(answers) else Outcome.PASSED
