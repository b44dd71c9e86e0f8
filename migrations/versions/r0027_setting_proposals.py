"""Changes of settings that protect others, proposed by one person and decided by another.

Revision ID: r0027
Revises: r0026
"""

from alembic import op

from migrations.helpers import begin_change, grant, mirror_history, run_sql

revision = "r0027"
down_revision = "r0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("r0027/proposals.sql")
    mirror_history("setting_proposal")
    grant("setting_proposal")
    begin_change()
    run_sql("r0027/rows.sql")


def downgrade() -> None:
    begin_change()
    op.execute("DELETE FROM dated_setting WHERE key = 'setting.notice_days'")
    op.execute("DROP TABLE setting_proposal_history")
    op.execute("DROP TABLE setting_proposal")
