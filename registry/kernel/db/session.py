"""Sessions and transactions: the only module that commits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from registry.kernel.clock import utc_now
from registry.kernel.context import ActorT, Context
from registry.kernel.db.compiled import BoundStatement, CompiledStatement, join_rows
from registry.kernel.db.pool import open_pool, set_begin_text

WEB_ROLE = "registry_web"
WORKER_ROLE = "registry_worker"
POSITION_READER_ROLE = "registry_position_reader"

#: How long a person's request waits for a lock and for a statement (PROMISES 7.3, 7.13).
_LOCKS, _STATEMENTS = "3s", "10s"
_FIRST = "first_answers"
_PLAN = text("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)")
_CHANGE = text("SELECT set_config('registry.change_id', nextval('change_id_seq')::text, true)")


class Database:
    """One pool of connections under one database role.

    `bind` lets the tests put everything on a single connection whose outer transaction is rolled back.
    """

    def __init__(
        self,
        url: str,
        *,
        role: str | None = None,
        bind: Connection | None = None,
        pool_size: int = 5,
    ) -> None:
        self.role = role
        self._bind = bind
        self.engine: Engine = bind.engine if bind is not None else open_pool(url, pool_size, _greeting(role))
        #: Called for each writing transaction just before its commit; wiring puts the audit chain here.
        self.before_commit: list[Callable[[Context[Any]], None]] = []

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A bare session that is closed afterwards; nothing is committed."""
        if self._bind is not None:
            session = Session(
                self._bind,
                join_transaction_mode="create_savepoint",
                expire_on_commit=False,
            )
        else:
            session = Session(self.engine, expire_on_commit=False)
        with session:
            yield session

    @contextmanager
    def transaction(
        self,
        actor: ActorT | Callable[[Session], ActorT],
        *,
        now: datetime | None = None,
        request_id: str = "",
        origin: str = "cli",
        read_only: bool = False,
        hurried: bool = False,
        first: Sequence[BoundStatement] = (),
    ) -> Iterator[Context[ActorT]]:
        """Open a transaction for `actor`, commit when the block ends, roll back when it raises or calls `abort`.

        `actor` may be a function of the session, so that roles are read by the request that uses them.
        `hurried`: somebody waits for the answer, so no statement may take longer than 10 s, no lock than 3 s.
        `first`: questions of at most one row, for `prefetched_row`; asked in one statement before the transaction, which
        begins with the first statement of the block: what was made before is answered without one.
        """
        moment = now or utc_now()
        opening = _opening(moment, read_only=read_only, hurried=hurried)
        with self._opened(opening, first) as (session, link):
            who: ActorT = actor(session) if callable(actor) else actor
            ctx = Context(session, who, moment, request_id or uuid4().hex, origin, read_only)
            if not read_only:
                ctx.change_id = int(session.scalar(_CHANGE) or 0)
                ctx.before_commit.extend(self.before_commit)
            try:
                yield ctx
                is_kept = not ctx.memo.get("abort")
                if is_kept:
                    for hook in ctx.before_commit:
                        hook(ctx)
                    # One that was never needed has nothing to end.
                    if session.in_transaction():
                        session.commit()
            finally:
                session.rollback()
                ctx.is_over = True
            for words, values in ctx.notes:
                self._append(link, words, values)
        if is_kept:
            for late in ctx.after_commit:
                late()

    @contextmanager
    def _opened(self, opening: str, first: Sequence[BoundStatement]) -> Iterator[tuple[Session, Connection | None]]:
        """A session with the first answers, and its connection; where the server went away before: once more.

        All resting connections are as dead as that one then, and are dropped with it.
        """
        if self._bind is not None:
            with self.session() as session:
                session.connection().exec_driver_sql(opening)
                _ask_first(session, session.connection(), first)
                yield session, None
            return
        try:
            link, session = self._linked(opening, first)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            self.engine.dispose()
            link, session = self._linked(opening, first)
        with link, session:
            yield session, link

    def _linked(self, opening: str, first: Sequence[BoundStatement]) -> tuple[Connection, Session]:
        link = self.engine.connect()
        session = Session(link, expire_on_commit=False)
        try:
            set_begin_text(link, f"BEGIN; {opening}")
            if first:
                _ask_first(session, link, first)
            else:
                session.connection()
        except BaseException:
            session.close()
            link.close()
            raise
        return link, session

    def append(self, statement: CompiledStatement, values: dict[str, Any]) -> None:
        """One statement in a transaction of its own, in one trip: for notes, which no history or audit hangs on."""
        with nullcontext() if self._bind is not None else self.engine.connect() as link:
            self._append(link, statement, values)

    def _append(self, link: Connection | None, statement: CompiledStatement, values: Mapping[str, Any]) -> None:
        if link is not None:
            statement.ask(link, values)
            return
        with self.session() as session:
            statement.ask(session.connection(), values)
            session.commit()

    def dispose(self) -> None:
        """Close the pool (before a fork, and at the end)."""
        if self._bind is None:
            self.engine.dispose()


def prefetched_row(session: Session, words: CompiledStatement) -> Any:
    """The row with the columns of what was asked before the transaction, NULL where it has none; None: not asked."""
    return session.info.get(_FIRST, {}).get(words)


def plan_for_values(session: Session) -> None:
    """Let each statement of this transaction be planned for its own values.

    How many rows have a word or are of a kind differs a thousandfold: one plan for all would read whole tables.
    """
    session.execute(_PLAN)


def abort(ctx: Context[Any]) -> None:
    """Make the transaction of `ctx` roll back at its end, without an error."""
    ctx.memo["abort"] = True


def _greeting(role: str | None) -> list[str]:
    """What each new connection says."""
    if role is None:
        return []
    said = [f"SET ROLE {role}", "SET max_parallel_workers_per_gather = 0"]
    if role == WEB_ROLE:
        # For what is asked outside a transaction; each transaction says what holds in it.
        said += [f"SET lock_timeout = '{_LOCKS}'", f"SET statement_timeout = '{_STATEMENTS}'"]
    return said


def _opening(moment: datetime, *, read_only: bool, hurried: bool) -> str:
    """The first statement of a transaction, of words of our own alone."""
    said = {
        "transaction_read_only": "on" if read_only else "off",
        "registry.now": moment.isoformat(),
        "lock_timeout": _LOCKS if hurried else "0",
        "statement_timeout": _STATEMENTS if hurried else "0",
    }
    if not read_only:
        said |= {"registry.effective_at": moment.isoformat(), "registry.change_id": "", "registry.touched": ""}
    # In one column: nobody reads it, and each column of an answer costs.
    parts = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in said.items())
    return f"SELECT concat({parts})"


def _ask_first(session: Session, connection: Connection, first: Sequence[BoundStatement]) -> None:
    if not first:
        return
    values = {name: value for _words, more in first for name, value in more.items()}
    answer = join_rows(*(words for words, _values in first)).ask(connection, values)[0]
    session.info[_FIRST] = {words: answer for words, _values in first}
