"""Changes of legal terms, proposed by one person and decided by another.

Revision ID: r0042
Revises: r0041
"""

from alembic import op

from migrations.helpers import grant, mirror_history, run_sql

revision = "r0042"
down_revision = "r0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("r0042/term_proposals.sql")
    mirror_history("term_proposal")
    grant("term_proposal")


def downgrade() -> None:
    op.execute("DROP TABLE term_proposal_history")
    op.execute("DROP TABLE term_proposal")
