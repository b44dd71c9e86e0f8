"""The rules on the values of a structure, applied with the limits of a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from registry.kernel.dated_settings import setting_rows
from registry.kernel.errors import Invalid
from registry.structures.kinds.kind import Kind, Limit, RuleContext, ValueProblem
from registry.structures.kinds.value_rules import COMMON_LIMIT_KEYS, find_problems


def rule_context(session: Session, kind: Kind, today: date) -> RuleContext:
    """The day and the limits that the common rules and those of a kind read."""
    rows = setting_rows(session, (*COMMON_LIMIT_KEYS, *kind.limit_keys), today)
    return RuleContext(today, {key: Limit(row.value, row.source, row.needs_verification) for key, row in rows.items()})


def warnings_of(session: Session, kind: Kind, values: Mapping[str, Any], today: date) -> list[ValueProblem]:
    """The problems that do not block the record."""
    return [
        problem for problem in find_problems(kind, values, rule_context(session, kind, today)) if not problem.blocks
    ]


def check_values(session: Session, kind: Kind, values: Mapping[str, Any], today: date) -> None:
    """Invalid with all problems that block the record."""
    refused: dict[str, list[str]] = {}
    for problem in find_problems(kind, values, rule_context(session, kind, today)):
        if problem.blocks:
            refused.setdefault(problem.field, []).append(problem.sentence)
    if refused:
        raise Invalid(refused)
