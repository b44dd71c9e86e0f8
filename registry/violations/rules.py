"""Rules on values: the applicable law, fines, and the content of decisions. Money in đồng.

A `..._problem` function returns the sentence of a refusal, or None.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, time
from decimal import ROUND_HALF_UP, Decimal

from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.db.base import Choice
from registry.kernel.i18n import _, format_date, format_datetime, format_number, written_provisions
from registry.kernel.text import register_code
from registry.violations.codes import Offender, Remedy
from registry.violations.models import Violation, ViolationCompetence, ViolationKind

#: Persons pay half of what organisations pay (NĐ 174/2026, NĐ 16/2022).
HALF = Decimal(2)
_MILLION = Decimal(1_000_000)
#: Highest fine of organisations from which the act may be explained; half for individuals.
_EXPLAINED_FROM = Decimal(30_000_000)
_INTEREST = Decimal("0.0005")
_UNREAD = re.compile(r"\s*\(?chưa đọc được[^)]*\)?")


@dataclass(frozen=True)
class FineRange:
    """Lowest and highest fine."""

    least: Decimal
    most: Decimal


def written_article(article: str) -> str:
    """Provisions of the catalogue as papers write them: "Đ42.2.b" is "điểm b khoản 2 Điều 42"; other texts stay."""
    # Where a provision was not read, only the decree is cited.
    provisions = (part.strip() for part in _UNREAD.sub("", article).split(","))
    return ", ".join(written_provisions(part) for part in provisions if part)


def written_basis(kind: ViolationKind) -> str:
    """The provision that an act breaks, as papers cite it."""
    article = written_article(kind.article)
    return f"{article} {kind.decree}" if article else kind.decree


def is_outdated_without_range(kind: ViolationKind) -> bool:
    """An act of a decree that has ended, whose range is not known: it cannot be fined, nor does its law come back."""
    return kind.fine_max_vnd is None and kind.valid_to is not None


def law_day(occurred_on: date, found_on: date, *, is_continuing: bool) -> date:
    """The day whose decree applies: that of the act, or of its discovery if it continues (NĐ 174/2026 Đ115.2)."""
    return found_on if is_continuing else occurred_on


def day_problems(occurred_on: date, ended_on: date | None, found_on: date, today: date) -> dict[str, str]:
    """The act, its end and the discovery are in this order and not in the future, by field."""
    errors = {}
    if occurred_on > today:
        errors["occurred_on"] = _(
            "Ngày %(day)s chưa đến; ngày xảy ra phải là hôm nay hoặc trước đó.", day=format_date(occurred_on)
        )
    elif problem := past_day_problem(found_on, occurred_on, _("ngày xảy ra"), today):
        errors["found_on"] = problem
    if ended_on is not None and (problem := past_day_problem(ended_on, occurred_on, _("ngày xảy ra"), today)):
        errors["ended_on"] = problem
    return errors


def past_day_problem(day: date, first: date, first_words: str, today: date) -> str | None:
    """A day of the procedure is before its predecessor, or in the future."""
    if day > today:
        return _("Ngày %(day)s chưa đến; hãy ghi ngày hôm nay hoặc trước đó.", day=format_date(day))
    if day < first:
        return _(
            "Ngày %(day)s trước %(what)s (%(first)s); hãy kiểm tra lại.",
            day=format_date(day),
            what=first_words,
            first=format_date(first),
        )
    return None


def late_decision_problem(day: date, last: date | None) -> str | None:
    """The decision is after the limitation period (Luật Xử lý vi phạm hành chính Đ6, Đ65)."""
    if last is None or day <= last:
        return None
    return _(
        "Ngày quyết định %(day)s sau ngày hết thời hiệu xử phạt (%(last)s); không ra quyết định xử phạt được nữa.",
        day=format_date(day),
        last=format_date(last),
    )


def fine_range(least: Decimal | None, most: Decimal | None, offender: Offender) -> FineRange | None:
    """The range for an offender; None if the law gives none."""
    if least is None or most is None:
        return None
    part = HALF if offender is Offender.INDIVIDUAL else Decimal(1)
    return FineRange(least / part, most / part)


def expected_fine(allowed: FineRange, mitigating: int, aggravating: int) -> FineRange:
    """The fine that the circumstances give, each offsetting one of the other sort (NĐ 118/2021 Đ9 by NĐ 68/2025).

    The middle without any; with one left between it and the end of the range, with more the end itself.
    """
    middle = (allowed.least + allowed.most) / 2
    left = aggravating - mitigating
    if left == 0:
        return FineRange(middle, middle)
    if left > 0:
        return FineRange(middle, allowed.most) if left == 1 else FineRange(allowed.most, allowed.most)
    return FineRange(allowed.least, middle) if left == -1 else FineRange(allowed.least, allowed.least)


def may_explain_fine(highest_fine: Decimal | None, offender: Offender) -> bool:
    """Whether the maximum of the range gives the right to explain (Luật Xử lý vi phạm hành chính Đ61)."""
    least = _EXPLAINED_FROM / HALF if offender is Offender.INDIVIDUAL else _EXPLAINED_FROM
    allowed = fine_range(highest_fine, highest_fine, offender)
    return allowed is not None and allowed.most >= least


def late_interest(unpaid: Decimal, days: int) -> Decimal:
    """What is added for days after the term of payment, in whole đồng (Đ78.1: 0.05 % a day of the unpaid sum)."""
    return (unpaid * _INTEREST * max(days, 0)).quantize(Decimal(1), ROUND_HALF_UP)


def competence_problem(highest_fine: Decimal, competence: Decimal, authority: str) -> str | None:
    """The highest fine of an act (for organisations) exceeds an authority's competence."""
    if highest_fine <= competence:
        return None
    return _(
        "Mức phạt cao nhất của hành vi là %(most)s đồng, vượt thẩm quyền của %(authority)s (%(limit)s đồng);"
        " hãy chuyển cấp có thẩm quyền.",
        most=format_number(highest_fine),
        authority=authority,
        limit=format_number(competence),
    )


