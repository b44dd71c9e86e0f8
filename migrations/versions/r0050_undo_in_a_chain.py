"""A change is taken back although later ones were taken back, and without the structures that hold it up.

Revision ID: r0050
Revises: r0049
"""

from migrations.helpers import run_sql

revision = "r0050"
down_revision = "r0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("r0050/revert.sql")


def downgrade() -> None:
    run_sql("r0050/revert_down.sql")
