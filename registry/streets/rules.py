"""What a rule of a street means for an act on a day: the one rule that every check asks.

A rule applies from its first day to its last one, both inclusive. The last day is the earlier one of the planned end
and the real completion; a cancelled rule applied until the day before. A draft never applies. “Temporary until” has no
end of its own: up to its day hanging is limited, from then on it is forbidden.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from registry.kernel.days import later_problem
from registry.kernel.i18n import _, format_date
from registry.streets.rule_models import RuleKind, StreetAct

_DAY: Final = timedelta(days=1)
#: What each kind of rule is about.
ACTS: Final = {
    RuleKind.NO_NEW_HANGING: StreetAct.HANG,
    RuleKind.TEMPORARY: StreetAct.HANG,
    RuleKind.UNDERGROUND_ONLY: StreetAct.HANG,
    RuleKind.NO_DIG: StreetAct.DIG,
}
#: Kinds that need a last day.
ENDING: Final = (RuleKind.NO_DIG, RuleKind.TEMPORARY)
#: Kinds that what stands already must follow, too.
FOR_STANDING: Final = (RuleKind.UNDERGROUND_ONLY, RuleKind.TEMPORARY)


class Effect(StrEnum):
    """What a rule does to an act."""

    FORBIDDEN = "forbidden"
    #: Allowed for a time: what is hung must be taken down by the day of the rule.
    LIMITED = "limited"


def last_day(rule: Any) -> date | None:
    """The last day on which a rule applies; None while it has no end."""
    planned = None if rule.kind is RuleKind.TEMPORARY else rule.valid_to
    before = None if rule.cancelled_on is None else rule.cancelled_on - _DAY
    return min((day for day in (planned, rule.completed_on, before) if day is not None), default=None)


def is_in_force(rule: Any, day: date) -> bool:
    """Whether a rule applies on a day."""
    last = last_day(rule)
    return rule.announced_on is not None and rule.valid_from <= day and (last is None or day <= last)


def effect_on(rule: Any, act: StreetAct, day: date) -> Effect | None:
    """What a rule does to an act on a day; None where it does not apply or is about another act."""
    if ACTS[rule.kind] is not act or not is_in_force(rule, day):
        return None
    return Effect.LIMITED if rule.kind is RuleKind.TEMPORARY and day <= rule.valid_to else Effect.FORBIDDEN


def is_broken_by(rule: Any, act: StreetAct, since: date | None, today: date) -> bool:
    """Whether what stands in the street breaks a rule: made on a day when it was forbidden, or it must not stay.

    `since`: the day on which it was made; None where that is not known: then only what must not stay breaks a rule.
    """
    if since is not None and effect_on(rule, act, since) is Effect.FORBIDDEN:
        return True
    return rule.kind in FOR_STANDING and effect_on(rule, act, today) is Effect.FORBIDDEN


def describe(rule: Any, street: str) -> str:
    """The rule in one sentence: street, what, from when to when, by which paper."""
    stretch = f"{street} ({rule.from_place} – {rule.to_place})" if rule.from_place and rule.to_place else street
    named = {
        "street": stretch,
        "rule": rule.kind.label,
        "since": format_date(rule.valid_from),
        "number": rule.document_number,
        "day": format_date(rule.document_on),
        "issuer": rule.issuer,
    }
    if rule.kind is RuleKind.TEMPORARY:
        return _(
            "%(street)s: từ ngày %(since)s chỉ được treo cáp tạm đến hết ngày %(until)s, sau đó phải thu hồi, theo văn"
            " bản số %(number)s ngày %(day)s của %(issuer)s.",
            until=format_date(rule.valid_to),
            **named,
        )
    last = last_day(rule)
    if last is None:
        return _(
            "%(street)s: “%(rule)s” từ ngày %(since)s, theo văn bản số %(number)s ngày %(day)s của %(issuer)s.", **named
        )
    return _(
        "%(street)s: “%(rule)s” từ ngày %(since)s đến hết ngày %(last)s, theo văn bản số %(number)s ngày %(day)s của"
        " %(issuer)s.",
        last=format_date(last),
        **named,
    )


def title_of(kind: RuleKind, street: str, from_place: str | None, to_place: str | None) -> str:
    """The title of a rule."""
    stretch = f" ({from_place} – {to_place})" if from_place and to_place else ""
    return f"{kind.label}: {street}{stretch}"


def value_problems(values: Any) -> dict[str, str]:
    """Field -> sentence for values that contradict each other."""
    problems: dict[str, str] = {}
    if values["kind"] in ENDING and values.get("valid_to") is None:
        problems["valid_to"] = _("Chưa nhập; “%(rule)s” cần ngày cuối cùng.", rule=RuleKind(values["kind"]).label)
    order = later_problem((_("Có hiệu lực từ ngày"), values["valid_from"]), (_("Đến hết ngày"), values.get("valid_to")))
    if order is not None:
        problems["valid_to"] = order
    if bool(values.get("from_place")) != bool(values.get("to_place")):
        missing = "to_place" if values.get("from_place") else "from_place"
        problems[missing] = _("Chưa nhập đủ; cần cả điểm đầu và điểm cuối, hoặc để trống cả hai khi là toàn tuyến.")
    return problems


def months_after(day: date, months: int) -> date:
    """The same day some months later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = date(year, month + 1, 1)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), following - _DAY)


def notice_problem(announced_on: date, valid_from: date, months: int) -> str | None:
    """The sentence for a no-dig period that begins before the time of notice is over."""
    earliest = months_after(announced_on, months)
    if valid_from >= earliest:
        return None
    return _(
        "Công bố ngày %(announced)s thì “Hạn chế đào” có hiệu lực sớm nhất từ ngày %(earliest)s (%(months)d tháng sau),"
        " không phải %(since)s.",
        announced=format_date(announced_on),
        earliest=format_date(earliest),
        months=months,
        since=format_date(valid_from),
    )
