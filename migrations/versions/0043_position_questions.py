"""One daily quota for all questions about what others have not published, and when owners are notified.

Revision ID: 0043
Revises: 0042
"""

from alembic import op

from migrations.helpers import begin_change, seed_settings

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

OLD, NEW = "planned_sites.questions_a_day", "position.questions_a_day"
NOTIFIED = "position.questions_notified_from"
_CONVENTION = "Quy ước của hệ thống, chưa có văn bản"


def upgrade() -> None:
    """The quota of the pages of masts serves imports, too; its values stay."""
    begin_change()
    op.execute(f"UPDATE dated_setting SET key = '{NEW}' WHERE key = '{OLD}'")
    seed_settings(((NOTIFIED, "2000-01-01", 20, _CONVENTION, True),))


def downgrade() -> None:
    """The quota of the pages of masts alone."""
    begin_change()
    op.execute(f"DELETE FROM dated_setting WHERE key = '{NOTIFIED}'")
    op.execute(f"UPDATE dated_setting SET key = '{OLD}' WHERE key = '{NEW}'")
