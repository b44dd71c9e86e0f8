"""Rules of contracts on values alone."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from registry.authz.actors import Ctx
from registry.colocation.codes import PricePeriod
from registry.colocation.models import ColocationRequest
from registry.kernel.days import years_after
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, _n, format_date, format_number

#: Minimum content of a contract (QĐ 72/2025/QĐ-UBND Bắc Ninh Đ11.4); positions are those of the items.
REQUIRED_FIELDS: Final = (
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


def contract_problems(values: dict[str, object], *, is_defence: bool) -> dict[str, str]:
    """Errors of contract values by field."""
    problems: dict[str, str] = {}
    starts, ends = values.get("starts_on"), values.get("ends_on")
    if starts is not None and ends is not None and ends <= starts:  # type: ignore[operator]
        problems["ends_on"] = _("Ngày hết hạn phải sau ngày có hiệu lực.")
    problems |= defence_price_problems(values.get("price_vnd"), is_defence=is_defence)
    if is_defence and values.get("sublease"):
        problems["sublease"] = _("Chỗ dùng cho quốc phòng, an ninh không được cho thuê lại; hãy để trống mục này.")
    return problems


def defence_price_problems(price: object, *, is_defence: bool) -> dict[str, str]:
    """The error of a price that defence or police would have to pay."""
    if not is_defence or not price:
        return {}
    return {"price_vnd": _("Quốc phòng, an ninh dùng phục vụ nhiệm vụ không phải trả tiền; giá phải là 0.")}


def date_problems(values: Mapping[str, Any], *, asked_on: date, today: date, longest_years: int) -> dict[str, str]:
    """Errors of a contract's days by field; `asked_on` is the day of filing."""
    signed, starts, ends = (values.get(name) for name in ("signed_on", "starts_on", "ends_on"))
    problems: dict[str, str] = {}
    if signed is not None and not asked_on <= signed <= today:
        problems["signed_on"] = _(
            "Ngày ký %(day)s không hợp lý; cần từ ngày gửi đề nghị %(first)s đến hôm nay %(last)s.",
            day=format_date(signed),
            first=format_date(asked_on),
            last=format_date(today),
        )
    first = signed if signed is not None and "signed_on" not in problems else asked_on
    last = years_after(today, longest_years)
    if starts is not None and not first <= starts <= last:
        problems["starts_on"] = _(
            "Ngày có hiệu lực %(day)s không hợp lý; cần từ ngày ký %(first)s đến %(last)s.",
            day=format_date(starts),
            first=format_date(first),
            last=format_date(last),
        )
    elif starts is not None and ends is not None and ends > years_after(starts, longest_years):
        problems["ends_on"] = _n(
            "Ngày hết hạn %(day)s cách ngày có hiệu lực %(first)s hơn %(years)d năm; hãy kiểm tra lại năm.",
            longest_years,
            day=format_date(ends),
            first=format_date(starts),
            years=longest_years,
        )
    return problems


def price_problem(price: Decimal | None, period: PricePeriod | None, request: ColocationRequest) -> str | None:
    """Why a price differs from the department's decision; None if it does not, or there is none."""
    decided, decided_period = request.decided_price_vnd, request.decided_price_period
    if decided is None or decided_period is None or (price, period) == (decided, decided_period):
        return None
    return _(
        "Giá hợp đồng phải đúng quyết định giải quyết: %(price)s đồng %(period)s.",
        price=format_number(decided),
        period=decided_period.label,
    )


def line_problems(total: Decimal | None, lines: Mapping[int, Decimal | None]) -> dict[str, str]:
    """Errors of the prices of single structures by field: all or none, and their sum is the rent."""
    stated_prices = [price for price in lines.values() if price is not None]
    if not stated_prices:
        return {}
    missing = {
        price_field_name(item_id): _("Chưa nhập; đã ghi giá của công trình khác thì cần ghi giá của mọi công trình.")
        for item_id, price in lines.items()
        if price is None
    }
    if missing or total is None or total == sum(stated_prices):
        return missing
    return {
        "price_vnd": _(
            "Giá thuê %(total)s khác tổng giá các công trình %(sum)s; hai số phải bằng nhau.",
            total=format_number(total),
            sum=format_number(sum(stated_prices)),
        )
    }


def split_rent(
    total: Decimal | None, typed: Mapping[int, Decimal | None], present: Mapping[int, Decimal]
) -> tuple[Decimal | None, dict[int, Decimal]]:
    """The new rent and the new prices of the items; (None, {}) if nothing changes, Invalid unless they agree.

    `present` holds the items that have a price of their own. Without typed prices a new rent is split in proportion to
    them; an item whose price is not typed keeps it; without a rent it is their sum.
    """
    entered = {item_id: price for item_id, price in typed.items() if item_id in present and price is not None}
    if not entered:
        return total, {} if total is None or not present else _in_proportion(total, present)
    lines = dict(present) | entered
    problems = line_problems(total, lines)
    if problems:
        raise Invalid(problems)
    return sum(lines.values(), Decimal(0)), lines


def _in_proportion(total: Decimal, present: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """Whole đồng whose sum is `total`, in proportion to the present prices; equal parts where all of them are 0."""
    weights = dict(present) if any(present.values()) else dict.fromkeys(present, Decimal(1))
    all_weights = sum(weights.values(), Decimal(0))
    lines: dict[int, Decimal] = {}
    passed = Decimal(0)
    for item_id, weight in weights.items():
        # Each part ends where the share of all weights so far does, so that roundings never add up.
        passed += weight
        lines[item_id] = (total * passed / all_weights).quantize(Decimal(1)) - sum(lines.values(), Decimal(0))
    return lines


def price_field_name(item_id: int) -> str:
    """Name of the form field with the price of one structure."""
    return f"line_{item_id}"


def term_of_request(wanted_from: date, months: int, today: date) -> tuple[date, date]:
    """First and last day of a contract as requested; a start in the past becomes today."""
    starts = max(wanted_from, today)
    year, month = divmod(starts.year * 12 + starts.month - 1 + months, 12)
    same_day = min(starts.day, monthrange(year, month + 1)[1])
    return starts, date(year, month + 1, same_day) - timedelta(days=1)


def check_past_day(ctx: Ctx, name: str, day: date, earliest: date | None) -> None:
    """Invalid for the field unless the day is between `earliest`, if it is known, and today."""
    words = {"day": format_date(day), "today": format_date(ctx.today)}
    if earliest is None and day > ctx.today:
        raise Invalid({name: _("Ngày %(day)s chưa đến; cần không sau hôm nay %(today)s.", **words)})
    if earliest is not None and not earliest <= day <= ctx.today:
        sentence = _(
            "Ngày %(day)s không hợp lý; cần từ %(first)s đến hôm nay %(today)s.", first=format_date(earliest), **words
        )
        raise Invalid({name: sentence})
