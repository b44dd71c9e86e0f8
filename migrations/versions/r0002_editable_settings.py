"""Settings can be changed and withdrawn by their officers, with a reason.

Revision ID: r0002
Revises: r0001
"""

from alembic import op

revision = "r0002"
down_revision = "r0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A withdrawn row leaves its day to another one; the history has the same columns."""
    for table in ("dated_setting", "dated_setting_history"):
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN reason text, ADD COLUMN withdrawn_at timestamptz,"
            " ADD COLUMN withdrawn_reason text"
        )
    op.execute("ALTER TABLE dated_setting DROP CONSTRAINT uq_dated_setting_key_valid_from")
    op.execute(
        "CREATE UNIQUE INDEX uq_dated_setting_key_valid_from ON dated_setting (key, valid_from)"
        " WHERE withdrawn_at IS NULL"
    )


def downgrade() -> None:
    """Withdrawn rows are left out: before this revision a row could not be withdrawn."""
    op.execute("DELETE FROM dated_setting WHERE withdrawn_at IS NOT NULL")
    op.execute("DROP INDEX uq_dated_setting_key_valid_from")
    op.execute("ALTER TABLE dated_setting ADD CONSTRAINT uq_dated_setting_key_valid_from UNIQUE (key, valid_from)")
    for table in ("dated_setting", "dated_setting_history"):
        op.execute(f"ALTER TABLE {table} DROP COLUMN reason, DROP COLUMN withdrawn_at, DROP COLUMN withdrawn_reason")
