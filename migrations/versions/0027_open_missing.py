"""Structures that wait for a decision after a full delivery are counted from an index: the start page tells them.

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One small index."""
    op.create_index(
        "ix_import_missing_open", "import_missing", ["batch_id"], postgresql_where=sa.text("choice IS NULL")
    )


def downgrade() -> None:
    """Without it."""
    op.drop_index("ix_import_missing_open", "import_missing")
