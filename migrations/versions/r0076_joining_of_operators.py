"""What operators need in a listed street before its work begins: the window, and the statements.

Revision ID: r0076
Revises: r0075
"""

import sqlalchemy as sa
from alembic import op

from migrations.helpers import grant, mirror_history

revision = "r0076"
down_revision = "r0075"
branch_labels = None
depends_on = None

_TABLES = ("route_join_window", "route_need")


def upgrade() -> None:
    op.create_table(
        "route_join_window",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("route_item_id", sa.BigInteger, sa.ForeignKey("route_item.id"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_on", sa.Date, nullable=False),
        sa.UniqueConstraint("route_item_id", name="uq_route_join_window_route_item_id"),
    )
    op.create_table(
        "route_need",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("route_item_id", sa.BigInteger, sa.ForeignKey("route_item.id"), nullable=False),
        sa.Column("organisation_id", sa.BigInteger, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("bores", sa.SmallInteger),
        sa.Column("metres", sa.Numeric(12, 3)),
        sa.Column("stated_at", sa.DateTime(timezone=True)),
        sa.Column("is_late", sa.Boolean, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("route_item_id", "organisation_id", name="uq_route_need_route_item_id_organisation_id"),
        sa.CheckConstraint("bores >= 0 AND metres >= 0", name=op.f("ck_route_need_amounts")),
        sa.CheckConstraint("num_nulls(bores, metres, stated_at) IN (0, 3)", name=op.f("ck_route_need_stated_whole")),
        sa.CheckConstraint("stated_at IS NOT NULL OR NOT is_late", name=op.f("ck_route_need_late_if_stated")),
        sa.CheckConstraint("version > 0", name=op.f("ck_route_need_version_positive")),
    )
    op.create_index("ix_route_need_organisation_id", "route_need", ["organisation_id"])
    for table in _TABLES:
        grant(table)
        mirror_history(table)


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(f"{table}_history")
        op.drop_table(table)
