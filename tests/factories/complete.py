"""Structures with every field filled, each with a value that its declaration and the rules allow."""

from datetime import date
from decimal import Decimal

from registry.structures.kinds import KINDS
from tests.factories.structures import typed

#: Where any value would do for the field but not beside the others.
_FITTING = {
    "built_on": "05/03/2018",
    "in_service_on": "20/04/2018",
    "permit_on": "01/02/2018",
    "surveyed_on": "11/05/2026",
    "last_inspected_on": "12/05/2026",
    "sharing_status": "shared_available",
    "not_shareable_reason": "",
}
#: A cable that hangs and lies, and still serves: what tells of its end stays empty.
_OF_CABLES = {
    "laying": "mixed",
    "underground_m": "120,5",
    "dead_flag": "false",
    "sharing_status": "not_applicable",
    "removed_on": "",
    "dead_on": "",
    "dead_evidence": "",
}


def complete(kind):
    """Field -> text for all fields of a kind."""
    own = _OF_CABLES if kind == "cable_route" else _FITTING
    typed_texts = typed(kind) | {name: text for name, text in own.items() if name in KINDS[kind].fields()}
    return {name: typed_texts.get(name) or own.get(name, _any(field)) for name, field in KINDS[kind].fields().items()}


def _any(field):
    if field.choices is not None:
        return next(iter(field.choices)).value
    if field.python_type is bool:
        return "true"
    if field.python_type is date:
        return "12/05/2020"
    if field.python_type in (int, Decimal):
        return _number(field)
    return f"“{field.name}”; Đức"[: field.max_length]


def _number(field):
    least = field.minimum if field.minimum is not None else Decimal(0)
    most = field.maximum if field.maximum is not None else least + 100
    middle = least + min(most - least, Decimal(10)) / 2
    return str(int(middle)) if field.python_type is int else f"{middle:.1f}".replace(".", ",")
