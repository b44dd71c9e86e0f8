"""A mail that could not be sent waits until its next try.

Revision ID: 0013
Revises: 0012
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What waits already is due at once."""
    op.execute("ALTER TABLE notice_mail ADD COLUMN next_try_at timestamptz NOT NULL DEFAULT now()")
    op.execute("ALTER TABLE notice_mail ALTER COLUMN next_try_at DROP DEFAULT")
    op.execute("DROP INDEX ix_notice_mail_pending")
    op.execute("CREATE INDEX ix_notice_mail_pending ON notice_mail (next_try_at) WHERE state = 'pending'")


def downgrade() -> None:
    """The order of the rows decides again."""
    op.execute("DROP INDEX ix_notice_mail_pending")
    op.execute("ALTER TABLE notice_mail DROP COLUMN next_try_at")
    op.execute("CREATE INDEX ix_notice_mail_pending ON notice_mail (id) WHERE state = 'pending'")
