"""Execution of statements as the database role that may read exact positions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Result
from sqlalchemy.sql import Executable

from registry.authz.actors import Ctx
from registry.kernel.db.compiled import CompiledStatement, execute_pipeline
from registry.kernel.db.session import POSITION_READER_ROLE

#: The order matters: the former role is stored before the role changes.
_TAKE = "SELECT concat(set_config('registry.role_before', current_user, true), set_config('role', %(role)s, true){})"
_GIVE = "SELECT concat(set_config('role', current_setting('registry.role_before'), true){})"
_PLAN = ", set_config('plan_cache_mode', '{}', true)"
#: By `one_plan`: the statements that take the role and give it back.
_ROLE = {
    False: (CompiledStatement.of(_TAKE.format("")), CompiledStatement.of(_GIVE.format(""))),
    True: (
        CompiledStatement.of(_TAKE.format(_PLAN.format("force_generic_plan"))),
        CompiledStatement.of(_GIVE.format(_PLAN.format("auto"))),
    ),
}
_READING = "positions.reading"


@contextmanager
def reading(ctx: Ctx, *, one_plan: bool = False) -> Iterator[None]:
    """Within the block the transaction has the role that may read exact positions; nested blocks change nothing.

    `one_plan` forces a generic plan for statements that the connection has prepared: for those that return rows in the
    order of an index whatever their values are.
    """
    if ctx.memo.get(_READING):
        yield
        return
    take, give_back = _ROLE[one_plan]
    take.execute(ctx.connection, {"role": POSITION_READER_ROLE})
    ctx.memo[_READING] = True
    try:
        yield
    finally:
        ctx.memo[_READING] = False
    # Not in the finally: a failed statement ends the transaction, and its roll-back restores the role.
    give_back.execute(ctx.connection)


def run(ctx: Ctx, statement: Executable) -> Result[Any]:
    """Execute a read of positions; the rows are fetched before the role is given back."""
    with reading(ctx):
        return ctx.session.execute(statement).freeze()()


def run_compiled(
    ctx: Ctx, compiled: CompiledStatement, values: Mapping[str, Any], *, one_plan: bool = False
) -> list[Any]:
    """The rows of a compiled statement; the role is taken and given back in the same round trip."""
    if ctx.memo.get(_READING):
        return compiled.execute(ctx.connection, values)
    take, give_back = _ROLE[one_plan]
    role = {"role": POSITION_READER_ROLE}
    return execute_pipeline(ctx.connection, [(take, role), (compiled, values), (give_back, {})])[1]


def stream(ctx: Ctx, statement: Executable, *, portion: int) -> Result[Any]:
    """Execute a read of positions and fetch `portion` rows at a time, all from the snapshot of the start.

    The database checks the role when the cursor is opened, so it is given back before the first row is read.
    """
    with reading(ctx):
        return ctx.session.execute(statement, execution_options={"yield_per": portion})
