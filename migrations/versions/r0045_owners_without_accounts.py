"""Organisations that own structures and have no accounts.

Revision ID: r0045
Revises: r0044
"""

from migrations.helpers import alter_versioned

revision = "r0045"
down_revision = "r0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    alter_versioned("organisation", "ADD COLUMN owns_only boolean")


def downgrade() -> None:
    alter_versioned("organisation", "DROP COLUMN owns_only")
