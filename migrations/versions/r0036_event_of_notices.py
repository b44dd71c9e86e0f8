"""The event of notices that were written for several audiences at once.

Revision ID: r0036
Revises: r0035
"""

from alembic import op

revision = "r0036"
down_revision = "r0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE notice ADD COLUMN event_uid UUID")
    op.create_index("ix_notice_event_uid", "notice", ["event_uid"], postgresql_where="event_uid IS NOT NULL")


def downgrade() -> None:
    op.execute("DROP INDEX ix_notice_event_uid")
    op.execute("ALTER TABLE notice DROP COLUMN event_uid")
