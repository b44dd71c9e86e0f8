"""Streets of projects in public-private partnership.

Revision ID: r0105
Revises: r0104
"""

import sqlalchemy as sa
from alembic import op

from migrations.helpers import begin_change, grant

revision = "r0105"
down_revision = "r0104"
branch_labels = None
depends_on = None


def upgrade() -> None:
    begin_change()
    op.create_table(
        "ppp_project_street",
        sa.Column("project_id", sa.BigInteger, sa.ForeignKey("ppp_project.id"), primary_key=True),
        sa.Column("route_item_id", sa.BigInteger, sa.ForeignKey("route_item.id"), primary_key=True),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("linked_by_id", sa.BigInteger, sa.ForeignKey("user_account.id")),
    )
    op.create_index("ix_ppp_project_street_route_item_id", "ppp_project_street", ["route_item_id"])
    grant("ppp_project_street", "SELECT", "INSERT", "DELETE")


def downgrade() -> None:
    begin_change()
    op.drop_table("ppp_project_street")
