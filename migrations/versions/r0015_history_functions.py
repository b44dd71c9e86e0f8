"""A history function for each versioned table, with fixed SQL that PostgreSQL plans once a session.

Revision ID: r0015
Revises: r0014
"""

from migrations.helpers import run_sql

revision = "r0015"
down_revision = "r0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("r0015/history.sql")


def downgrade() -> None:
    run_sql("r0015/history_before.sql")
