"""The structures that the undo of a bulk edit left out.

Revision ID: r0028
Revises: r0027
"""

from migrations.helpers import alter_versioned

revision = "r0028"
down_revision = "r0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    alter_versioned("bulk_edit", "ADD COLUMN left_out TEXT[]")


def downgrade() -> None:
    alter_versioned("bulk_edit", "DROP COLUMN left_out")
