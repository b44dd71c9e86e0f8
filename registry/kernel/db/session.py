"""Sessions and transactions: the only module that commits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any
from uuid import uuid4

import psycopg
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from registry.kernel.clock import utc_now
from registry.kernel.context import ActorT, Context
from registry.kernel.db.compiled import BoundStatement, CompiledStatement, join_rows
from registry.kernel.db.day_orders import refuse_disorder
from registry.kernel.db.pool import amend_opening, open_pool, set_opening
from registry.kernel.db.row_access import access_of, access_statement, note_access
from registry.kernel.db.within import engine_within

WEB_ROLE = "registry_web"
WORKER_ROLE = "registry_worker"
POSITION_READER_ROLE = "registry_position_reader"

#: Timeouts of interactive requests for locks and statements (PROMISES 7.3, 7.13).
STATEMENT_LIMIT_S = 10
_LOCKS, _STATEMENTS = "3s", f"{STATEMENT_LIMIT_S}s"
_PREFETCHED = "prefetched"
#: admin_shutdown, crash_shutdown, cannot_connect_now, too_many_connections.
_AWAY = frozenset({"57P01", "57P02", "57P03", "53300"})
_PLAN = text("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)")
_TIMEOUTS = text("SELECT current_setting('lock_timeout') AS locks, current_setting('statement_timeout') AS statements")
_SET_TIMEOUTS = text(
    "SELECT set_config('lock_timeout', :locks, true), set_config('statement_timeout', :statements, true)"
)
_CHANGE = CompiledStatement.of("SELECT set_config('registry.change_id', nextval('change_id_seq')::text, true)")


@event.listens_for(Session, "before_flush")
def _before_flush(session: Session, _context: Any, _instances: Any) -> None:
    refuse_disorder(session)


class Database:
    """A connection pool under one database role.

    With `bind` everything runs within the transaction that is open on this connection.
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
        self.engine: Engine = open_pool(url, pool_size, _greeting(role)) if bind is None else engine_within(bind)
        #: Called for each writing transaction just before its commit; the wiring adds the audit chain.
        self.before_commit: list[Callable[[Context[Any]], None]] = []

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A plain session, closed afterwards without commit."""
        with Session(self.engine, expire_on_commit=False) as session:
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
        interactive: bool = False,
        prefetch: Sequence[BoundStatement] = (),
    ) -> Iterator[Context[ActorT]]:
        """Open a transaction for `actor`; commit at the end of the block, roll back if it raises or calls `abort`.

        `actor` may be a function of the session, so that roles are read in the same request.
        `interactive`: limits statements to 10 s and waits for locks to 3 s, because a person waits for the response.
        `prefetch`: statements of at most one row, read by `prefetched_row`. They run in one round trip before the
        transaction, which begins with the first statement of the block: a cached response needs no transaction.
        """
        moment = now or utc_now()
        opening = _opening(moment, read_only=read_only, interactive=interactive)
        if not callable(actor):
            opening = f"{opening}; {access_statement(access_of(actor))}"
        with self._opened(opening, prefetch) as (session, connection):
            who = _loaded(actor, session, connection) if callable(actor) else actor
            note_access(session, access_of(who))
            ctx = Context(session, who, moment, request_id or uuid4().hex, origin, read_only)
            if not read_only:
                ctx.change_id = int(_CHANGE.execute(session.connection())[0][0])
                ctx.before_commit.extend(self.before_commit)
            try:
                yield ctx
                is_committed = not ctx.memo.get("abort")
                if is_committed:
                    for hook in ctx.before_commit:
                        hook(ctx)
                    # Nothing was executed, so there is nothing to commit.
                    if session.in_transaction():
                        session.commit()
            finally:
                if read_only and session.in_transaction():
                    _end_read(session)
                session.rollback()
                ctx.is_over = True
            for statement, values in ctx.notes:
                statement.execute(connection, values)
        if is_committed:
            for callback in ctx.after_commit:
                callback()

    @contextmanager
    def _opened(self, opening: str, prefetch: Sequence[BoundStatement]) -> Iterator[tuple[Session, Connection]]:
        """A session with the prefetched rows, and its connection; a lost connection is replaced once.

        All idle connections are as dead as the lost one and are dropped with it.
        """
        try:
            connection, session = self._connect(opening, prefetch)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            self.engine.dispose()
            connection, session = self._connect(opening, prefetch)
        with connection, session:
            yield session, connection

    def _connect(self, opening: str, prefetch: Sequence[BoundStatement]) -> tuple[Connection, Session]:
        connection = self.engine.connect()
        session = Session(connection, expire_on_commit=False)
        try:
            set_opening(connection, opening)
            if prefetch:
                _prefetch(session, connection, prefetch)
            else:
                session.connection()
        except BaseException:
            session.close()
            connection.close()
            raise
        return connection, session

    def append(self, statement: CompiledStatement, values: dict[str, Any]) -> None:
        """Execute one statement in its own transaction, in one round trip; for notes, which are not audited."""
        with self.engine.connect() as connection:
            statement.execute(connection, values)

    def dispose(self) -> None:
        """Close the pool (before a fork, and at the end)."""
        if self._bind is None:
            self.engine.dispose()


def is_away(error: BaseException) -> bool:
    """Whether a statement failed because the database is restarting, cannot be reached or takes no more connections."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if not isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        return False
    return cause.sqlstate is None or cause.sqlstate.startswith("08") or cause.sqlstate in _AWAY


