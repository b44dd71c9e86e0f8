"""Rules of contracts on values alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from registry.colocation.agreements.models import ColocationAgreement
from registry.colocation.models import ColocationRequest
from registry.kernel.fields import fields_of
from registry.kernel.i18n import _, format_date, format_number

#: What a contract says at least (QĐ 72/2025/QĐ-UBND Bắc Ninh Đ11.4): positions stand with the items.
NEEDED: Final = (
    "contract_number",
    "signed_on",
    "starts_on",
    "ends_on",
    "price_vnd",
    "price_period",
    "technical_conditions",
    "duties",
    "termination",
)


def missing_of_contract(agreement: ColocationAgreement) -> list[str]:
    """What a contract still lacks, each as one sentence."""
    declared = fields_of(ColocationAgreement)
    return [
        _("«%(label)s» còn trống.", label=declared[name].label)
        for name in NEEDED
        if getattr(agreement, name) in (None, "")
    ]


def contract_problems(values: dict[str, object], *, is_defence: bool) -> dict[str, str]:
    """What cannot stand in a contract, by field."""
    found: dict[str, str] = {}
    starts, ends = values.get("starts_on"), values.get("ends_on")
    if starts is not None and ends is not None and ends <= starts:  # type: ignore[operator]
        found["ends_on"] = _("Ngày hết hạn phải sau ngày có hiệu lực.")
    if is_defence and values.get("price_vnd"):
        found["price_vnd"] = _("Quốc phòng, an ninh dùng phục vụ nhiệm vụ không phải trả tiền; giá phải là 0.")
    if is_defence and values.get("sublease"):
        found["sublease"] = _("Chỗ dùng cho quốc phòng, an ninh không được cho thuê lại; hãy để trống mục này.")
    return found


def date_problems(values: Mapping[str, Any], *, asked_on: date, today: date, longest_years: int) -> dict[str, str]:
    """What is wrong with the days of a contract that was asked for on a day, by field."""
    signed, starts, ends = (values.get(name) for name in ("signed_on", "starts_on", "ends_on"))
    found: dict[str, str] = {}
    if signed is not None and not asked_on <= signed <= today:
        found["signed_on"] = _(
            "Ngày ký %(day)s không hợp lý; cần từ ngày gửi đề nghị %(first)s đến hôm nay %(last)s.",
            day=format_date(signed),
            first=format_date(asked_on),
            last=format_date(today),
        )
    first = signed if signed is not None and "signed_on" not in found else asked_on
    last = years_after(today, longest_years)
    if starts is not None and not first <= starts <= last:
        found["starts_on"] = _(
            "Ngày có hiệu lực %(day)s không hợp lý; cần từ ngày ký %(first)s đến %(last)s.",
            day=format_date(starts),
            first=format_date(first),
            last=format_date(last),
        )
    elif starts is not None and ends is not None and ends > years_after(starts, longest_years):
        found["ends_on"] = _(
            "Ngày hết hạn %(day)s cách ngày có hiệu lực %(first)s hơn %(years)d năm; hãy kiểm tra lại năm.",
            day=format_date(ends),
            first=format_date(starts),
            years=longest_years,
        )
    return found


def years_after(day: date, years: int) -> date:
    """The same day so many years later; 28/02 for 29/02 where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def price_problem(agreement: ColocationAgreement, request: ColocationRequest) -> str | None:
    """Why the price is not the one that the department decided for this case; None where it is, or none was."""
    decided, period = request.decided_price_vnd, request.decided_price_period
    if decided is None or period is None or (agreement.price_vnd, agreement.price_period) == (decided, period):
        return None
    return _(
        "Giá hợp đồng phải đúng quyết định giải quyết: %(price)s đồng %(period)s.",
        price=format_number(decided),
        period=period.label,
    )
