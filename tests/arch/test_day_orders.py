"""Each day of a record has its place in one order with its other days: a CHECK, a rule of its kind, or `DAY_ORDERS`."""

import re
from datetime import date

import pytest
from sqlalchemy import CheckConstraint, Date, inspect
from sqlalchemy.orm import Session

from registry.kernel.db.base import Base
from registry.kernel.db.day_orders import day_labels
from registry.kernel.errors import Invalid
from registry.structures.kinds import KINDS
from registry.structures.kinds.ordered_days import COMMON_DAYS, orders_of
from registry.structures.models import Structure
from registry.villages import models as villages
from tests.support.offenders import no_offenders

#: Days that no other day of the record bounds, and why.
FREE = {
    "attestation_round.reminded_on": "the job writes today",
    "attestation_round.overdue_told_on": "the job writes today",
    "calendar_day.day": "a day worked for another may come before or after it",
    "calendar_day.makes_up_for": "a day worked for another may come before or after it",
    "colocation_request.upgrade_by": "a promise of the owner, whatever day is wanted",
    "colocation_request.wanted_from": "a wish of the requester, whatever is promised",
    "inspection_plan.decided_on": "not after its last day (may_issue); often before the first",
    "occupation.contract_on": "a contract that is shown may be of any day before",
    "plan_task.planned_on": "a plan's own day; a result may come before or after it",
    "plan_task.result_on": "not after today (state_result)",
    "finding.found_on": "a row of a view",
    "finding.occurred_on": "a row of a view",
    "street_rule.announced_on": "a no-dig period months before it begins (may_announce), other rules also after",
    "street_rule.cancelled_on": "the service writes today, before or after the rule began",
    "street_rule.document_on": "a rule may have applied before its paper, and an old paper may be announced again",
    "structure.confirmed_on": "a check finds a confirmation of before the building: what it confirmed was a plan",
}
_COMPARED = re.compile(r"\b(\w+)\s*(?:<=|>=|<|>|BETWEEN)\s*(\w+)\b")


@pytest.fixture(autouse=True)
def program(loaded_app):
    """All features are mounted."""
    return loaded_app


def models_with_days():
    """Model and the names of its day columns, of every model that has at least two."""
    for mapper in Base.registry.mappers:
        days = {column.name for column in mapper.class_.__table__.columns if isinstance(column.type, Date)}
        if len(days) > 1:
            yield mapper.class_, days


def ordered_by_kind(model):
    """The days that rules of kinds and of villages order."""
    if model.__table__.name == "village":
        orders = villages.DAY_ORDERS
    else:
        orders = COMMON_DAYS.orders if model is Structure else ()
        orders += tuple(order for kind in KINDS.values() if kind.model is model for order in orders_of(kind))
    return {name for order in orders for name in (order.earlier, order.later)}


def ordered(model, days):
    checks = [item for item in model.__table__.constraints if isinstance(item, CheckConstraint)]
    pairs = [pair for check in checks for pair in _COMPARED.findall(str(check.sqltext)) if days.issuperset(pair)]
    pairs += [(order.earlier, order.later) for order in model.DAY_ORDERS]
    return {name for pair in pairs for name in pair} | ordered_by_kind(model)


def test_each_day_of_an_entity_has_its_place_in_one_order():
    free, missing = set(), []
    for model, days in models_with_days():
        for name in sorted(days - ordered(model, days)):
            column = f"{model.__table__.name}.{name}"
            free.add(column)
            if column not in FREE:
                missing.append(f"{model.__module__}: {column}")
    no_offenders(
        "each day of an entity stands in one order with its others",
        missing,
        "add it to DAY_ORDERS of the model, or say in FREE why no other day bounds it",
    )
    assert free == set(FREE), "days that are ordered by now"


def orders():
    return [(model, order) for model, _days in models_with_days() for order in model.DAY_ORDERS]


def test_every_entity_refuses_a_day_of_1995_where_what_comes_before_is_of_2020():
    assert len(orders()) > 10
    accepted = []
    for model, order in orders():
        record = model(**{order.earlier: date(2020, 6, 1), order.later: date(1995, 6, 1)})
        with Session() as session:
            session.add(record)
            try:
                session.dispatch.before_flush(session, None, None)
            except Invalid as refused:
                [sentence] = refused.fields[order.later]
                labels = day_labels(model)
                parts = ("01/06/1995", "01/06/2020", str(labels[order.earlier]), str(labels[order.later]))
                assert all(part in sentence for part in parts), sentence
                continue
            accepted.append(f"{model.__name__}: {order.earlier} <= {order.later}")
    no_offenders("days in the wrong order are refused by every way of writing", accepted, "see kernel/db/day_orders.py")


def test_a_day_that_does_not_change_hinders_no_other_change():
    model, order = orders()[0]
    record = model(**{order.earlier: date(2020, 6, 1), order.later: date(1995, 6, 1)})
    with Session() as session:
        session.add(record)
        inspect(record)._commit(record.__dict__, [order.earlier, order.later])
        session.dispatch.before_flush(session, None, None)
