"""What a revision does, run by a test."""

from alembic.migration import MigrationContext
from alembic.operations import Operations

from registry.kernel.db.migrations import connected


def revised(url, revision):
    """Run what a revision does, as the owner of the database."""
    with connected(url) as connection, Operations.context(MigrationContext.configure(connection)) as op:
        revision(op)
        connection.commit()
