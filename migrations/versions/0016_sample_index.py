"""Whether there is sample data is asked on every page, so it gets an index of its own.

Revision ID: 0016
Revises: 0015
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Empty where no structure is a sample."""
    op.create_index("ix_structure_sample", "structure", ["id"], postgresql_where="is_sample")


def downgrade() -> None:
    """The index goes; the answers stay the same."""
    op.drop_index("ix_structure_sample", "structure")
