"""A check of data quality reads building notices in one statement with positions.

Revision ID: r0088
Revises: r0087
"""

from alembic import op

from migrations.helpers import begin_change

revision = "r0088"
down_revision = "r0087"
branch_labels = None
depends_on = None


def upgrade() -> None:
    begin_change()
    op.execute("GRANT SELECT ON building_notice TO registry_position_reader")


def downgrade() -> None:
    begin_change()
    op.execute("REVOKE SELECT ON building_notice FROM registry_position_reader")
