"""Statements that are asked for many times a second, put together once for all readers of the same view.

Putting the statement of a tile together and compiling it takes longer than the database takes to answer it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, Final

from cachetools import LRUCache
from sqlalchemy import Select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import view_of
from registry.kernel.db.words import Words, words_of
from registry.structures import positions

_MOST: Final = 500
_COMPILED: LRUCache[Hashable, Words] = LRUCache(_MOST)


def run(
    ctx: Ctx, what: Hashable, build: Callable[[], Select[Any]], values: Mapping[str, Any], *, one_plan: bool = False
) -> list[Any]:
    """The rows of the read of positions that `build` gives, with the values of its named parameters.

    `what` stands for all that `build` depends on but the rights of the reader and those values; None: do not keep it.
    Columns of kept statements come in codes, not as members of closed lists; `one_plan`: see `positions.reading`.
    """
    if what is None:
        return list(positions.run(ctx, build().params(**values)))
    return positions.run_compiled(ctx, _compiled(ctx, what, build), values, one_plan=one_plan)


def run_without_positions(
    ctx: Ctx, what: Hashable, build: Callable[[], Select[Any]], values: Mapping[str, Any]
) -> list[Any]:
    """The same of a read that needs no positions, and so not their role."""
    return _compiled(ctx, what, build).ask(ctx.connection, values)


def _compiled(ctx: Ctx, what: Hashable, build: Callable[[], Select[Any]]) -> Words:
    key = (what, view_of(ctx.actor, P.STRUCTURE_READ))
    prepared = _COMPILED.get(key)
    if prepared is None:
        prepared = _COMPILED[key] = words_of(build())
    return prepared
