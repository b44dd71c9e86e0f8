"""Statements in the words of the driver, for what is asked many times a second.

SQLAlchemy sets up a result for each statement, which takes longer than the driver does for all the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.expression import ClauseElement

_DIALECT: Final = PGDialect_psycopg()  # type: ignore[no-untyped-call]
_NONE: Final[dict[str, Any]] = {}


@dataclass(frozen=True)
class Words:
    """The text of a statement as the driver takes it, and the parameters that never change."""

    text: str
    fixed: Mapping[str, Any]

    def ask(self, connection: Connection, values: Mapping[str, Any] = _NONE) -> list[Any]:
        """The rows as `ask` gives them; `values` are of the other parameters, and plain: codes, no members of lists."""
        return ask(connection, self.text, {**self.fixed, **values} if self.fixed else values)


def words_of(statement: ClauseElement) -> Words:
    """A statement, compiled once for all times that it is asked."""
    compiled: Any = statement.compile(dialect=_DIALECT)
    asked = {name: None for name, parameter in compiled.binds.items() if parameter.required}
    state = compiled.construct_expanded_state(asked)
    fixed = {name: value for name, value in state.parameters.items() if name not in asked}
    return Words(
        state.statement, {name: value.value if isinstance(value, Enum) else value for name, value in fixed.items()}
    )


def ask(connection: Connection, text: str, values: Mapping[str, Any] = _NONE) -> list[Any]:
    """The rows of a statement as named tuples, in the transaction of the connection; codes stay codes.

    Errors are those of SQLAlchemy, and who listens to the statements of the connection hears of this one too.
    """
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    for listener in connection.dispatch.before_cursor_execute:
        listener(connection, None, text, values, None, False)
    try:
        cursor = driver.cursor(row_factory=namedtuple_row).execute(text, values)
        return cursor.fetchall() if cursor.pgresult and cursor.pgresult.nfields else []
    except psycopg.Error as error:
        if driver.closed:
            connection.invalidate(error)
        # What a failed statement was given (positions, names) belongs into no log.
        raise DBAPIError.instance(
            text, None, error, psycopg.Error, hide_parameters=True, dialect=connection.dialect
        ) from error
