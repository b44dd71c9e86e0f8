"""Filters of the list that people keep, what their last look found, and what was new at a look.

Revision ID: 0029
Revises: 0028
"""

from alembic import op

from migrations.helpers import grant, mirror_history, run_sql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A search can be deleted: it is its owner's alone, and its history stays. Looks and finds are working data."""
    run_sql("0029_saved_searches.sql")
    mirror_history("saved_search")
    grant("saved_search_history", "SELECT")
    for table in ("saved_search", "saved_search_look", "saved_search_find"):
        grant(table, "SELECT", "INSERT", "UPDATE", "DELETE")


def downgrade() -> None:
    """The filters themselves are addresses; what was kept of them is gone."""
    op.execute("DROP TABLE saved_search_find, saved_search_look, saved_search, saved_search_history")
