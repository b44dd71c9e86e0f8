"""Filters that features above add to the list of structures; map, exports and bulk edit then know them, too.

Each is one argument of the address: a code of a closed list, shown in the filter bar, or the id of a row that only
links carry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import ColumnElement
from werkzeug.datastructures import MultiDict

from registry.accounts.actor import with_predecessors
from registry.authz.actors import Ctx
from registry.kernel.errors import Invalid
from registry.kernel.feature import KeyedExtensionPoint
from registry.kernel.i18n import _, _l
from registry.kernel.numbers import parse_id
from registry.structures.positions.moment import Point

_MOST_DIGITS: Final = 18


@dataclass(frozen=True)
class ExtraFilter:
    """A filter by its argument: `clause` takes the selectable of positions and the value.

    Without `options` the value is the id of a row, and `text` is the text of the chip for any value.
    """

    name: str
    label: Any
    clause: Callable[[Ctx, Any, str], ColumnElement[bool]]
    options: Mapping[str, Any] = field(default_factory=dict)
    text: Any = ""
    #: The same over a past selectable; None: only of the present.
    clause_at: Callable[[Ctx, Any, str, Point], ColumnElement[bool]] | None = None

    def check(self, value: str) -> None:
        """Invalid for a value that this filter does not have."""
        if self.options and value not in self.options:
            raise Invalid(
                {self.name: _("Bộ lọc %(name)s không có giá trị “%(code)s”.", name=self.name, code=value[:60])}
            )
        if not self.options and parse_id(value) is None:
            raise Invalid(
                {
                    self.name: _(
                        "Bộ lọc %(name)s cần một số nguyên, không phải “%(text)s”.", name=self.name, text=value[:60]
                    )
                }
            )

    def describe(self, value: str) -> Any:
        """The text of a value."""
        return self.options.get(value, self.text)


#: In the order of the filter bar.
EXTRA_FILTERS = KeyedExtensionPoint[ExtraFilter]("structures.filters", key=lambda extra: extra.name)


def read_extra_filters(args: MultiDict[str, str]) -> dict[str, str]:
    """The values of an address by argument; Invalid names what is wrong."""
    extra_filters = {}
    for name, extra in EXTRA_FILTERS.items():
        value = args.get(name, "")
        if value:
            extra.check(value)
            extra_filters[name] = value
    return extra_filters


def extra_conditions(ctx: Ctx, readable_rows: Any, values: Mapping[str, str]) -> list[ColumnElement[bool]]:
    """The WHERE of these filters over the selectable of positions."""
    return [EXTRA_FILTERS[name].clause(ctx, readable_rows, value) for name, value in values.items()]


def extra_conditions_at(
    ctx: Ctx, readable_rows: Any, values: Mapping[str, str], point: Point
) -> list[ColumnElement[bool]]:
    """The WHERE over a past selectable; Invalid for filters that apply to the present only."""
    clauses = []
    for name, value in values.items():
        clause = EXTRA_FILTERS[name].clause_at
        if clause is None:
            sentence = _(
                "Bộ lọc “%(label)s” chỉ dùng cho hiện tại; hãy bỏ bộ lọc này hoặc bỏ ngày xem.",
                label=EXTRA_FILTERS[name].label,
            )
            raise Invalid({name: sentence})
        clauses.append(clause(ctx, readable_rows, value, point))
    return clauses


def _is_held(ctx: Ctx, readable_rows: Any, value: str) -> ColumnElement[bool]:
    """A structure known by its cell has no owner here, so the filter reveals nothing about it."""
    held: ColumnElement[bool] = readable_rows.c.owner_organisation_id.in_(
        sorted(with_predecessors(ctx.session, int(value), ctx.today))
    )
    return held


def _was_held(ctx: Ctx, readable_rows: Any, value: str, _point: Point) -> ColumnElement[bool]:
    """Rights are those of today, also for the past."""
    return _is_held(ctx, readable_rows, value)


HELD: Final = ExtraFilter(
    "held",
    _l("Chủ sở hữu"),
    _is_held,
    text=_l("một đơn vị, kể cả công trình nhận lại của đơn vị trước"),
    clause_at=_was_held,
)


def own_filter_args(ctx: Ctx) -> dict[str, str]:
    """Arguments that narrow a list to the structures of the actor's organisation and of those that it succeeded.

    None for an actor without an organisation, and for one whose organisation another has succeeded: it owns nothing.
    """
    own = ctx.actor.organisation_id
    if own is None or own not in ctx.actor.organisation_ids:
        return {}
    return {HELD.name if len(ctx.actor.organisation_ids) > 1 else "owner": str(own)}
