"""Counts of structures by what figures group and filter by; the moment that a report freezes.

Revision ID: r0016
Revises: r0015
"""

from migrations.helpers import run_sql

revision = "r0016"
down_revision = "r0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("r0016/groups.sql")
    run_sql("r0016/moments.sql")


def downgrade() -> None:
    run_sql("r0016/moments_before.sql")
    run_sql("r0016/groups_before.sql")
