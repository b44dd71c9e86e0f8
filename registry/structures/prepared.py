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
from registry.authz.scopes import rows_key
from registry.kernel.db.compiled import CompiledStatement, compile_statement
from registry.structures import positions

_MOST: Final = 500
_PREPARED: LRUCache[Hashable, CompiledStatement] = LRUCache(_MOST)


def run(
    ctx: Ctx, what: Hashable, build: Callable[[], Select[Any]], values: Mapping[str, Any], *, one_plan: bool = False
) -> list[Any]:
    """The rows of the read of positions that `build` gives, with the values of its named parameters.

    `what` stands for all that `build` depends on but the rights of the reader and those values; None: do not keep it.
    Columns of kept statements come in codes, not as members of closed lists; `one_plan`: see `positions.reading`.
    """
    if what is None:
        return list(positions.run(ctx, build().params(**values)))
    return positions.run_words(ctx, _prepared(ctx, what, build), values, one_plan=one_plan)


def run_beside(ctx: Ctx, what: Hashable, build: Callable[[], Select[Any]], values: Mapping[str, Any]) -> list[Any]:
    """The same of a read that needs no positions, and so not their role."""
    return _prepared(ctx, what, build).execute(ctx.connection, values)


def _prepared(ctx: Ctx, what: Hashable, build: Callable[[], Select[Any]]) -> CompiledStatement:
    key = (what, rows_key(ctx.actor, P.STRUCTURE_READ))
    prepared = _PREPARED.get(key)
    if prepared is None:
        prepared = _PREPARED[key] = compile_statement(build())
    return prepared
