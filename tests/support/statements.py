"""What a test's database is asked."""

from contextlib import contextmanager

from sqlalchemy import event


@contextmanager
def statements_of(database):
    """The texts of the statements that are executed in the block, without the bounds of transactions."""
    statements = []

    def note(_connection, _cursor, statement, *_more):
        statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
