"""Uses of the quotas of a day, reserved before an answer; questions of this day stay counted.

Revision ID: r0037
Revises: r0036
"""

from alembic import op

from migrations.helpers import grant, run_sql

revision = "r0037"
down_revision = "r0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("r0037/quota_use.sql")
    grant("quota_use", "SELECT", "INSERT", "UPDATE", "DELETE")


def downgrade() -> None:
    op.execute("DROP TABLE quota_use")
