"""Published figures hide no count: the setting of the least one is dropped (ADR 0020).

Revision ID: r0020
Revises: r0019
"""

from alembic import op

from migrations.helpers import begin_change

revision = "r0020"
down_revision = "r0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    begin_change()
    op.execute("DELETE FROM dated_setting WHERE key = 'public.least_count'")


def downgrade() -> None:
    begin_change()
    op.execute(
        "INSERT INTO dated_setting (key, valid_from, value, source, needs_verification) VALUES"
        " ('public.least_count', '2000-01-01', '5', 'Quy ước của hệ thống, chưa có văn bản', true)"
    )
