"""The ledger of cables is settled without temporary tables.

Revision ID: r0052
Revises: r0051
"""

from migrations.helpers import run_sql

revision = "r0052"
down_revision = "r0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("r0052/settle.sql")


def downgrade() -> None:
    run_sql("r0052/settle_before.sql")
