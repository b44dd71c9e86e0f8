"""What a value and a target must be; no session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from registry.indicators.declared import percent_of, rounded
from registry.indicators.models import Direction, IndicatorTarget, IndicatorUnit
from registry.kernel.i18n import _, format_date, format_number

FIRST_DAY: Final = date(2000, 1, 1)
FIRST_YEAR, LAST_YEAR = 2000, 2100
_HUNDRED: Final = Decimal(100)
#: More people than this share of 100 in a rate are a slip of the pen.
_MOST_PER_100: Final = Decimal(500)


@dataclass(frozen=True)
class Typed:
    """The amounts of a value as typed: the value, or its two parts, or all three."""

    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None


def value_of(unit: IndicatorUnit, typed: Typed, problems: dict[str, str]) -> Decimal:
    """The value that is stored; adds to `problems` what is wrong with the amounts."""
    numerator, denominator, value = typed.numerator, typed.denominator, typed.value
    if (numerator is None) != (denominator is None):
        empty = "denominator" if denominator is None else "numerator"
        problems[empty] = _("Chỉ có tử số hoặc mẫu số; cần cả hai, hoặc để trống cả hai.")
        return Decimal(0)
    computed = None
    if numerator is not None and denominator is not None:
        if denominator == 0:
            problems["denominator"] = _("Mẫu số là 0 nên không có tỷ lệ; cần số lớn hơn 0.")
            return Decimal(0)
        if unit is IndicatorUnit.COUNT:
            problems["numerator"] = _("Chỉ tiêu này tính bằng số lượng, không có tử số và mẫu số.")
            return Decimal(0)
        if unit is IndicatorUnit.PERCENT and numerator > denominator:
            problems["numerator"] = _(
                "Tử số %(numerator)s lớn hơn mẫu số %(denominator)s; tỷ lệ phần trăm không vượt 100%%.",
                numerator=format_number(numerator),
                denominator=format_number(denominator),
            )
        computed = percent_of(numerator, denominator)
    if value is None and computed is None:
        problems["value"] = _("Chưa nhập giá trị; cần giá trị, hoặc tử số và mẫu số.")
        return Decimal(0)
    if value is not None and computed is not None and rounded(value) != computed:
        problems["value"] = _(
            "Giá trị %(value)s khác %(computed)s tính từ tử số và mẫu số; hãy sửa, hoặc để trống giá trị.",
            value=format_number(value),
            computed=format_number(computed),
        )
    amount = rounded(computed if computed is not None else value or Decimal(0))
    _check_range(unit, amount, "numerator" if value is None else "value", problems)
    return amount


def _check_range(unit: IndicatorUnit, value: Decimal, field: str, problems: dict[str, str]) -> None:
    most = {IndicatorUnit.PERCENT: _HUNDRED, IndicatorUnit.PER_100_PEOPLE: _MOST_PER_100}.get(unit)
    if most is not None and value > most:
        problems.setdefault(
            field,
            _(
                "Giá trị %(value)s lớn hơn %(most)s; đơn vị của chỉ tiêu này là “%(unit)s”.",
                value=format_number(value),
                most=format_number(most),
                unit=unit.label,
            ),
        )


def check_period(period_from: date, period_to: date, today: date, problems: dict[str, str]) -> None:
    """A period that began after 2000 and is over today."""
    if not FIRST_DAY <= period_from <= period_to:
        problems["period_from"] = _(
            "Kỳ từ %(first)s đến %(last)s không đúng; cần từ %(earliest)s trở đi và không sau ngày cuối kỳ.",
            first=format_date(period_from),
            last=format_date(period_to),
            earliest=format_date(FIRST_DAY),
        )
    if period_to > today:
        problems["period_to"] = _(
            "Ngày cuối kỳ %(day)s chưa đến; chỉ ghi số liệu của kỳ đã kết thúc, muộn nhất là hôm nay %(today)s.",
            day=format_date(period_to),
            today=format_date(today),
        )


def check_target(unit: IndicatorUnit, year: int, value: Decimal | None, problems: dict[str, str]) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        problems["year"] = _(
            "Năm %(year)d ngoài phạm vi; cần từ %(first)d đến %(last)d.", year=year, first=FIRST_YEAR, last=LAST_YEAR
        )
    if value is not None:
        _check_range(unit, value, "value", problems)


def target_on(targets: Sequence[IndicatorTarget], day: date) -> IndicatorTarget | None:
    """The target that applies on a day: of the earliest year not over, else of the last year; the newest plan's.

    None where no plan names a figure.
    """
    stated_targets = [target for target in targets if target.value is not None and target.withdrawn_at is None]
    if not stated_targets:
        return None
    coming = [target.year for target in stated_targets if target.year >= day.year]
    year = min(coming) if coming else max(target.year for target in stated_targets)
    return max((target for target in stated_targets if target.year == year), key=lambda target: target.plan_issued_on)


def is_reached(direction: Direction, value: Decimal, target: Decimal) -> bool:
    return value >= target if direction is Direction.UP else value <= target
