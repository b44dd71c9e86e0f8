"""Batches of structures that were changed at once.

Revision ID: 0023
Revises: 0022
"""

from alembic import op

from migrations.helpers import grant, mirror_history, run_sql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A batch stays for good; what it changed is in the history."""
    run_sql("0023_bulk_edit.sql")
    mirror_history("bulk_edit")
    grant("bulk_edit")
    grant("bulk_edit_history", "SELECT")


def downgrade() -> None:
    """What was changed stays changed."""
    op.execute("DROP TABLE bulk_edit, bulk_edit_history")
