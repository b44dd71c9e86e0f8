"""Statements that run many times a second, built and compiled once for all readers with the same rights.

Building and compiling the statement of a tile takes longer than the database takes to answer it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from typing import Any, Final

from cachetools import LRUCache
from sqlalchemy import Select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import rows_key
from registry.kernel.cache import bytes_of
from registry.kernel.db.compiled import CompiledStatement, compile_statement
from registry.structures import positions

#: Bytes of the statements of a worker: some hundreds of them.
_MOST: Final = 8 * 1024 * 1024
#: A key and the entry itself.
_OVERHEAD: Final = 4096


def _size(statement: CompiledStatement) -> int:
    return sys.getsizeof(statement.text) + len(statement.numbered) + bytes_of(statement.fixed) + _OVERHEAD


_COMPILED: LRUCache[Hashable, CompiledStatement] = LRUCache(_MOST, _size)
#: The cache alone is not safe among threads.
_LOCK: Final = Lock()


def run(
    ctx: Ctx, what: Hashable, build: Callable[[], Select[Any]], values: Mapping[str, Any], *, one_plan: bool = False
) -> list[Any]:
    """The rows of the read of positions that `build` returns, with `values` for its named parameters.

    `what` is a cache key of everything that `build` depends on except the rights of the reader and `values`; None: no
    cache. Cached statements return codes, not members of closed lists; `one_plan`: see `positions.reading`.
    """
    if what is None:
        return list(positions.run(ctx, build().params(**values)))
    return positions.run_compiled(ctx, _compiled(ctx, what, build), values, one_plan=one_plan)


def run_without_positions(
    ctx: Ctx, what: Hashable, build: Callable[[], Select[Any]], values: Mapping[str, Any]
) -> list[Any]:
    """The same for a statement that reads no positions and needs no other role."""
    return _compiled(ctx, what, build).execute(ctx.connection, values)


def _compiled(ctx: Ctx, what: Hashable, build: Callable[[], Select[Any]]) -> CompiledStatement:
    key = (what, rows_key(ctx.actor, P.STRUCTURE_READ))
    with _LOCK:
        compiled = _COMPILED.get(key)
    if compiled is None:
        compiled = compile_statement(build())
        with _LOCK:
            _COMPILED[key] = compiled
    return compiled
