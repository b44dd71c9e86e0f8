"""Statements that are compiled once and executed by the driver, for queries of every request.

This saves the result setup of SQLAlchemy, which takes longer than the driver itself, and the search for parameters in
the text of long statements, since they are numbered once.
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

from registry.kernel.db.writes import count_rows

_DIALECT: Final = PGDialect_psycopg()  # type: ignore[no-untyped-call]
_NONE: Final[dict[str, Any]] = {}
_PARAMETER: Final = re.compile(r"%\((\w+)\)s|%%")


@dataclass(frozen=True, eq=False)
class CompiledStatement:
    """A statement: its text with named parameters, their constant values, and the text with numbered parameters.

    It is equal to itself only.
    """

    text: str
    fixed: Mapping[str, Any]
    numbered: bytes
    order: tuple[str, ...]

    @classmethod
    def of(cls, text: str, fixed: Mapping[str, Any] = _NONE) -> Self:
        """A statement from text; parameters are written %(name)s, a percent sign %%."""
        order = tuple(dict.fromkeys(name for name in _PARAMETER.findall(text) if name))
        places = {name: f"${number}" for number, name in enumerate(order, 1)}
        numbered = _PARAMETER.sub(lambda match: places[match[1]] if match[1] else "%", text)
        return cls(text, fixed, numbered.encode(), order)

    def execute(self, connection: Connection, values: Mapping[str, Any] = _NONE) -> list[Any]:
        """The rows as named tuples, in the transaction of the connection; codes stay plain strings.

        `values` are plain values of the parameters that are not constant. Errors are those of SQLAlchemy, and its event
        listeners are called.
        """
        return execute_pipeline(connection, [(self, values)])[0]


#: A statement with its values.
BoundStatement: TypeAlias = tuple[CompiledStatement, Mapping[str, Any]]


def execute_pipeline(connection: Connection, statements: Sequence[BoundStatement]) -> list[list[Any]]:
    """The rows of several statements, each as `CompiledStatement.execute` gives them, in one round trip."""
    driver = driver_connection(connection)
    try:
        with driver.pipeline() if len(statements) > 1 else nullcontext():
            cursors = [_send(connection, driver, statement, values) for statement, values in statements]
        for cursor in cursors:
            count_rows(connection, cursor)
        return [cursor.fetchall() if cursor.pgresult and cursor.pgresult.nfields else [] for cursor in cursors]
    except psycopg.Error as error:
        raise _failure(connection, "; ".join(statement.text for statement, _values in statements), error) from error


def run_plain(connection: Connection, text: str) -> None:
    """Execute statements without parameters, separated by semicolons, in one round trip."""
    try:
        driver_connection(connection).execute(text.encode(), prepare=False)
    except psycopg.Error as error:
        raise _failure(connection, text, error) from error


def driver_connection(connection: Connection) -> psycopg.Connection[Any]:
    return connection.connection.driver_connection  # type: ignore[return-value]


def _failure(connection: Connection, text: str, error: psycopg.Error) -> Exception:
    is_lost = driver_connection(connection).closed
    if is_lost:
        connection.invalidate(error)
    # Parameters (positions, names) must not be logged.
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
def join_rows(*statements: CompiledStatement) -> CompiledStatement:
    """One statement with the columns of several single-row statements: NULL where one returns no row.

    Columns and parameters of the same name must have the same meaning.
    """
    numbered = [f"({statement.text}) AS row_{number}" for number, statement in enumerate(statements)]
    joined = " ON true LEFT JOIN LATERAL ".join(numbered)
    text = f"SELECT * FROM (SELECT) AS one LEFT JOIN LATERAL {joined} ON true"  # noqa: S608
    return CompiledStatement.of(
        text, {name: value for statement in statements for name, value in statement.fixed.items()}
    )


def _send(
    connection: Connection, driver: psycopg.Connection[Any], statement: CompiledStatement, values: Mapping[str, Any]
) -> psycopg.RawCursor[Any]:
    parameters = {**statement.fixed, **values} if statement.fixed else values
    for listener in connection.dispatch.before_cursor_execute:
        listener(connection, None, statement.text, parameters, None, False)
    cursor = psycopg.RawCursor(driver, row_factory=namedtuple_row)
    cursor.execute(statement.numbered, [parameters[name] for name in statement.order])
    return cursor


def compile_statement(statement: ClauseElement) -> CompiledStatement:
    compiled: Any = statement.compile(dialect=_DIALECT)
    required = {name: None for name, parameter in compiled.binds.items() if parameter.required}
    state = compiled.construct_expanded_state(required)
    fixed = {name: value for name, value in state.parameters.items() if name not in required}
    return CompiledStatement.of(
        state.statement, {name: value.value if isinstance(value, Enum) else value for name, value in fixed.items()}
    )
