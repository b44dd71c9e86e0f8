"""Counts of structures by group, the moment that a report freezes, who sets prices.

Revision ID: r0016
Revises: r0015
"""

from alembic import op

from migrations.helpers import begin_change, run_sql

revision = "r0016"
down_revision = "r0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("r0016/groups.sql")
    run_sql("r0016/moments.sql")
    begin_change()
    run_sql("r0016/rows.sql")


def downgrade() -> None:
    begin_change()
    op.execute("DELETE FROM dated_setting WHERE key = 'tariffs.price_authority'")
    op.execute("DROP FUNCTION freeze_history(timestamptz)")
    run_sql("r0016/groups_before.sql")
