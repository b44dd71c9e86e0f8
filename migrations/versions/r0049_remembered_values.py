"""Meanings of values of a file, remembered with its columns; why a row cannot be taken as it was read.

Revision ID: r0049
Revises: r0048
"""

from alembic import op

revision = "r0049"
down_revision = "r0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE import_layout ADD COLUMN meanings jsonb NOT NULL DEFAULT '{}'")
    op.execute("ALTER TABLE import_decision ADD COLUMN merged_into bigint")
    op.execute("ALTER TABLE import_row ADD COLUMN problem text")


def downgrade() -> None:
    """Meanings of values, merged doubles and reasons of rows are forgotten."""
    op.execute("ALTER TABLE import_row DROP COLUMN problem")
    op.execute("ALTER TABLE import_decision DROP COLUMN merged_into")
    op.execute("ALTER TABLE import_layout DROP COLUMN meanings")
