"""Who may know what of a structure, declared once over its columns, wherever these stand.

A rule is rendered as a clause over the table, an alias, a version of the history or a row of counts; as the answer for
values in Python; and as SQL text, of which generated columns, triggers and functions hold copies (ADR 0034).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import ColumnElement, Enum, FromClause, and_, false, not_

from registry.kernel.sql_copies import SqlCopy, WatchedColumns
from registry.structures.codes import ENDED, PUBLISHED, SharingStatus, Status

#: Values, or a function that knows them once all kinds are loaded.
Values = Collection[Any] | Callable[[], Collection[Any]]


@dataclass(frozen=True)
class ColumnRule:
    """A rule that holds where each column has one of its values, and none of those excluded."""

    one_of: Mapping[str, Values] = field(default_factory=dict)
    none_of: Mapping[str, Values] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        """The columns that it reads."""
        return frozenset({*self.one_of, *self.none_of})

    def clause(self, rows: Any, *, or_unknown: bool = False) -> ColumnElement[bool]:
        """The rule over a model, an alias or a selectable; `or_unknown`: an excluded column may be NULL."""
        parts = [_is_one_of(column_of(rows, name), _values(values)) for name, values in self.one_of.items()]
        for name, values in self.none_of.items():
            column, excluded = column_of(rows, name), _values(values)
            if or_unknown:
                parts += [column.is_distinct_from(str(value)) for value in excluded]
            else:
                parts.append(not_(_is_one_of(column, excluded)))
        return and_(*parts)

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether a record with these values satisfies the rule."""
        return all(values[name] in _values(codes) for name, codes in self.one_of.items()) and all(
            values[name] not in _values(codes) for name, codes in self.none_of.items()
        )

    def sql(self, prefix: str = "") -> str:
        """The rule as SQL text; `prefix` such as `NEW.` stands before each column."""
        parts = [_text(prefix + name, "=", "IN", _values(values)) for name, values in self.one_of.items()]
        parts += [_text(prefix + name, "<>", "NOT IN", _values(values)) for name, values in self.none_of.items()]
        return " AND ".join(parts)

    def arguments(self) -> dict[str, list[str]]:
        """The columns and values of a rule without exclusions, as arguments of the list of structures."""
        return {name: [_argument(value) for value in _values(values)] for name, values in self.one_of.items()}


def column_of(rows: Any, name: str) -> ColumnElement[Any]:
    """A column of a selectable or of a mapped class or its alias."""
    column: ColumnElement[Any] = rows.c[name] if isinstance(rows, FromClause) else getattr(rows, name)
    return column


def _values(values: Values) -> list[Any]:
    return list(values() if callable(values) else values)


def _is_one_of(column: ColumnElement[Any], values: list[Any]) -> ColumnElement[bool]:
    if not values:
        return false()
    if isinstance(values[0], bool):
        return column.is_(values[0])
    codes = values if isinstance(column.type, Enum) else [str(value) for value in values]
    return column.in_(codes) if len(codes) > 1 else column == codes[0]


def _text(column: str, single: str, several: str, values: list[Any]) -> str:
    if not values:
        return "false" if single == "=" else "true"
    quoted = [_literal(value) for value in values]
    return f"{column} {single} {quoted[0]}" if len(quoted) == 1 else f"{column} {several} ({', '.join(quoted)})"


def _argument(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _literal(value: Any) -> str:
    return _argument(value) if isinstance(value, bool) else f"'{value}'"


#: In service or suspended: what is not seen exactly is shown as public cells.
SHOWN_AS_CELLS: Final = (Status.ACTIVE, Status.SUSPENDED)
#: Whatever a past version was: a structure that is only planned today is not shown as a cell.
PLANS: Final = (Status.PLANNED, Status.BUILDING)

#: Restricted for defence or security: others learn nothing of it.
IS_RESTRICTED: Final = ColumnRule(one_of={"sharing_status": (SharingStatus.RESTRICTED,)})
IS_OPEN: Final = ColumnRule(none_of=IS_RESTRICTED.one_of)
#: Published by its owner as shareable, and in service: signed-in operators see it exactly.
IS_PUBLISHED: Final = ColumnRule(one_of={"sharing_status": PUBLISHED, "status": (Status.ACTIVE,)})
#: Everyone may see its public cells.
IS_SHOWN_AS_CELLS: Final = ColumnRule(one_of={"status": SHOWN_AS_CELLS}, none_of=IS_OPEN.none_of)
#: Neither decommissioned nor removed.
IS_LIVE: Final = ColumnRule(none_of={"status": ENDED})
#: Not removed: what is out of service for good still stands.
IS_THERE: Final = ColumnRule(none_of={"status": (Status.REMOVED,)})
#: A public asset, which the finance department reads (R21).
IS_PUBLIC_ASSET: Final = ColumnRule(one_of={"is_public_asset": (True,)})
#: A cable takes places in the ledger while it is in place; others read the ledger, so a restricted one is not in it.
TAKES_PLACE: Final = ColumnRule(
    none_of={"status": (*PLANS, Status.REMOVED), "sharing_status": IS_RESTRICTED.one_of["sharing_status"]}
)
#: Offered for sharing and not ended, in service or not yet: a line of these needs the consent of its owner (ADR 0021).
IS_OFFERED: Final = ColumnRule(one_of={"sharing_status": PUBLISHED}, none_of=IS_LIVE.none_of)
#: Of a structure today: in service at least once, so that its past may be counted.
IS_NO_PLAN: Final = ColumnRule(none_of={"status": PLANS})
#: Of a past version: everyone may see its cells, where PAST_MAY_BE_SHOWN holds for the structure today.
WAS_SHOWN_AS_CELLS: Final = ColumnRule(one_of={"status": SHOWN_AS_CELLS})
#: Of a structure today: its past may be shown as cells. What is only planned today is not shown, whatever it was.
PAST_MAY_BE_SHOWN: Final = ColumnRule(none_of={**IS_OPEN.none_of, **IS_NO_PLAN.none_of})

#: The rules by the names by which scopes ask for them; `is_power_pole_rule` follows from the kinds (rule_rows.py).
RULES: Final[Mapping[str, ColumnRule]] = {
    "is_open_rule": IS_OPEN,
    "is_published_rule": IS_PUBLISHED,
    "is_public_asset_rule": IS_PUBLIC_ASSET,
    "is_live_rule": IS_LIVE,
    "is_there_rule": IS_THERE,
}

#: Where the database states these rules as well; `flask docs check` compares.
WATCHED: Final = WatchedColumns(("sharing_status", "status"), "registry/structures/visibility.py")
COPIES: Final = (
    SqlCopy("is_published BOOLEAN GENERATED ALWAYS AS (", "AS (", IS_PUBLISHED.sql(), "visibility.IS_PUBLISHED"),
    SqlCopy(
        "FUNCTION keep_coarse_position(",
        "NEW.geom_coarse := CASE WHEN ",
        IS_RESTRICTED.sql("NEW."),
        "visibility.IS_RESTRICTED",
    ),
    SqlCopy("FUNCTION cable_takes_place(", "PARALLEL SAFE\nRETURN ", TAKES_PLACE.sql(), "visibility.TAKES_PLACE"),
    SqlCopy("FUNCTION carries_cables(", "'site_house') AND ", IS_LIVE.sql(), "visibility.IS_LIVE"),
    SqlCopy(
        "FUNCTION days_of_structure(", "SELECT history_id, ", WAS_SHOWN_AS_CELLS.sql(), "visibility.WAS_SHOWN_AS_CELLS"
    ),
)
