"""The map shows the structures with findings: the role that reads positions reads the findings.

Revision ID: r0064
Revises: r0063
"""

from alembic import op

revision = "r0064"
down_revision = "r0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("GRANT SELECT ON quality_finding TO registry_position_reader")


def downgrade() -> None:
    op.execute("REVOKE SELECT ON quality_finding FROM registry_position_reader")
