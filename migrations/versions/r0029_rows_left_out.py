"""The structures that the undo of a bulk edit left out.

Revision ID: r0029
Revises: r0028
"""

from migrations.helpers import alter_versioned

revision = "r0029"
down_revision = "r0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    alter_versioned("bulk_edit", "ADD COLUMN left_out TEXT[]")


def downgrade() -> None:
    alter_versioned("bulk_edit", "DROP COLUMN left_out")
