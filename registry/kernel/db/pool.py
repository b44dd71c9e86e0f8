"""The connection pool: each transaction begins with one round trip that also sets its parameters."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from threading import Lock
from time import monotonic
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from registry.kernel.db.compiled import run_plain

#: A connection that was idle longer is pinged before it is used again.
_IDLE_S = 1.0
_IDLE_SINCE = "left_at"
#: What the next transaction of a connection begins with.
_OPENINGS: Final[WeakKeyDictionary[Connection, str]] = WeakKeyDictionary()

#: Compiled statements of one pool take at most so much. SQLAlchemy's own bound is their number, and they differ by two
#: powers of ten: 660 of them took 67 MB in a web worker.
_COMPILED_BYTES: Final = 24 * 1024 * 1024
#: Measured: a compiled statement with its key takes 75 to 150 bytes for each character of its text.
_BYTES_A_CHARACTER: Final = 100


@dataclass
class _CompiledEntry:
    compiled: Any
    size: int
    used: int


class CompiledCache:
    """SQLAlchemy's cache of compiled statements, bounded by their bytes; safe for threads.

    A key is long and costs much to hash, so that each look-up hashes it once, which an ordered dictionary does not.
    """

    def __init__(self, max_bytes: int = _COMPILED_BYTES) -> None:
        self.max_bytes, self.held_bytes = max_bytes, 0
        self._entries: dict[Any, _CompiledEntry] = {}
        self._uses, self._lock = count(), Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Any) -> Any:
        """The compiled statement; None where there is none."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        entry.used = next(self._uses)
        return entry.compiled

    def __setitem__(self, key: Any, compiled: Any) -> None:
        entry = _CompiledEntry(compiled, _BYTES_A_CHARACTER * len(str(compiled)), next(self._uses))
        with self._lock:
            # Two threads may have compiled it at once.
            former = self._entries.get(key)
            self._entries[key] = entry
            self.held_bytes += entry.size - (former.size if former else 0)
            if self.held_bytes > self.max_bytes:
                self._make_room()

    def _make_room(self) -> None:
        """Remove a quarter of the bytes, those used longest ago first."""
        for key, entry in sorted(self._entries.items(), key=lambda item: item[1].used):
            del self._entries[key]
            self.held_bytes -= entry.size
            if self.held_bytes <= self.max_bytes * 3 // 4:
                return


def open_pool(url: str, size: int, greeting: Sequence[str]) -> Engine:
    """A pool; each new connection executes the statements of `greeting` first.

    The driver is in autocommit mode, and an event begins transactions.
    """
    engine = create_engine(
        url,
        pool_size=size,
        max_overflow=size,
        connect_args={"autocommit": True},
        execution_options={"compiled_cache": CompiledCache()},
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


def set_opening(connection: Connection, statement: str) -> None:
    """The next transaction of the connection begins with this statement, in the round trip of its BEGIN."""
    _OPENINGS[connection] = statement


def amend_opening(connection: Connection, statement: str) -> None:
    """Execute one more statement with the opening of the next transaction, or in the one that has begun."""
    if connection in _OPENINGS:
        _OPENINGS[connection] += f"; {statement}"
    else:
        run_plain(connection, statement)


def take_opening(connection: Connection) -> str:
    """The statement that was set for the transaction that begins now; empty for none."""
    return _OPENINGS.pop(connection, "")


def _begin(connection: Connection) -> None:
    run_plain(connection, f"BEGIN; {take_opening(connection)}")


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

    @event.listens_for(engine, "checkout")
    def ping(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        if monotonic() - record.info.get(_IDLE_SINCE, monotonic()) < _IDLE_S:
            return
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error
