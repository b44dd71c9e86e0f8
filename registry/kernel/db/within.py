"""Transactions within one that is open: what they commit lasts if that one does.

The demonstration is made in one transaction of many, and tests roll back all that theirs have committed.
"""

from __future__ import annotations

from itertools import count
from typing import Any, Final
from weakref import WeakKeyDictionary

from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, StaticPool, create_engine, event
from sqlalchemy.dialects import registry as dialects
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from registry.kernel.db.compiled import driver_connection, run_plain
from registry.kernel.db.pool import take_opening, to_json

_DRIVER: Final = "postgresql+within"
_ENGINE: Final = "transactions within"
_NUMBERS: Final = count(1)
#: What a transaction before it has set for itself would still be set.
_ANY_PLAN: Final = "SET LOCAL plan_cache_mode = auto"
#: Of how many statements the compiled form is kept.
_STATEMENTS: Final = 3000
_SAVEPOINTS: Final[WeakKeyDictionary[Connection, str]] = WeakKeyDictionary()
#: What a transaction knows of its actor, moment and change; the rights of its rows follow from these.
_PARAMETERS: Final = tuple(
    f"registry.{name}"
    for name in (
        *("now", "effective_at", "change_id", "touched", "deleted"),
        *("whole_tables", "area_tables", "organisations", "units", "roles", "account"),
    )
)
#: The statement that sets them to what they are now.
_AS_NOW: Final = b"""
SELECT 'SELECT concat('
       || string_agg(format('set_config(%%L, %%L, true)', name, current_setting(name, true)), ', ') || ')'
  FROM unnest(%s::text[]) name
"""
#: Of a transaction that began while another one was open, the statement that gives that one its parameters again.
_OUTER: Final[WeakKeyDictionary[Connection, str]] = WeakKeyDictionary()


class Within(PGDialect_psycopg):
    """The dialect of psycopg for a connection that is someone else's: events write its savepoints."""

    supports_statement_cache = True

    def do_begin(self, dbapi_connection: Any) -> None:
        """Done by the event."""

    def do_commit(self, dbapi_connection: Any) -> None:
        """Done by the event."""

    def do_rollback(self, dbapi_connection: Any) -> None:
        """Done by the event."""

    def do_close(self, dbapi_connection: Any) -> None:
        """Left open for its owner."""

    do_terminate = do_close


dialects.register(_DRIVER.replace("+", "."), __name__, Within.__name__)


def engine_within(outer: Connection) -> Engine:
    """An engine whose transactions are savepoints of the one that is open on `outer`; kept with that connection."""
    driver = outer.connection.driver_connection
    kept: Engine | None = outer.info.get(_ENGINE)
    if kept is None:
        kept = outer.info[_ENGINE] = create_engine(
            outer.engine.url.set(drivername=_DRIVER),
            creator=lambda: driver,
            poolclass=StaticPool,
            pool_reset_on_return=None,
            use_native_hstore=False,
            hide_parameters=True,
            json_serializer=to_json,
            query_cache_size=_STATEMENTS,
        )
        event.listen(kept, "begin", _begin)
        event.listen(kept, "commit", _commit)
        event.listen(kept, "rollback", _rollback)
    return kept


def _begin(connection: Connection) -> None:
    if _SAVEPOINTS:
        _OUTER[connection] = _parameters(connection)
    name = _SAVEPOINTS[connection] = f"within_{next(_NUMBERS)}"
    run_plain(connection, f"SAVEPOINT {name}; {_ANY_PLAN}; {take_opening(connection)}")


def _commit(connection: Connection) -> None:
    if driver_connection(connection).info.transaction_status == TransactionStatus.INERROR:
        # As PostgreSQL answers a COMMIT then.
        return _rollback(connection)
    return run_plain(connection, f"RELEASE SAVEPOINT {_SAVEPOINTS.pop(connection)}; {_OUTER.pop(connection, '')}")


def _rollback(connection: Connection) -> None:
    name = _SAVEPOINTS.pop(connection)
    _OUTER.pop(connection, "")
    run_plain(connection, f"ROLLBACK TO SAVEPOINT {name}; RELEASE SAVEPOINT {name}")


def _parameters(connection: Connection) -> str:
    """The statement that sets the parameters to what they are now."""
    row = driver_connection(connection).execute(_AS_NOW, (list(_PARAMETERS),), prepare=False).fetchone()
    return "" if row is None else str(row[0])
