"""The structures that the undo of a bulk edit left out.

Revision ID: r0033
Revises: r0032
"""

from migrations.helpers import alter_versioned

revision = "r0033"
down_revision = "r0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    alter_versioned("bulk_edit", "ADD COLUMN left_out TEXT[]")


def downgrade() -> None:
    alter_versioned("bulk_edit", "DROP COLUMN left_out")