def fine_problem(fine: Decimal, allowed: FineRange, competence: Decimal, offender: Offender) -> str | None:
    """The fine is not a whole sum, out of range, or exceeds the competence, which is also half for individuals."""
    if fine != fine.to_integral_value():
        return _("Mức phạt %(fine)s đồng có phần lẻ; hãy ghi số đồng chẵn.", fine=format_number(fine))
    if not allowed.least <= fine <= allowed.most:
        return _(
            "Mức phạt %(fine)s đồng nằm ngoài khung của hành vi đối với %(offender)s: từ %(least)s đến %(most)s đồng.",
            fine=format_number(fine),
            offender=str(offender.label).lower(),
            least=format_number(allowed.least),
            most=format_number(allowed.most),
        )
    limit = competence / HALF if offender is Offender.INDIVIDUAL else competence
    if fine > limit:
        return _(
            "Mức phạt %(fine)s đồng vượt thẩm quyền của người ra quyết định (%(limit)s đồng).",
            fine=format_number(fine),
            limit=format_number(limit),
        )
    return None


def number_key(text: str) -> str:
    """A number as it is compared: without spaces and leading zeros, in capitals."""
    return register_code("".join(text.split())).lstrip("0")


def format_found(case: Violation) -> str:
    """The discovery as text: a day that was entered later has no time of day."""
    local = case.found_at.astimezone(LOCAL_ZONE)
    return format_date(local.date()) if local.time() == time.min else format_datetime(case.found_at)


def format_fine_range(kind: ViolationKind, *, half: bool = False) -> str:
    """The fine of an act as text, for organisations; `half` for individuals."""
    offender = Offender.INDIVIDUAL if half else Offender.ORGANISATION
    fines = fine_range(kind.fine_min_vnd, kind.fine_max_vnd, offender)
    if fines is None:
        return _("chưa có mức phạt")
    return _(
        "%(least)s–%(most)s triệu đồng",
        least=format_number((fines.least / _MILLION).normalize()),
        most=format_number((fines.most / _MILLION).normalize()),
    )


def format_remedies(row: ViolationKind | ViolationCompetence | Violation) -> str:
    """The remedies of a row as text, in the order of the law; "" without any."""
    return remedy_labels(row.remedies or ())


def remedy_labels(codes: Collection[str]) -> str:
    """The remedies with these codes as text, in the order of the law."""
    return labels_of_codes(Remedy, codes)


def unpaid_fine(case: Violation) -> Decimal:
    """What is left of the fine, without interest."""
    return (case.fine_vnd or Decimal(0)) - (case.paid_vnd or Decimal(0))


def labels_of_codes(choices: type[Choice], codes: Collection[str]) -> str:
    """The labels of the codes of a closed list in words, in the order of the list."""
    return "; ".join(str(choice.label) for choice in choices if choice.value in codes)
