"""Rules that say in advance which values they may have something to say about.

A file of 200,000 rows is not asked row by row: the declared condition is compiled to SQL and only the rows that it
holds for go through the rule, which alone writes sentences. It must hold for every row that the rule has a problem
with; a test proves that for every rule. It is written with operators alone (`==`, `<`, `&`, `|`, `~`, `.is_(None)`),
over a mapping of field names to whatever has these operators, so nothing here knows of a database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry.structures.contract import Problem, RuleContext, Values

Check = Callable[[Values, RuleContext], Sequence[Problem]]
Condition = Callable[[Mapping[str, Any], RuleContext], Any]


@dataclass(frozen=True)
class Suspecting:
    """A rule with the condition without which it finds nothing."""

    check: Check
    suspects: Condition

    def __call__(self, values: Values, context: RuleContext) -> Sequence[Problem]:
        """What the rule finds in the values."""
        return self.check(values, context)


def suspects(condition: Condition) -> Callable[[Check], Suspecting]:
    """Decorator of a rule: it finds nothing unless `condition(columns, context)` holds."""

    def wrap(check: Check) -> Suspecting:
        return Suspecting(check, condition)

    return wrap
