"""Sessions and transactions: the only module that commits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from time import monotonic
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from registry.kernel.clock import utc_now
from registry.kernel.context import ActorT, Context
from registry.kernel.db.words import Question, Words, beside

WEB_ROLE = "registry_web"
WORKER_ROLE = "registry_worker"
POSITION_READER_ROLE = "registry_position_reader"

#: How long a person's request waits (PROMISES 7.3, 7.13).
_LOCKS, _STATEMENTS = "3s", "10s"

#: A connection that rested longer is asked whether its server still answers before it is used again.
_RESTED_S = 1.0
_LEFT = "left_at"
_FIRST = "first_answers"

#: In one column: nobody reads it, and each column of an answer costs.
_OPEN = Words.of(
    "SELECT concat(set_config('transaction_read_only', %(read_only)s, true),"
    " set_config('registry.now', %(moment)s, true), set_config('registry.effective_at', %(moment)s, true),"
    " set_config('registry.change_id', '', true),"
    " set_config('registry.touched', '', true),"
    " set_config('lock_timeout', %(locks)s, true), set_config('statement_timeout', %(statements)s, true))"
)
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
        self.engine: Engine = bind.engine if bind is not None else _engine(url, role, pool_size)
        self._immediate = self.engine.execution_options(isolation_level="AUTOCOMMIT")
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
        first: Sequence[Question] = (),
    ) -> Iterator[Context[ActorT]]:
        """Open a transaction for `actor`, commit when the block ends, roll back when it raises or calls `abort`.

        `actor` may be a function of the session, so that roles are read inside the transaction that uses them.
        `hurried`: somebody waits for the answer, so no statement may take longer than 10 s, no lock than 3 s.
        `first`: questions of at most one row, asked by the statement that begins the transaction, for `first_answer`.
        """
        with self.session() as session, _outcome(session) as commit:
            moment = now or utc_now()
            self._begin(
                session,
                first,
                {
                    "read_only": "on" if read_only else "off",
                    "moment": moment.isoformat(),
                    "locks": _LOCKS if hurried else "0",
                    "statements": _STATEMENTS if hurried else "0",
                },
            )
            who: ActorT = actor(session) if callable(actor) else actor
            ctx = Context(session, who, moment, request_id or uuid4().hex, origin, read_only)
            if not read_only:
                ctx.change_id = int(session.scalar(_CHANGE) or 0)
                ctx.before_commit.extend(self.before_commit)
            yield ctx
            if ctx.memo.get("abort"):
                return
            for hook in ctx.before_commit:
                hook(ctx)
            commit()
        for late in ctx.after_commit:
            late()

    def _begin(self, session: Session, first: Sequence[Question], values: dict[str, Any]) -> None:
        """The first statement of a transaction; where the server went away before it, nothing was done yet: once more.

        All resting connections are as dead as this one then, and are dropped with it.
        """
        said = beside(_OPEN, *(words for words, _values in first))
        for _words, more in first:
            values |= more
        try:
            answer = said.ask(session.connection(), values)[0]
        except DBAPIError as error:
            if not error.connection_invalidated or self._bind is not None:
                raise
            session.rollback()
            self.engine.dispose()
            answer = said.ask(session.connection(), values)[0]
        session.info[_FIRST] = {words: answer for words, _values in first}

    def append(self, statement: Words, values: dict[str, Any]) -> None:
        """One statement in a transaction of its own, in one trip: for notes, which no history or audit hangs on."""
        if self._bind is not None:
            with self.session() as session, _outcome(session) as commit:
                statement.ask(session.connection(), values)
                commit()
            return
        with self._immediate.connect() as connection:
            statement.ask(connection, values)

    def dispose(self) -> None:
        """Close the pool (before a fork, and at the end)."""
        if self._bind is None:
            self.engine.dispose()


def as_json(value: Any) -> str:
    """A value as columns of JSON keep it: dates and the like as what they say."""
    return json.dumps(value, ensure_ascii=False, default=str)


def first_answer(session: Session, words: Words) -> Any:
    """The row with the columns of what was asked as the transaction began, NULL where it has none; None: not asked."""
    return session.info.get(_FIRST, {}).get(words)


def plan_for_values(session: Session) -> None:
    """Let each statement of this transaction be planned for its own values.

    How many rows have a word or are of a kind differs a thousandfold: one plan for all would read whole tables.
    """
    session.execute(_PLAN)


def abort(ctx: Context[Any]) -> None:
    """Make the transaction of `ctx` roll back at its end, without an error."""
    ctx.memo["abort"] = True


@contextmanager
def _outcome(session: Session) -> Iterator[Callable[[], None]]:
    try:
        yield session.commit
    finally:
        session.rollback()


def _engine(url: str, role: str | None, pool_size: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        # What a failed statement was given (positions, names) belongs into no log.
        hide_parameters=True,
        json_serializer=as_json,
    )
    _ask_after_rest(engine)
    if role is not None:

        @event.listens_for(engine, "connect")
        def enter_role(connection: Any, _record: Any) -> None:
            with connection.cursor() as cursor:
                cursor.execute(f"SET ROLE {role}")
                cursor.execute("SET max_parallel_workers_per_gather = 0")
            connection.commit()

    return engine


def _ask_after_rest(engine: Engine) -> None:
    """Let the pool drop connections whose server went away while they rested: one question, and only after a rest.

    Asking each time, as `pool_pre_ping` does, costs every request of a busy server a trip that tells it nothing.
    """
    dialect = engine.dialect

    @event.listens_for(engine, "checkin")
    def rest(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info[_LEFT] = monotonic()

    @event.listens_for(engine, "checkout")
    def ask(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        if monotonic() - record.info.get(_LEFT, monotonic()) < _RESTED_S:
            return
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error
