"""Proofs of work that were used up.

Revision ID: r0019
Revises: r0018
"""

import sqlalchemy as sa
from alembic import op

from migrations.helpers import grant

revision = "r0019"
down_revision = "r0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "spent_proof",
        sa.Column("challenge", sa.Text, primary_key=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_spent_proof_expires_at", "spent_proof", ["expires_at"])
    grant("spent_proof", "SELECT", "INSERT", "DELETE")


def downgrade() -> None:
    op.drop_table("spent_proof")
