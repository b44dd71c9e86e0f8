"""Digests of history rows hold geometries as their exact bytes, which is also more than twice as fast.

Digests that stand keep their value; what is recorded from now on is digested the new way.

Revision ID: 0026
Revises: 0025
"""

from migrations.helpers import run_sql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The function of the triggers is replaced; no table changes."""
    run_sql("0026_exact_digest.sql")


def downgrade() -> None:
    """The function as it was."""
    run_sql("0026_former_digest.sql")
