"""Figures of the start page; each opens the list behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from registry.authz.actors import Ctx, Role
from registry.structures import positions
from registry.structures.filtering.extra import own_filter_args
from registry.structures.filtering.url import read_filter
from registry.structures.listing.query import COUNTED_TO, count_structures

_OWNERS = {Role.OPERATOR, Role.INFRA_OWNER}


@dataclass(frozen=True)
class Figure:
    """A count and the filter whose list shows exactly those rows; None: a figure of the province, without a list."""

    key: str
    count: int
    query: dict[str, Any] | None
    #: Whether only what the reader's organisation holds is counted.
    is_own: bool = False

    @property
    def is_more(self) -> bool:
        """Whether there are more than were counted."""
        return self.count > COUNTED_TO


def list_figures(ctx: Ctx) -> list[Figure]:
    """Structures seen, shareable, suspended and in danger, for an owner only its own, or of the whole province."""
    mine = own_filter_args(ctx) if ctx.actor.roles & _OWNERS else {}
    wanted: tuple[tuple[str, dict[str, tuple[str, ...]]], ...] = (
        ("all", {}),
        ("available", {"sharing_status": ("available", "shared_available")}),
        ("not_assessed", {"sharing_status": ("not_assessed",)}),
        ("suspended", {"status": ("suspended",)}),
        ("dangerous", {"condition": ("dangerous",)}),
    )
    if positions.counts_province(ctx):
        # All that there is may be seen as cells; of the rest there is no list.
        (everything, _none), *others = wanted
        return [_figure(ctx, everything, {}, {}), *_province_figures(ctx, others)]
    return [_figure(ctx, key, choices, mine) for key, choices in wanted]


def _province_figures(ctx: Ctx, wanted: Sequence[tuple[str, dict[str, tuple[str, ...]]]]) -> list[Figure]:
    seen = positions.counted(ctx)
    counts = [
        func.count().filter(*(seen.c[name].in_(codes) for name, codes in choices.items())).label(key)
        for key, choices in wanted
    ]
    row = positions.run(ctx, select(*counts).select_from(seen)).one()
    return [Figure(key, int(getattr(row, key)), None) for key, _choices in wanted]


def _figure(ctx: Ctx, key: str, choices: dict[str, tuple[str, ...]], own: dict[str, str]) -> Figure:
    query: dict[str, Any] = {**choices, **own}
    pairs = [(name, value) for name, values in choices.items() for value in values]
    chosen = read_filter(MultiDict([*pairs, *own.items()]))
    return Figure(key, count_structures(ctx, chosen), query, bool(own))
