"""Statements that are asked for many times a second, put together once for all readers of the same view.

Putting the statement of a tile together and compiling it takes longer than the database takes to answer it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from cachetools import LRUCache
from sqlalchemy import Dialect, Result, Select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import view_of
from registry.structures import positions

_MOST: Final = 500


@dataclass(frozen=True)
class _Prepared:
    """The text of a statement as the driver takes it, and the parameters that never change."""

    text: str
    fixed: dict[str, Any]


_PREPARED: LRUCache[Hashable, _Prepared] = LRUCache(_MOST)


def run(ctx: Ctx, what: Hashable, build: Callable[[], Select[Any]], values: Mapping[str, Any]) -> Result[Any]:
    """Execute the read of positions that `build` gives, with the values of its named parameters.

    `what` stands for all that `build` depends on but the rights of the reader and those values; None: do not keep it.
    Columns of kept statements come in codes, not as members of closed lists.
    """
    if what is None:
        return positions.run(ctx, build().params(**values))
    prepared = _prepared(ctx, what, build, values)
    return positions.run_text(ctx, prepared.text, {**prepared.fixed, **values})


def run_beside(ctx: Ctx, what: Hashable, build: Callable[[], Select[Any]], values: Mapping[str, Any]) -> Result[Any]:
    """The same of a read that needs no positions, and so not their role."""
    prepared = _prepared(ctx, what, build, values)
    return ctx.session.connection().exec_driver_sql(prepared.text, {**prepared.fixed, **values})


def _prepared(ctx: Ctx, what: Hashable, build: Callable[[], Select[Any]], values: Mapping[str, Any]) -> _Prepared:
    key = (what, view_of(ctx.actor, P.STRUCTURE_READ))
    prepared = _PREPARED.get(key)
    if prepared is None:
        prepared = _prepare(build().params(**values), ctx.session.connection().dialect)
        _PREPARED[key] = prepared
    return prepared


def _prepare(statement: Select[Any], dialect: Dialect) -> _Prepared:
    state = statement.compile(dialect=dialect).construct_expanded_state()
    # The driver is given plain values: codes, not the members of closed lists.
    plain = {name: value.value if isinstance(value, Enum) else value for name, value in state.parameters.items()}
    return _Prepared(state.statement, plain)
