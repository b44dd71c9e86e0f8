"""Meanings of values of a file, remembered with its columns; why a row cannot be taken as it was read.

Revision ID: r0047
Revises: r0046
"""

from alembic import op

revision = "r0047"
down_revision = "r0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE import_layout ADD COLUMN meanings jsonb NOT NULL DEFAULT '{}'")
    op.execute("ALTER TABLE import_row ADD COLUMN problem text")