def prefetched_row(session: Session, statement: CompiledStatement) -> Any:
    """The row with the columns of a prefetched statement, NULL for no row; None if it was not prefetched."""
    return session.info.get(_PREFETCHED, {}).get(statement)


def plan_for_values(session: Session) -> None:
    """Plan each statement of this transaction for its actual values.

    Selectivity of words and kinds differs a thousandfold: a generic plan would scan whole tables.
    """
    session.execute(_PLAN)


@contextmanager
def patience(session: Session, seconds: int) -> Iterator[None]:
    """Let the statements of the block wait so long for a lock: for a request that waits for its own copy."""
    former = session.execute(_TIMEOUTS).one()
    session.execute(_SET_TIMEOUTS, {"locks": f"{seconds}s", "statements": f"{seconds + 1}s"})
    yield
    session.execute(_SET_TIMEOUTS, {"locks": former.locks, "statements": former.statements})


def abort(ctx: Context[Any]) -> None:
    """Make the transaction of `ctx` roll back at its end, without an error."""
    ctx.memo["abort"] = True


def _loaded(actor: Callable[[Session], ActorT], session: Session, connection: Connection) -> ActorT:
    """The actor of a transaction, whose opening sets its rows too."""
    who = actor(session)
    amend_opening(connection, access_statement(access_of(who)))
    return who


def _end_read(session: Session) -> None:
    """Commit a refused read: there is nothing to roll back, and at a ROLLBACK the driver drops all prepared statements.

    Every statement of the next requests on this connection would be planned again.
    """
    session.expunge_all()
    with suppress(SQLAlchemyError):
        session.commit()


def _greeting(role: str | None) -> list[str]:
    if role is None:
        return []
    statements = [f"SET ROLE {role}", "SET max_parallel_workers_per_gather = 0"]
    if role == WEB_ROLE:
        # For statements outside a transaction; each transaction sets its own.
        statements += [f"SET lock_timeout = '{_LOCKS}'", f"SET statement_timeout = '{_STATEMENTS}'"]
    return statements


def _opening(moment: datetime, *, read_only: bool, interactive: bool) -> str:
    """The first statement of a transaction; it contains no user input."""
    parameters = {
        "transaction_read_only": "on" if read_only else "off",
        "registry.now": moment.isoformat(),
        "lock_timeout": _LOCKS if interactive else "0",
        "statement_timeout": _STATEMENTS if interactive else "0",
    }
    if not read_only:
        parameters |= {"registry.effective_at": moment.isoformat(), "registry.change_id": ""}
        parameters |= {"registry.touched": "", "registry.deleted": ""}
    # In one column: the value is not read, and each column of a result costs time.
    parts = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in parameters.items())
    return f"SELECT concat({parts})"


def _prefetch(session: Session, connection: Connection, prefetch: Sequence[BoundStatement]) -> None:
    if not prefetch:
        return
    values = {name: value for _statement, more in prefetch for name, value in more.items()}
    answer = join_rows(*(statement for statement, _values in prefetch)).execute(connection, values)[0]
    session.info[_PREFETCHED] = {statement: answer for statement, _values in prefetch}
