"""One change of the database or of SQL in a source file, and how it is made.

`statement` is SQL run on each database of a test; `function` changes the text of a function of the database; `source`
changes the text of a file, read anew by a process of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import psycopg

from tests.mutation.runner import Task, Unfit
from tests.mutation.texts import replaced

#: What the history functions of all tables are made of.
HISTORY_MAKERS = ("history_writer_of(oid)", "correction_of(oid,text)")


@dataclass(frozen=True)
class SqlMutant:
    """One change, and where a test should find it."""

    area: str
    name: str
    tests: tuple[str, ...]
    statement: str = ""
    function: str = ""
    source: str = ""
    changed: tuple[tuple[str, str], ...] = ()

    def task(self) -> Task:
        """What the runner runs."""
        on_database: Callable[[str], None] | None = None
        if self.statement:
            on_database = partial(execute, self.statement)
        elif self.function:
            on_database = partial(rewrite, self.function, self.changed)
        return Task(self.name, elsewhere if self.source else nothing, list(self.tests), on_database)


def nothing() -> None:
    """The program itself stays as it is."""


def elsewhere() -> None:
    """Sources are changed in a new process."""
    raise Unfit


def execute(statement: str, url: str) -> None:
    """Run SQL as the owner of a database."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(statement.encode())


def rewrite(function: str, changed: tuple[tuple[str, str], ...], url: str) -> None:
    """Change the text of a function of the database."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        row = connection.execute("SELECT pg_get_functiondef(%s::regprocedure)", (function,)).fetchone()
        connection.execute(replaced(row[0] if row else "", changed).encode())
        if function in HISTORY_MAKERS:
            connection.execute("SELECT refresh_history(table_name) FROM stale_histories() table_name")


def constraint(area: str, table: str, name: str, tests: tuple[str, ...]) -> SqlMutant:
    """A constraint that is not there."""
    return SqlMutant(area, f"{table} without {name}", tests, f"ALTER TABLE {table} DROP CONSTRAINT {name}")


def trigger(area: str, table: str, name: str, tests: tuple[str, ...]) -> SqlMutant:
    """A trigger that is not there."""
    return SqlMutant(area, f"{table} without trigger {name}", tests, f"DROP TRIGGER {name} ON {table}")


def right(area: str, right_name: str, tests: tuple[str, ...]) -> SqlMutant:
    """A right that is given though it must not be."""
    return SqlMutant(area, f"granted {right_name}", tests, f"GRANT {right_name}")


def function(area: str, name: str, tests: tuple[str, ...], why: str, *changed: tuple[str, str]) -> SqlMutant:
    """A function of the database with a branch or condition less."""
    return SqlMutant(area, f"{name} {why}", tests, function=name, changed=changed)


def source(area: str, path: str, tests: tuple[str, ...], why: str, *changed: tuple[str, str]) -> SqlMutant:
    """A source file whose SQL lacks a condition."""
    return SqlMutant(area, f"{path} {why}", tests, source=path, changed=changed)
