"""Findings: what cases show to be a breach, on its way to the feature that pursues it.

Revision ID: 0041
Revises: 0035
"""

from alembic import op

from migrations.helpers import grant, run_sql

revision = "0041"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An outbox, as that of notices: without history, its cases have theirs."""
    run_sql("0041_findings.sql")
    grant("finding")


def downgrade() -> None:
    """The cases that were made of findings stay, and name their origin in their words."""
    op.execute("DROP TABLE finding")
