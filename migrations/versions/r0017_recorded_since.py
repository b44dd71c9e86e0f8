"""An index of what was recorded since a moment, for counts of a past time.

Revision ID: r0017
Revises: r0016
"""

from alembic import op

revision = "r0017"
down_revision = "r0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_structure_history_recorded_from", "structure_history", ["recorded_from"])


def downgrade() -> None:
    op.drop_index("ix_structure_history_recorded_from", "structure_history")
