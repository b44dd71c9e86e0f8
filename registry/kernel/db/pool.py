"""The connection pool: each transaction begins with one round trip that also sets its parameters."""

from __future__ import annotations

import json
from collections.abc import Sequence
from time import monotonic
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from registry.kernel.db.compiled import begin_transaction

#: A connection that was idle longer is pinged before it is used again.
_IDLE_S = 1.0
_IDLE_SINCE = "left_at"
_BEGIN_TEXT: Final = "beginning"


def open_pool(url: str, size: int, greeting: Sequence[str]) -> Engine:
    """A pool; each new connection executes the statements of `greeting` first.

    The driver is in autocommit mode and SQLAlchemy begins transactions, by `set_begin_text` or a plain BEGIN.
    """
    engine = create_engine(
        url,
        pool_size=size,
        max_overflow=size,
        connect_args={"autocommit": True},
        # Parameters (positions, names) must not be logged.
        hide_parameters=True,
        json_serializer=to_json,
    )
    event.listen(engine, "begin", _begin)
    _ping_after_idle(engine)

    @event.listens_for(engine, "connect")
    def greet(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            for statement in greeting:
                cursor.execute(statement)

    return engine


def set_begin_text(connection: Connection, text: str) -> None:
    """Replace BEGIN of the next transaction of the connection by this text, in one round trip."""
    connection.info[_BEGIN_TEXT] = text


def _begin(connection: Connection) -> None:
    begin_transaction(connection, connection.info.pop(_BEGIN_TEXT, "BEGIN"))


def to_json(value: Any) -> str:
    """A value as JSON columns store it; dates and the like become text."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _ping_after_idle(engine: Engine) -> None:
    """Ping a connection before use only if it was idle, so that dead connections are dropped.

    `pool_pre_ping` would cost every request of a busy server a round trip.
    """
    dialect = engine.dialect

    @event.listens_for(engine, "checkin")
    def mark_idle(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info[_IDLE_SINCE] = monotonic()
        # Left by a transaction that executed nothing.
        record.info.pop(_BEGIN_TEXT, None)

    @event.listens_for(engine, "checkout")
    def ping(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        if monotonic() - record.info.get(_IDLE_SINCE, monotonic()) < _IDLE_S:
            return
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error
