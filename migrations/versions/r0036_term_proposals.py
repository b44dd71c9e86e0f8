"""Changes of legal terms, proposed by one person and decided by another.

Revision ID: r0036
Revises: r0035
"""

from alembic import op

from migrations.helpers import grant, mirror_history, run_sql

revision = "r0036"
down_revision = "r0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("r0036/term_proposals.sql")
    mirror_history("term_proposal")
    grant("term_proposal")


def downgrade() -> None:
    op.execute("DROP TABLE term_proposal_history")
    op.execute("DROP TABLE term_proposal")
