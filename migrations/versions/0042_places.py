"""Structures in the order of their places, exact and public.

Revision ID: 0042
Revises: 0041
"""

from alembic import op

from migrations.helpers import run_sql

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A key whose order keeps neighbours together, and an index of it for each of the two places."""
    run_sql("0042_places.sql")


def downgrade() -> None:
    """Without them."""
    op.execute("DROP INDEX ix_structure_place, ix_structure_place_coarse")
    op.execute("DROP FUNCTION place_key(geometry)")
