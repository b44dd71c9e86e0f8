"""Figures that a job computes, subscriptions of digests, and the least count that is published.

Revision ID: r0014
Revises: r0013
"""

from alembic import op

from migrations.helpers import begin_change, grant, run_sql

revision = "r0014"
down_revision = "r0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    begin_change()
    run_sql("r0014/dashboard.sql")
    grant("dashboard_run", "SELECT", "INSERT", "UPDATE", "DELETE")
    grant("digest_subscription", "SELECT", "INSERT", "UPDATE", "DELETE")


def downgrade() -> None:
    begin_change()
    op.execute("DELETE FROM dated_setting WHERE key = 'public.least_count'")
    op.execute("DROP TABLE dashboard_run, digest_subscription")
