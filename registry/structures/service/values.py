"""Values of a structure checked by the rules of its kind, with the dated limits of the day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from registry.kernel.dated import setting
from registry.kernel.errors import Invalid
from registry.structures.contract import Kind, Problem, RuleContext
from registry.structures.rules import COMMON_RULES


def rule_context(session: Session, kind: Kind, today: date) -> RuleContext:
    """The day and the limits that the rules of a kind need."""
    return RuleContext(today, {key: setting(session, key, today) for key in kind.limit_keys})


def find_problems(kind: Kind, values: Mapping[str, Any], context: RuleContext) -> list[Problem]:
    """What the common rules and those of the kind find in the values, blocking or not."""
    return [problem for rule in (*COMMON_RULES, *kind.rules) for problem in rule(values, context)]


def check_values(session: Session, kind: Kind, values: Mapping[str, Any], today: date) -> None:
    """Refuse values that break a blocking rule, all at once."""
    refused: dict[str, list[str]] = {}
    for problem in find_problems(kind, values, rule_context(session, kind, today)):
        if problem.blocks:
            refused.setdefault(problem.field, []).append(problem.sentence)
    if refused:
        raise Invalid(refused)
