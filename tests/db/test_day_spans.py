"""Every day field of every form refuses the years of typing errors, and days in the wrong order, in one sentence."""

import inspect
from datetime import date, timedelta
from itertools import chain

import pytest
from werkzeug.datastructures import MultiDict

from registry.kernel.clock import local_date
from registry.kernel.days import DayOrder, DaySpan, order_problems, years_after
from registry.kernel.db.base import Base
from registry.kernel.fields import Field, ValueRefused, fields_of, parse_value
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import DayField
from registry.kernel.i18n import format_date
from registry.workflow.definition import WORKFLOWS
from tests.support.clock import NOW
from tests.support.offenders import no_offenders

TODAY = local_date(NOW)
DAY = timedelta(days=1)
#: What may have been so in 1995: the life of structures, organisations, communes, villages, law.
OLD = {
    *("surveyed_on", "built_on", "in_service_on", "last_inspected_on", "permit_on", "effective_on"),
    *("lightning_checked_on", "earthing_checked_on", "emf_certified_on", "installed_on", "removed_on", "dead_on"),
    *("valid_from", "valid_to", "acts_until", "started_on", "ended_on", "mobile_on", "ftth_on", "issued_on"),
    # Within 30 or 40 years before today.
    *("contract_on", "found_on", "occurred_on"),
}


def subclasses(root):
    return chain.from_iterable([child, *subclasses(child)] for child in root.__subclasses__())


def unbound_days(form):
    """(name, span, label) of the day fields that a form class declares."""
    for name, unbound in inspect.getmembers(form, lambda member: hasattr(member, "field_class")):
        declaration = getattr(unbound.field_class, "declaration", None)
        if declaration is not None and declaration.python_type is date:
            yield name, declaration
        elif issubclass(unbound.field_class, DayField):
            label = unbound.kwargs.get("label", unbound.args[0] if unbound.args else name)
            yield name, Field(name, label, python_type=date, span=unbound.kwargs.get("span"))


def days_of_forms():
    for form in subclasses(BaseForm):
        if form.__module__.startswith("registry."):
            yield from ((f"{form.__module__}.{form.__name__}", field) for _name, field in unbound_days(form))


def days_of_moves():
    for workflow in WORKFLOWS.values():
        for move in workflow.moves:
            yield from ((f"{workflow.code}.{move.name}", need) for need in move.needs if isinstance(need, Field))


def days_of_columns():
    for model in subclasses(Base):
        if model.__module__.startswith("registry.") and hasattr(model, "__table__"):
            yield from ((model.__name__, field) for field in fields_of(model, own=True).values())


def day_fields():
    """Every field of a day: of forms, of moves, of columns that forms and imports are made from."""
    fields = chain(days_of_forms(), days_of_moves(), days_of_columns())
    return [(form_name, field) for form_name, field in fields if field.python_type is date]


@pytest.fixture
def all_days(app):
    fields = day_fields()
    assert len(fields) > 60
    return fields


def refusal(field, day):
    """The sentence that refuses a day, or None."""
    try:
        parse_value(field, format_date(day))
    except ValueRefused as refused:
        return str(refused)
    return None


def test_every_day_field_refuses_what_is_outside_of_its_span_and_says_what_is_expected(all_days):
    offenders = []
    for form_name, field in all_days:
        first, last = field.span.first(TODAY), field.span.last(TODAY)
        for day in (first - DAY, last + DAY, date(2190, 1, 1)):
            sentence = refusal(field, day) or ""
            if not all(text in sentence for text in (str(field.label), format_date(day), format_date(first))):
                offenders.append((form_name, field.name, format_date(day), sentence))
        offenders += [(form_name, field.name, format_date(day)) for day in (first, last, TODAY) if refusal(field, day)]
    no_offenders("a day is within its span", offenders, "declare a span that contains today")


def test_only_what_may_be_old_accepts_1995(all_days):
    offenders = [
        (form_name, field.name)
        for form_name, field in all_days
        if field.name not in OLD and refusal(field, date(1995, 6, 1)) is None
    ]
    no_offenders("1995 is refused", offenders, "narrow its span, or name it in OLD")


def test_every_declared_order_names_day_fields_and_refuses_a_reversed_pair(app):
    # What declared fields are added to has none itself: the form that it is the base of stands among them.
    forms = [
        form
        for form in subclasses(BaseForm)
        if form.__module__.startswith("registry.") and form.day_orders and not form.__name__.startswith("_")
    ]
    assert len(forms) > 8
    for form in forms:
        names = dict(unbound_days(form))
        for order in form.day_orders:
            assert {order.earlier, order.later} <= set(names), form
            early, late = TODAY - 30 * DAY, TODAY
            typed = {order.earlier: format_date(late), order.later: format_date(early)}
            with app.test_request_context(method="POST"):
                posted = form(MultiDict(typed), meta={"csrf": False})
                for field in posted:
                    if getattr(field, "choices", ()) is None:
                        field.choices = []
                posted.validate()
                errors = " ".join(str(error) for error in posted[order.later].errors)
            assert format_date(early) in errors, form
            assert format_date(late) in errors, form


@pytest.mark.parametrize(("is_strict", "wrong"), [(False, []), (True, ["last"])])
def test_equal_days_are_in_order_unless_it_is_strict(is_strict, wrong):
    order = DayOrder("first", "last", is_strict=is_strict)
    problems = order_problems([order], {"first": "Từ ngày", "last": "Đến ngày"}, {"first": TODAY, "last": TODAY})
    assert list(problems) == wrong


def test_a_missing_day_has_no_order():
    labels = {"first": "Từ ngày", "last": "Đến ngày"}
    assert order_problems([DayOrder("first", "last")], labels, {"first": TODAY, "last": None}) == {}


def test_a_span_counts_whole_years():
    assert years_after(date(2024, 2, 29), 1) == date(2025, 2, 28)
    assert years_after(date(2024, 2, 29), -4) == date(2020, 2, 28)
    span = DaySpan(back=1, ahead=2)
    assert (span.first(TODAY), span.last(TODAY)) == (date(2025, 11, 25), date(2028, 11, 25))
