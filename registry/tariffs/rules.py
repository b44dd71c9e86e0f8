"""Rules of prices on values alone: comparable price, outliers, errors, formatting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any, Final

from registry.kernel.days import later_problem
from registry.kernel.fields import labels_of
from registry.kernel.i18n import NO_BREAK_SPACE, _, format_number
from registry.structures.kinds import HOSTS
from registry.structures.kinds.kind import Hosting
from registry.tariffs.models import MAX_PRICE, MIN_PRICE, Tariff, TariffPeriod, TariffUnit

#: A part of a đồng says nothing in a computed price from here on.
_ROUNDED_FROM: Final = Decimal(1_000)
_HUNDRED: Final = Decimal(100)
_CENT: Final = Decimal("0.01")
_MONTHS: Final = {TariffPeriod.MONTH: 1, TariffPeriod.QUARTER: 3, TariffPeriod.YEAR: 12}
#: With fewer owners the median would disclose the price of one or two owners.
MIN_COMPARABLE: Final = 3
_DIGITS: Final = 50
DAY: Final = timedelta(days=1)
_BY_PLACE: Final = (TariffUnit.POSITION,)
_UNITS_OF: Final = {
    Hosting.ANTENNAS: _BY_PLACE,
    Hosting.ROOM: _BY_PLACE,
    Hosting.HUNG_CABLES: (*_BY_PLACE, TariffUnit.CABLE, TariffUnit.METRE),
    Hosting.PULLED_CABLES: (*_BY_PLACE, TariffUnit.BORE, TariffUnit.CABLE, TariffUnit.METRE),
    Hosting.LAID_CABLES: (*_BY_PLACE, TariffUnit.LEVEL, TariffUnit.CABLE, TariffUnit.METRE),
}
#: Kind code -> units in which it is let.
UNITS_OF_KIND: Final = {code: _UNITS_OF[kind.hosting] for code, kind in HOSTS.items() if kind.hosting is not None}


@dataclass(frozen=True)
class OutlierLimits:
    """Limits of an outlier: factors of the median, and the least number of comparable tariffs."""

    above: Decimal
    below: Decimal
    least: int


@dataclass(frozen=True)
class PriceFigures:
    """Comparable prices (đồng per unit and month, without tax) of tariffs of the same kind and unit on a day.

    `left_out` outliers are excluded; the other figures are those of the remaining `count` prices of `owners`, of which
    each counts once in the median, by the median of its own prices.
    """

    count: int
    owners: int
    median: Decimal
    lowest: Decimal
    highest: Decimal
    left_out: int = 0


@dataclass(frozen=True)
class Price:
    """A price: đồng per unit and period, `tax_rate` in percent."""

    price: Decimal
    unit: TariffUnit
    period: TariffPeriod
    tax_included: bool
    tax_rate: Decimal


def comparable(price: Decimal, period: TariffPeriod, tax_rate: Decimal, *, tax_included: bool) -> Decimal | None:
    """Đồng per unit and month without tax, two decimals; None for a one-off price."""
    if period is TariffPeriod.ONCE:
        return None
    with localcontext() as exact:
        exact.prec = _DIGITS
        without_tax = price * _HUNDRED / (_MONTHS[period] * (_HUNDRED + (tax_rate if tax_included else 0)))
        return without_tax.quantize(_CENT, ROUND_HALF_UP)


def median_of(prices: Sequence[Decimal]) -> Decimal:
    ordered = sorted(prices)
    middle = len(ordered) // 2
    return (ordered[middle] + ordered[-1 - middle]) / 2


def figures_of(prices_of_owners: Sequence[Sequence[Decimal]], limits: OutlierLimits) -> PriceFigures | None:
    """Median, minimum and maximum of comparable prices without outliers; None if fewer than three owners are left.

    `prices_of_owners`: the prices of each owner. Outliers are measured by the median of the owners' medians.
    """
    stated = [prices for prices in prices_of_owners if prices]
    if not stated:
        return None
    middle = median_of([median_of(prices) for prices in stated])
    remaining = [
        [price for price in prices if limits.below * middle <= price <= limits.above * middle] for prices in stated
    ]
    owners = [prices for prices in remaining if prices]
    if len(owners) < MIN_COMPARABLE:
        return None
    all_remaining = [price for prices in owners for price in prices]
    return PriceFigures(
        count=len(all_remaining),
        owners=len(owners),
        median=median_of([median_of(prices) for prices in owners]),
        lowest=min(all_remaining),
        highest=max(all_remaining),
        left_out=sum(map(len, stated)) - len(all_remaining),
    )


def limits_of(value: Mapping[str, Any]) -> OutlierLimits:
    """The limits in the value of the setting."""
    return OutlierLimits(Decimal(str(value["above"])), Decimal(str(value["below"])), int(value["least"]))


def is_unusual(monthly: Decimal | None, figures: PriceFigures | None, limits: OutlierLimits) -> bool:
    """Whether a comparable price is an outlier; False with too few comparable prices."""
    if monthly is None or figures is None or figures.count + figures.left_out < limits.least:
        return False
    return monthly > limits.above * figures.median or monthly < limits.below * figures.median


def change_pct(former: Decimal | None, now: Decimal | None) -> Decimal | None:
    """Change in percent, one decimal; None if a price is unknown."""
    if not former or now is None:
        return None
    return ((now / former - 1) * _HUNDRED).quantize(Decimal("0.1"), ROUND_HALF_UP)


def state_of(valid_from: date, valid_to: date | None, today: date) -> str:
    """ "now", "later", "over", or "withdrawn" (before it applied)."""
    if valid_to is not None and valid_to < valid_from:
        return "withdrawn"
    if valid_to is not None and valid_to < today:
        return "over"
    return "now" if valid_from <= today else "later"


def price_problems(price: Price, valid_from: date, valid_to: date | None) -> dict[str, str]:
    """Errors of a price and its days by field."""
    problems: dict[str, str] = {}
    if not MIN_PRICE <= price.price <= MAX_PRICE or price.price != price.price.to_integral_value():
        problems["price"] = _(
            "Đơn giá là %(price)s; cần số tròn đồng, từ %(least)s đến %(most)s, như giá thuê trong hợp đồng.",
            price=format_number(price.price),
            least=format_number(MIN_PRICE),
            most=format_number(MAX_PRICE),
        )
    if not 0 <= price.tax_rate <= _HUNDRED or price.tax_rate != price.tax_rate.quantize(_CENT):
        problems["tax_rate"] = _(
            "Thuế suất là %(rate)s; cần từ 0 đến 100 phần trăm, tối đa 2 chữ số lẻ.",
            rate=format_number(price.tax_rate),
        )
    labels = labels_of(Tariff)
    order = later_problem((labels["valid_from"], valid_from), (labels["valid_to"], valid_to))
    if order is not None:
        problems["valid_to"] = order
    return problems


def unit_problem(kind: str, unit: TariffUnit) -> str | None:
    """Why a kind (by its code) is not let by a unit; None if it is, or is not let at all."""
    fitting = UNITS_OF_KIND.get(kind)
    if fitting is None or unit in fitting:
        return None
    return _(
        "Đơn vị tính “%(unit)s” không dùng cho “%(kind)s”; cần một trong: %(units)s.",
        unit=unit.label,
        kind=HOSTS[kind].label,
        units=", ".join(str(each.label) for each in fitting),
    )


def format_money(value: Decimal | None) -> str:
    """A computed price in đồng, whole from 1.000 on: "227.273 đồng", "812,50 đồng"; "" for None."""
    return "" if value is None else _in_dong(value if value < _ROUNDED_FROM else Decimal(round(value)))


def _in_dong(value: Decimal) -> str:
    """Đồng with their name, as they were published: "250.000 đồng", "812,50 đồng"."""
    decimals = 0 if value == value.to_integral_value() else 2
    return NO_BREAK_SPACE.join((format_number(value, decimals), _("đồng")))


def format_price(price: Price) -> str:
    """A price as published: "250.000 đồng/vị trí/tháng, chưa gồm thuế 10%"."""
    asked = _per_period(_per_unit(_in_dong(price.price), price.unit), price.period)
    rate = format_number(price.tax_rate.normalize() + 0)
    if price.tax_included:
        return _("%(price)s, đã gồm thuế %(rate)s%%", price=asked, rate=rate)
    return _("%(price)s, chưa gồm thuế %(rate)s%%", price=asked, rate=rate)


def format_monthly(monthly: Decimal, unit: TariffUnit) -> str:
    """A comparable price: "250.000 đồng/vị trí/tháng"."""
    return _per_period(_per_unit(format_money(monthly), unit), TariffPeriod.MONTH)


def _per_unit(amount: str, unit: TariffUnit) -> str:
    # Whole phrases: other languages inflect the unit.
    return {
        TariffUnit.POSITION: _("%(amount)s/vị trí", amount=amount),
        TariffUnit.BORE: _("%(amount)s/ống", amount=amount),
        TariffUnit.LEVEL: _("%(amount)s/tầng", amount=amount),
        TariffUnit.CABLE: _("%(amount)s/cáp", amount=amount),
        TariffUnit.METRE: _("%(amount)s/mét", amount=amount),
    }[unit]


def _per_period(amount: str, period: TariffPeriod) -> str:
    return {
        TariffPeriod.MONTH: _("%(amount)s/tháng", amount=amount),
        TariffPeriod.QUARTER: _("%(amount)s/quý", amount=amount),
        TariffPeriod.YEAR: _("%(amount)s/năm", amount=amount),
        TariffPeriod.ONCE: _("%(amount)s một lần", amount=amount),
    }[period]


def formula() -> str:
    return _(
        "Giá so sánh là giá của một đơn vị trong một tháng, chưa gồm thuế: lấy đơn giá chia cho số tháng của kỳ "
        "(tháng 1, quý 3, năm 12), nếu giá đã gồm thuế thì chia tiếp cho (1 + thuế suất); làm tròn đến 2 chữ số lẻ. "
        "Giá một lần không so sánh."
    )
