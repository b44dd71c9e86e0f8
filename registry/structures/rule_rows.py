"""Any rows with columns of structures, under the names by which scopes read the model."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, ClassVar, Final

from sqlalchemy import ColumnElement, FromClause

from registry.structures.models import IS_POWER_POLE, Structure, is_disclosed
from registry.structures.visibility import RULES, ColumnRule

ALL_RULES: Final[Mapping[str, ColumnRule]] = {**RULES, "is_power_pole_rule": IS_POWER_POLE}


class RuleRows:
    """Rows of a selectable for `Scope.clause`: a rule or column that they do not have raises a KeyError.

    Structures that open cases disclose are found where the rows have an `id`.
    """

    SIDES: ClassVar[Mapping[str, str]] = Structure.SIDES
    AREA: ClassVar[str | None] = Structure.AREA

    def __init__(self, rows: FromClause) -> None:
        self._rows = rows

    def __getattr__(self, name: str) -> Any:
        if name in ALL_RULES:
            clause: Callable[[], ColumnElement[bool]] = partial(ALL_RULES[name].clause, self._rows)
            return clause
        return self._rows.c[name]

    def is_disclosed_rule(self, organisation_ids: Collection[int]) -> ColumnElement[bool]:
        """As Structure.is_disclosed_rule; for rows of single structures."""
        return is_disclosed(self._rows.c.id, organisation_ids)


def rules_over(names: Collection[str]) -> frozenset[str]:
    """The rules that depend on these columns alone."""
    return frozenset(code for code, rule in ALL_RULES.items() if rule.names <= frozenset(names))
