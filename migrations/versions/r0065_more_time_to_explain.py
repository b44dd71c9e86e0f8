"""Violations: more time to explain, which the competent person grants on request.

Revision ID: r0065
Revises: r0064
"""

from alembic import op

from migrations.helpers import alter_versioned, begin_change, run_sql

revision = "r0065"
down_revision = "r0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    alter_versioned("violation", "ADD COLUMN explain_until date")
    op.execute("ALTER TABLE violation ADD CONSTRAINT ck_violation_more_time CHECK (explain_until >= minutes_on)")
    begin_change()
    run_sql("r0065/terms.sql")


def downgrade() -> None:
    begin_change()
    op.execute("DELETE FROM legal_term WHERE key = 'violation.explain_more'")
    op.execute("ALTER TABLE violation DROP CONSTRAINT ck_violation_more_time")
    alter_versioned("violation", "DROP COLUMN explain_until")
