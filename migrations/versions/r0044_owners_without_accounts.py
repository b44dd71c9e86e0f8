"""Organisations that own structures and have no accounts.

Revision ID: r0044
Revises: r0043
"""

from migrations.helpers import alter_versioned

revision = "r0044"
down_revision = "r0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    alter_versioned("organisation", "ADD COLUMN owns_only boolean")


def downgrade() -> None:
    alter_versioned("organisation", "DROP COLUMN owns_only")
