"""An index of all clocks of a case, also of those that have ended: desks put missed terms first.

Revision ID: r0018
Revises: r0017
"""

from alembic import op

revision = "r0018"
down_revision = "r0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_case_clock_workflow_case_id_id", "case_clock", ["workflow", "case_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_case_clock_workflow_case_id_id", "case_clock")
