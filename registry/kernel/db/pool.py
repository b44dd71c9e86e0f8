"""The pool of connections: a transaction begins where somebody says so, by one trip with all that it begins with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from time import monotonic
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from registry.kernel.db.compiled import begin_transaction

#: A connection that rested longer is asked whether its server still answers before it is used again.
_RESTED_S = 1.0
_LEFT = "left_at"
_BEGINNING: Final = "beginning"


def open_pool(url: str, size: int, greeting: Sequence[str]) -> Engine:
    """A pool whose every connection first says some statements.

    The driver begins no transaction of its own; SQLAlchemy always does, by `begin_with` or a plain BEGIN.
    """
    engine = create_engine(
        url,
        pool_size=size,
        max_overflow=size,
        connect_args={"autocommit": True},
        # What a failed statement was given (positions, names) belongs into no log.
        hide_parameters=True,
        json_serializer=to_json,
    )
    event.listen(engine, "begin", _begin)
    _ask_after_rest(engine)

    @event.listens_for(engine, "connect")
    def greet(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            for statement in greeting:
                cursor.execute(statement)

    return engine


def set_begin_text(connection: Connection, text: str) -> None:
    """What the next transaction of a connection begins with instead of BEGIN, in one trip."""
    connection.info[_BEGINNING] = text


def _begin(connection: Connection) -> None:
    begin_transaction(connection, connection.info.pop(_BEGINNING, "BEGIN"))


def to_json(value: Any) -> str:
    """A value as columns of JSON keep it: dates and the like as what they say."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _ask_after_rest(engine: Engine) -> None:
    """Let the pool drop connections whose server went away while they rested: one question, and only after a rest.

    Asking each time, as `pool_pre_ping` does, costs every request of a busy server a trip that tells it nothing.
    """
    dialect = engine.dialect

    @event.listens_for(engine, "checkin")
    def rest(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info[_LEFT] = monotonic()
        # Of a transaction that was never needed.
        record.info.pop(_BEGINNING, None)

    @event.listens_for(engine, "checkout")
    def ask(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        if monotonic() - record.info.get(_LEFT, monotonic()) < _RESTED_S:
            return
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error
