"""Orders of the days of a structure, declared once: forms, files, bulk edits and the checks of quality read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Any, Final

from sqlalchemy import ColumnElement, Date, case, cast, extract, false, func, literal, select
from sqlalchemy import and_ as sql_and
from sqlalchemy import or_ as sql_or

from registry.kernel.days import DayOrder, order_problems
from registry.kernel.fields import labels_of
from registry.kernel.i18n import _, format_date
from registry.structures.kinds.kind import Kind, RuleContext, ValueProblem, Values
from registry.structures.kinds.prefiltered import PrefilteredRule
from registry.structures.models import Structure

#: A test or a survey of equipment that was there before the structure came into service.
_EARLY_YEARS: Final = 5
#: A permit lapses where building does not begin for some years.
_PERMIT_YEARS: Final = 10


@dataclass(frozen=True)
class OrderedDays(PrefilteredRule):
    """A rule of values that holds the days of a record to their orders."""

    orders: tuple[DayOrder, ...] = ()


def year_flag(name: str) -> str:
    """The name of the field that says that only the year of a day is recorded."""
    return f"{name.removesuffix('_on')}_year_only"


def ordered_days(model: type[Structure], *orders: DayOrder) -> OrderedDays:
    """The rule that days are in these orders; a day of which only the year is recorded may be any of that year."""
    labels = labels_of(model)

    def days_in_order(values: Values, _context: RuleContext) -> Sequence[ValueProblem]:
        compared = [order for order in orders if not _is_in_that_year(values, order)]
        problems = order_problems(compared, labels, values)
        return [ValueProblem(name, sentence) for name, sentence in problems.items()]

    def suspects(values: Mapping[str, Any], _context: RuleContext) -> Any:
        return reduce(or_, (values[order.later] < values[order.earlier] for order in orders))

    return OrderedDays(days_in_order, suspects, orders=orders)


def _is_in_that_year(values: Values, order: DayOrder) -> bool:
    earlier, later = values.get(order.earlier), values.get(order.later)
    is_year = bool(values.get(year_flag(order.later)))
    return is_year and earlier is not None and later is not None and later.year >= earlier.year


#: Of every structure.
COMMON_DAYS: Final = ordered_days(
    Structure,
    DayOrder("built_on", "in_service_on"),
    DayOrder("built_on", "surveyed_on"),
    DayOrder("built_on", "last_inspected_on"),
    DayOrder("in_service_on", "surveyed_on", lead_years=_EARLY_YEARS),
    DayOrder("in_service_on", "last_inspected_on", lead_years=_EARLY_YEARS),
    DayOrder("built_on", "permit_on", lead_years=_PERMIT_YEARS),
)


def orders_of(kind: Kind) -> tuple[DayOrder, ...]:
    """The orders of the days of a kind, without those of every structure."""
    return tuple(order for rule in kind.rules if isinstance(rule, OrderedDays) for order in rule.orders)


def out_of_order(columns: Any, order: DayOrder) -> ColumnElement[bool]:
    """SQL: two days are in the wrong order, exactly where the rule refuses them."""
    bound = _bound(columns[order.earlier], order)
    wrong: ColumnElement[bool] = columns[order.later] < bound
    flag = columns.get(year_flag(order.later))
    if flag is not None:
        is_earlier_year = extract("year", columns[order.later]) < extract("year", columns[order.earlier])
        wrong = sql_and(wrong, sql_or(func.coalesce(flag, false()).is_(False), is_earlier_year))
    return func.coalesce(wrong, false())


def _bound(earlier: Any, order: DayOrder) -> Any:
    return cast(earlier - func.make_interval(order.lead_years), Date) if order.lead_years else earlier


def is_before(columns: Any, field: str, day: date, orders: Sequence[DayOrder]) -> ColumnElement[bool]:
    """SQL: a day that a field would get is before another of the record that has to come first."""
    return sql_or(
        false(),
        *(
            func.coalesce(literal(day, Date) < _bound(columns[order.earlier], order), false())
            for order in orders
            if order.later == field
        ),
    )


def start_of(structure: Structure, kind: Kind) -> tuple[Any, date] | None:
    """The first recorded day of the life of a structure with its label; None where none is known."""
    labels = labels_of(kind.model)
    days = [(day, name) for name in kind.start_fields if (day := getattr(structure, name)) is not None]
    if not days:
        return None
    day, name = min(days)
    return labels[name], day


def start_column(kinds: Iterable[Kind]) -> ColumnElement[Any]:
    """SQL over `structure`: the same day of a row of any kind."""
    base = Structure.__table__.c
    usual = func.least(*(base[name] for name in Kind.start_fields))
    own = {kind.code: _of_own_table(kind) for kind in kinds if not all(name in base for name in kind.start_fields)}
    return case(own, value=base.kind, else_=usual) if own else usual


def _of_own_table(kind: Kind) -> Any:
    own = kind.model.__table__.alias()
    start = func.least(*(own.c[name] for name in kind.start_fields))
    return select(start).where(own.c.id == Structure.__table__.c.id).correlate(Structure.__table__).scalar_subquery()


def before_start(label: Any, day: date | None, structure: Structure, kind: Kind) -> str | None:
    """The sentence for a day of a use, a test or a finding that is before its structure; None where it is not."""
    start = start_of(structure, kind)
    if day is None or start is None or day >= start[1]:
        return None
    return _(
        "“%(field)s” là %(day)s, trước “%(start)s” %(first)s của công trình %(code)s; cần từ ngày đó trở đi.",
        field=label,
        day=format_date(day),
        start=start[0],
        first=format_date(start[1]),
        code=structure.code,
    )
