"""Statements in the words of the driver, for what is asked many times a second.

SQLAlchemy sets up a result for each statement, which takes longer than the driver does for all the rest; and the driver
looks through the text of a long statement each time for where its parameters stand, so they are numbered once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, Final, Self, TypeAlias

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.expression import ClauseElement

_DIALECT: Final = PGDialect_psycopg()  # type: ignore[no-untyped-call]
_NONE: Final[dict[str, Any]] = {}
_PARAMETER: Final = re.compile(r"%\((\w+)\)s|%%")


@dataclass(frozen=True, eq=False)
class CompiledStatement:
    """The text of a statement with named parameters, those of them that never change, and the text with numbers.

    One is equal to itself alone.
    """

    text: str
    fixed: Mapping[str, Any]
    numbered: bytes
    order: tuple[str, ...]

    @classmethod
    def of(cls, text: str, fixed: Mapping[str, Any] = _NONE) -> Self:
        """The words of a text whose parameters are written %(name)s, a sign of per cent twice."""
        order = tuple(dict.fromkeys(name for name in _PARAMETER.findall(text) if name))
        places = {name: f"${number}" for number, name in enumerate(order, 1)}
        numbered = _PARAMETER.sub(lambda found: places[found[1]] if found[1] else "%", text)
        return cls(text, fixed, numbered.encode(), order)

    def ask(self, connection: Connection, values: Mapping[str, Any] = _NONE) -> list[Any]:
        """The rows as named tuples, in the transaction of the connection; codes stay codes.

        `values` are of the parameters that are not fixed, and plain: codes, no members of lists. Errors are those of
        SQLAlchemy, and who listens to the statements of the connection hears of this one too.
        """
        return execute_pipeline(connection, [(self, values)])[0]


#: A statement with its values.
BoundStatement: TypeAlias = tuple[CompiledStatement, Mapping[str, Any]]


def execute_pipeline(connection: Connection, said: Sequence[BoundStatement]) -> list[list[Any]]:
    """The rows of some statements with their values, each as `Words.ask` gives them, in one trip to the server."""
    driver = driver_connection(connection)
    try:
        with driver.pipeline() if len(said) > 1 else nullcontext():
            cursors = [_sent(connection, driver, words, values) for words, values in said]
        return [cursor.fetchall() if cursor.pgresult and cursor.pgresult.nfields else [] for cursor in cursors]
    except psycopg.Error as error:
        raise _failure(connection, "; ".join(words.text for words, _values in said), error) from error


def begin_transaction(connection: Connection, text: str) -> None:
    """Begin a transaction by a text of several statements without parameters, in one trip."""
    try:
        driver_connection(connection).execute(text.encode(), prepare=False)
    except psycopg.Error as error:
        raise _failure(connection, text, error) from error


def driver_connection(connection: Connection) -> psycopg.Connection[Any]:
    """The connection of the driver."""
    return connection.connection.driver_connection  # type: ignore[return-value]


def _failure(connection: Connection, text: str, error: psycopg.Error) -> Exception:
    """The error as SQLAlchemy would raise it."""
    is_lost = driver_connection(connection).closed
    if is_lost:
        connection.invalidate(error)
    # What a failed statement was given (positions, names) belongs into no log.
    return DBAPIError.instance(
        text,
        None,
        error,
        psycopg.Error,
        hide_parameters=True,
        connection_invalidated=is_lost,
        dialect=connection.dialect,
    )


@cache
def join_rows(*said: CompiledStatement) -> CompiledStatement:
    """One statement of one row, with the columns of some that give at most one row each: NULL where one gives none.

    Columns and parameters of the same name must mean the same.
    """
    numbered = [f"({words.text}) AS said_{number}" for number, words in enumerate(said)]
    joined = " ON true LEFT JOIN LATERAL ".join(numbered)
    text = f"SELECT * FROM (SELECT) AS one LEFT JOIN LATERAL {joined} ON true"  # noqa: S608 - statements of our own
    return CompiledStatement.of(text, {name: value for words in said for name, value in words.fixed.items()})


def _sent(
    connection: Connection, driver: psycopg.Connection[Any], words: CompiledStatement, values: Mapping[str, Any]
) -> psycopg.RawCursor[Any]:
    given = {**words.fixed, **values} if words.fixed else values
    for listener in connection.dispatch.before_cursor_execute:
        listener(connection, None, words.text, given, None, False)
    cursor = psycopg.RawCursor(driver, row_factory=namedtuple_row)
    cursor.execute(words.numbered, [given[name] for name in words.order])
    return cursor


def compile_statement(statement: ClauseElement) -> CompiledStatement:
    """A statement, compiled once for all times that it is asked."""
    compiled: Any = statement.compile(dialect=_DIALECT)
    asked = {name: None for name, parameter in compiled.binds.items() if parameter.required}
    state = compiled.construct_expanded_state(asked)
    fixed = {name: value for name, value in state.parameters.items() if name not in asked}
    return CompiledStatement.of(
        state.statement, {name: value.value if isinstance(value, Enum) else value for name, value in fixed.items()}
    )
