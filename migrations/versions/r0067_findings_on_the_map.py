"""The map shows the structures with findings: the role that reads positions reads the findings.

Revision ID: r0067
Revises: r0066
"""

from alembic import op

revision = "r0067"
down_revision = "r0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("GRANT SELECT ON quality_finding TO registry_position_reader")


def downgrade() -> None:
    op.execute("REVOKE SELECT ON quality_finding FROM registry_position_reader")
