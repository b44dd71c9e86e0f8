"""Reviews of roles, and alarms on unusual reading of exact positions.

Revision ID: r0078
Revises: r0077
"""

from alembic import op

from migrations.helpers import begin_change, grant, run_sql

revision = "r0078"
down_revision = "r0077"
branch_labels = None
depends_on = None


def upgrade() -> None:
    begin_change()
    run_sql("r0078/access_reviews.sql")
    grant("access_review", "SELECT", "INSERT")
    grant("reading_alarm", "SELECT", "INSERT")


def downgrade() -> None:
    begin_change()
    op.execute("DELETE FROM dated_setting WHERE key IN ('accounts.review_days', 'accounts.unusual_reading')")
    op.execute("DROP TABLE reading_alarm")
    op.execute("DROP TABLE access_review")
