"""The cost of a street by year and payer: one value, typed one year a line, stored as JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final, Self

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

from registry.kernel.db.base import Choice
from registry.kernel.fields import ComposedValue, Field, ValueRefused, parse_value
from registry.kernel.forms.builder import as_typed
from registry.kernel.i18n import _, _l
from registry.kernel.text import TextRefused, fold, shown
from registry.kernel.units import VND

#: Years of one plan.
_MOST_YEARS: Final = 10
_AMOUNT: Final = Field("amount", "", VND, Decimal(0), decimals=0, python_type=Decimal)
_YEAR: Final = re.compile(r"\s*(\d{4})\s*[:：]\s*(.+)", re.DOTALL)
_PART: Final = re.compile(r"(\D+?)\s*:?\s*(\d.*)", re.DOTALL)


class Funding(Choice):
    """Who pays."""

    STATE = "state", _l("Ngân sách nhà nước")
    OPERATORS = "operators", _l("Doanh nghiệp")
    MIXED = "mixed", _l("Ngân sách và doanh nghiệp")


#: Payer of a year -> folded words that name it besides its label.
_PAYERS: Final = {
    Funding.STATE: ("ngan sach", "nha nuoc", "nsnn"),
    Funding.OPERATORS: ("doanh nghiep", "nha mang", "xa hoi hoa"),
}


@dataclass(frozen=True)
class YearCost:
    """Đồng of one year by payer; at least one of them is more than zero."""

    year: int
    state_vnd: int
    operators_vnd: int


@dataclass(frozen=True)
class CostPlan(ComposedValue):
    """The costs of a street by year, ascending."""

    years: Sequence[YearCost]

    @property
    def state_vnd(self) -> int:
        return sum(each.state_vnd for each in self.years)

    @property
    def operators_vnd(self) -> int:
        return sum(each.operators_vnd for each in self.years)

    @property
    def funding(self) -> Funding:
        """Who pays over all years."""
        if not self.operators_vnd:
            return Funding.STATE
        return Funding.MIXED if self.state_vnd else Funding.OPERATORS

    @property
    def total(self) -> Decimal:
        return Decimal(self.state_vnd + self.operators_vnd)

    def scaled(self, share: Decimal) -> CostPlan:
        """The part `share` of each amount, in whole đồng."""
        years = [YearCost(y.year, round(y.state_vnd * share), round(y.operators_vnd * share)) for y in self.years]
        return _without_empty_years(years)

    def plus(self, other: CostPlan, sign: int = 1) -> CostPlan:
        """The sums by year; with `sign` -1 the differences."""
        sums: dict[int, YearCost] = {each.year: each for each in self.years}
        for each in other.years:
            own = sums.get(each.year, YearCost(each.year, 0, 0))
            sums[each.year] = YearCost(
                each.year, own.state_vnd + sign * each.state_vnd, own.operators_vnd + sign * each.operators_vnd
            )
        return _without_empty_years([sums[year] for year in sorted(sums)])

    @classmethod
    def parse(cls, text: str, maximum: Decimal | None) -> Self:
        """Read lines as `str` writes them; `maximum`: most đồng of one payer in one year."""
        years = sorted((_parse_year(line, maximum) for line in text.splitlines() if line.strip()), key=lambda y: y.year)
        numbers = [each.year for each in years]
        if len(set(numbers)) < len(numbers):
            twice = next(number for number in numbers if numbers.count(number) > 1)
            raise ValueRefused(_("Năm %(year)d có hai dòng; cần mỗi năm một dòng.", year=twice))
        if len(years) > _MOST_YEARS:
            raise ValueRefused(_("Có %(count)d năm, tối đa %(most)d năm.", count=len(years), most=_MOST_YEARS))
        return cls(tuple(years))

    def __str__(self) -> str:
        return "\n".join(f"{each.year}: {'; '.join(_amounts(each))}" for each in self.years)


class CostPlanType(TypeDecorator[CostPlan]):
    """A plan as a JSON array of [year, đồng of the state, đồng of operators]."""

    impl = JSONB(none_as_null=True)
    cache_ok = True

    @property
    def python_type(self) -> type[CostPlan]:
        return CostPlan

    def process_bind_param(self, value: CostPlan | None, dialect: Any) -> Any:
        del dialect
        if value is None:
            return None
        return [[each.year, each.state_vnd, each.operators_vnd] for each in value.years]

    def process_result_value(self, value: Any, dialect: Any) -> CostPlan | None:
        del dialect
        return None if value is None else CostPlan(tuple(YearCost(*row) for row in value))


def _amounts(cost: YearCost) -> list[str]:
    amounts = ((Funding.STATE, cost.state_vnd), (Funding.OPERATORS, cost.operators_vnd))
    return [f"{payer.label} {as_typed(_AMOUNT, Decimal(amount))}" for payer, amount in amounts if amount]


def _without_empty_years(years: Sequence[YearCost]) -> CostPlan:
    return CostPlan(tuple(each for each in years if each.state_vnd or each.operators_vnd))


def _parse_year(line: str, maximum: Decimal | None) -> YearCost:
    match = _YEAR.fullmatch(line)
    amounts = dict.fromkeys(_PAYERS, 0)
    for part in filter(str.strip, match[2].split(";") if match else ()):
        pair = _PART.fullmatch(part.strip())
        payer = _payer(pair[1]) if pair else None
        if pair is None or payer is None:
            raise ValueRefused(_refusal(line))
        if amounts[payer]:
            raise ValueRefused(
                _("“%(line)s” ghi một nguồn vốn hai lần; cần mỗi nguồn một số tiền.", line=shown(line.strip()))
            )
        amounts[payer] = int(parse_value(replace(_AMOUNT, maximum=maximum), pair[2]))
    if match is None or not any(amounts.values()):
        raise ValueRefused(_refusal(line))
    return YearCost(int(match[1]), amounts[Funding.STATE], amounts[Funding.OPERATORS])


def _payer(words: str) -> Funding | None:
    try:
        written = fold(words)
        names = {payer: (fold(str(payer.label)), *others) for payer, others in _PAYERS.items()}
    except TextRefused:
        return None
    return next((payer for payer, each in names.items() if any(name in written for name in each)), None)


def _refusal(line: str) -> str:
    return _(
        "“%(line)s” không đọc được; cần dạng “2027: Ngân sách nhà nước 500.000.000; Doanh nghiệp 300.000.000”.",
        line=shown(line.strip()),
    )
