"""The days of every record that is written are in the orders that its model declares (`Base.DAY_ORDERS`)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from registry.kernel.days import order_problems
from registry.kernel.db.base import Base
from registry.kernel.errors import Invalid
from registry.kernel.fields import labels_of


def refuse_disorder(session: Session) -> None:
    """Before a flush: Invalid at the later field of two days in the wrong order, where one of them changes.

    What was recorded before hinders no other change.
    """
    for record in (*session.new, *session.dirty):
        model = type(record)
        if not isinstance(record, Base) or not model.DAY_ORDERS:
            continue
        attributes = inspect(record).attrs
        changed = [
            order
            for order in model.DAY_ORDERS
            if attributes[order.earlier].history.has_changes() or attributes[order.later].history.has_changes()
        ]
        days = {name: getattr(record, name) for order in changed for name in (order.earlier, order.later)}
        if problems := order_problems(changed, day_labels(model), days):
            raise Invalid({name: [sentence] for name, sentence in problems.items()})


def day_labels(model: type[Base]) -> dict[str, Any]:
    """The label of each day that a model declares or orders."""
    return labels_of(model) | dict(model.DAY_LABELS)
