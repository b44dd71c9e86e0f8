"""Rules of campaigns on values: the days, what closes an entry, what an item needs, the digest of a submission."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from registry.campaigns.codes import CampaignState, Closed, ReportState
from registry.kernel.i18n import _, _n, format_date, format_number
from registry.kernel.i18n.stored import stored_text

#: The longest period of a report, and how far ahead its days may lie.
LONGEST: Final = timedelta(days=366)
_AHEAD: Final = timedelta(days=366)
FIRST_DAY: Final = date(2000, 1, 1)
#: States in which the operator works on its report.
EDITABLE: Final = frozenset({ReportState.ENTRY, ReportState.RETURNED})
_HUNDRED: Final = Decimal(100)


@dataclass(frozen=True)
class Days:
    """The days of a campaign."""

    period_from: date
    period_to: date
    cutoff_on: date
    opens_on: date
    due_on: date
    closes_on: date


@dataclass(frozen=True)
class Item:
    """One item of a form. `measure` is a code of measures.MEASURES, "" for a typed figure; `change_pct` asks for a
    reason from that change against the last report on, None never; `indicator` is a code of the catalogue, or "".
    """

    code: str
    label: str
    unit: str
    measure: str
    change_pct: int | None
    indicator: str

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Item:
        """The item of a row of the settings or of a campaign."""
        change = row.get("change_pct")
        return cls(
            row["code"],
            row["label"],
            row.get("unit") or "",
            row.get("measure") or "",
            None if change in (None, "") else int(change),
            row.get("indicator") or "",
        )


@dataclass(frozen=True)
class ItemFigures:
    """The figures of one item: what is typed, what the register gives, what the last report said."""

    value: Decimal | None
    register: Decimal | None
    former: Decimal | None
    reason: str | None


def day_problems(days: Days) -> dict[str, str]:
    """What is wrong with the days of a campaign, by field."""
    problems: dict[str, str] = {}
    if not FIRST_DAY <= days.period_from <= days.period_to <= days.period_from + LONGEST:
        problems["period_to"] = _n(
            "Kỳ báo cáo từ %(first)s đến %(last)s không dùng được; cần từ %(earliest)s, dài tối đa %(days)d ngày.",
            LONGEST.days,
            first=format_date(days.period_from),
            last=format_date(days.period_to),
            earliest=format_date(FIRST_DAY),
            days=LONGEST.days,
        )
    if not days.period_from <= days.cutoff_on <= days.opens_on:
        problems["cutoff_on"] = _(
            "Ngày chốt số liệu %(day)s không dùng được; cần từ đầu kỳ báo cáo %(first)s đến ngày mở nhập %(last)s.",
            day=format_date(days.cutoff_on),
            first=format_date(days.period_from),
            last=format_date(days.opens_on),
        )
    if not days.opens_on <= days.due_on <= days.opens_on + _AHEAD:
        problems["due_on"] = _(
            "Hạn nộp %(day)s không dùng được; cần từ ngày mở nhập %(first)s đến %(last)s.",
            day=format_date(days.due_on),
            first=format_date(days.opens_on),
            last=format_date(days.opens_on + _AHEAD),
        )
    if not days.due_on <= days.closes_on <= days.due_on + _AHEAD:
        problems["closes_on"] = _(
            "Ngày cuối được nhập %(day)s không dùng được; cần từ hạn nộp %(first)s đến %(last)s.",
            day=format_date(days.closes_on),
            first=format_date(days.due_on),
            last=format_date(days.due_on + _AHEAD),
        )
    return problems


def why_closed(
    campaign_state: CampaignState,
    report_state: ReportState,
    days: tuple[date, date, date | None],
    today: date,
) -> Closed | None:
    """Why nothing can be entered today, or None; `days`: first and last day of entry, and that of an exception."""
    opens_on, closes_on, until = days
    if campaign_state is not CampaignState.OPEN:
        return Closed.LOCKED
    if report_state not in EDITABLE:
        return Closed.SENT
    if today < opens_on:
        return Closed.NOT_BEGUN
    if today > max(closes_on, until or closes_on):
        return Closed.ENDED
    return None


def needs_reason(item: Item, figures: ItemFigures) -> str | None:
    """Why an item needs a reason, as a sentence; None without need."""
    if figures.value is None:
        return None
    if figures.register is not None and figures.value != figures.register:
        return _(
            "«%(item)s» ghi %(value)s, sổ đăng ký tính ra %(register)s; cần nêu lý do chênh lệch.",
            item=stored_text(item.label),
            value=format_number(figures.value),
            register=format_number(figures.register),
        )
    if item.change_pct is None or figures.former is None or figures.former == figures.value:
        return None
    change = abs(figures.value - figures.former) * _HUNDRED
    if change >= item.change_pct * figures.former:
        return _(
            "«%(item)s» ghi %(value)s, kỳ trước %(former)s; thay đổi từ %(pct)d %% trở lên cần nêu lý do.",
            item=stored_text(item.label),
            value=format_number(figures.value),
            former=format_number(figures.former),
            pct=item.change_pct,
        )
    return None


def entry_problems(items: Sequence[Item], figures: Mapping[str, ItemFigures]) -> dict[str, str]:
    """What is still missing before a report can be sent, by code of the item; sentences name item and value."""
    problems: dict[str, str] = {}
    for item in items:
        its = figures[item.code]
        if its.value is None:
            problems[item.code] = _("«%(item)s» còn trống; cần một số, kể cả số 0.", item=stored_text(item.label))
        elif not its.reason:
            sentence = needs_reason(item, its)
            if sentence is not None:
                problems[item.code] = sentence
    return problems


def digest_of(content: Any) -> str:
    """SHA-256 of the canonical JSON (sorted keys, no spaces, UTF-8), in hexadecimal digits."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def submission_digest(organisation_id: int, valid_on: date, known_at: str, figures: Sequence[Mapping[str, Any]]) -> str:
    """The digest of a submission; `known_at` in ISO form in UTC."""
    return digest_of([organisation_id, valid_on.isoformat(), known_at, list(figures)])


def as_text(value: Decimal | None) -> str | None:
    """A figure as it is frozen: no exponent, no zeros at the end."""
    if value is None:
        return None
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def is_reminder_due(law: Mapping[str, int], due_on: date, last_on: date, today: date) -> bool:
    """Whether an operator is reminded today: on the days before the due date, and when late as long as it can enter."""
    left = (due_on - today).days
    if left >= 0:
        return left in (law["first_days"], law["second_days"], law["last_days"])
    return today <= last_on and -left % law["late_every_days"] == 0
