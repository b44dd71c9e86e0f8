"""Rules on values with the condition under which they can find anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry.structures.kinds.kind import RuleContext, ValueProblem, Values

RuleFunction = Callable[[Values, RuleContext], Sequence[ValueProblem]]
Condition = Callable[[Mapping[str, Any], RuleContext], Any]


@dataclass(frozen=True)
class PrefilteredRule:
    """A rule with the condition without which it finds nothing; one that only warns never `blocks` a record."""

    check: RuleFunction
    suspects: Condition
    blocks: bool = True

    def __call__(self, values: Values, context: RuleContext) -> Sequence[ValueProblem]:
        return self.check(values, context)


def suspects(condition: Condition, *, blocks: bool = True) -> Callable[[RuleFunction], PrefilteredRule]:
    """Decorator of a rule: it finds nothing unless `condition(columns, context)` holds.

    A file of 200,000 rows is not checked row by row: the condition is compiled to SQL, and the rule runs only for rows
    that meet it. The condition must hold for every row in which the rule finds a problem (a test proves it for every
    rule). It is written with operators alone (`==`, `<`, `&`, `|`, `~`, `.is_(None)`) over a mapping of field names.
    `blocks=False`: all problems of the rule are warnings.
    """

    def wrap(check: RuleFunction) -> PrefilteredRule:
        return PrefilteredRule(check, condition, blocks)

    return wrap
