"""The sign of an agency in the numbers of its papers.

Revision ID: r0106
Revises: r0105
"""

from migrations.helpers import alter_versioned

revision = "r0106"
down_revision = "r0105"
branch_labels = None
depends_on = None


def upgrade() -> None:
    alter_versioned("organisation", "ADD COLUMN paper_sign text")


def downgrade() -> None:
    alter_versioned("organisation", "DROP COLUMN paper_sign")
