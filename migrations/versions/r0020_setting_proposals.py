"""Changes of settings that protect others, proposed by one person and decided by another.

Revision ID: r0020
Revises: r0019
"""

from alembic import op

from migrations.helpers import begin_change, grant, mirror_history, run_sql

revision = "r0020"
down_revision = "r0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("r0020/proposals.sql")
    mirror_history("setting_proposal")
    grant("setting_proposal")
    begin_change()
    run_sql("r0020/rows.sql")


def downgrade() -> None:
    begin_change()
    op.execute("DELETE FROM dated_setting WHERE key = 'setting.notice_days'")
    op.execute("DROP TABLE setting_proposal_history")
    op.execute("DROP TABLE setting_proposal")
