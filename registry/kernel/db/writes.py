"""How many rows the statements of a connection have written: a post that wrote none must not report success."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, Engine, event

_ROWS: Final = "rows_written"
_COMMANDS: Final = ("INSERT", "UPDATE", "DELETE", "MERGE", "COPY")


def rows_written(connection: Connection) -> int:
    """The rows that statements have written since the connection was opened; only differences have a meaning.

    A statement that writes within a WITH and selects in the end counts as a read.
    """
    return int(connection.info.get(_ROWS, 0))


def count_rows(connection: Connection, cursor: Any) -> None:
    """Add the rows that a statement has written."""
    if cursor.rowcount > 0 and (cursor.statusmessage or "").startswith(_COMMANDS):
        connection.info[_ROWS] = rows_written(connection) + cursor.rowcount


@event.listens_for(Engine, "after_cursor_execute")
def _after_execute(
    connection: Connection, cursor: Any, _statement: str, _parameters: Any, _context: Any, _many: bool
) -> None:
    count_rows(connection, cursor)
