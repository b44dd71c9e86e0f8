"""Values of a structure checked by the rules of its kind, with the dated limits of the day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from registry.kernel.dated_settings import setting_rows
from registry.kernel.errors import Invalid
from registry.structures.contract import Kind, Limit, Problem, RuleContext
from registry.structures.rules import COMMON_LIMIT_KEYS, COMMON_RULES, sharing_of_kind


def rule_context(session: Session, kind: Kind, today: date) -> RuleContext:
    """The day and the limits that the common rules and those of a kind need."""
    rows = setting_rows(session, (*COMMON_LIMIT_KEYS, *kind.limit_keys), today)
    return RuleContext(today, {key: Limit(row.value, row.source, row.needs_verification) for key, row in rows.items()})


def find_problems(kind: Kind, values: Mapping[str, Any], context: RuleContext) -> list[Problem]:
    """What the common rules and those of the kind find in the values, blocking or not."""
    found = [problem for rule in (*COMMON_RULES, *kind.rules) for problem in rule(values, context)]
    return [*sharing_of_kind(kind, values), *found]


def warnings_of(session: Session, kind: Kind, values: Mapping[str, Any], today: date) -> list[Problem]:
    """What the rules find that does not stop the record."""
    return [
        problem for problem in find_problems(kind, values, rule_context(session, kind, today)) if not problem.blocks
    ]


def check_values(session: Session, kind: Kind, values: Mapping[str, Any], today: date) -> None:
    """Refuse values that break a blocking rule, all at once."""
    refused: dict[str, list[str]] = {}
    for problem in find_problems(kind, values, rule_context(session, kind, today)):
        if problem.blocks:
            refused.setdefault(problem.field, []).append(problem.sentence)
    if refused:
        raise Invalid(refused)
