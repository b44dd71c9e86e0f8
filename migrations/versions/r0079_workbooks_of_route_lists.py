"""Workbooks uploaded for route lists until their rows are stored, and how the columns of an office were read.

Revision ID: r0079
Revises: r0078
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.helpers import grant

revision = "r0079"
down_revision = "r0078"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "route_workbook",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("route_list_id", sa.BigInteger, sa.ForeignKey("route_list.id"), nullable=False),
        sa.Column("user_id", sa.BigInteger, sa.ForeignKey("user_account.id"), nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("sheet", JSONB),
        sa.Column("options", JSONB, nullable=False),
        sa.Column("outcome", JSONB),
        sa.Column("recalled_from", sa.Text),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.CheckConstraint("(sheet IS NULL) = (outcome IS NOT NULL)", name=op.f("ck_route_workbook_stored")),
        sa.CheckConstraint("version > 0", name=op.f("ck_route_workbook_version_positive")),
    )
    for column in ("route_list_id", "user_id"):
        op.create_index(f"ix_route_workbook_{column}", "route_workbook", [column])
    op.create_table(
        "route_workbook_layout",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("organisation_id", sa.BigInteger, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("layout", sa.Text, nullable=False),
        sa.Column("options", JSONB, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("organisation_id", "layout", name="uq_route_workbook_layout_organisation_id_layout"),
    )
    op.create_table(
        "route_bulk_outcome",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("user_id", sa.BigInteger, sa.ForeignKey("user_account.id"), nullable=False),
        sa.Column("done", sa.BigInteger, nullable=False),
        sa.Column("refused", JSONB, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("done >= 0", name=op.f("ck_route_bulk_outcome_count")),
    )
    op.create_index("ix_route_bulk_outcome_user_id", "route_bulk_outcome", ["user_id"])
    for table in ("route_workbook", "route_bulk_outcome"):
        grant(table, "SELECT", "INSERT", "UPDATE", "DELETE")
    grant("route_workbook_layout")


def downgrade() -> None:
    op.drop_table("route_bulk_outcome")
    op.drop_table("route_workbook_layout")
    op.drop_table("route_workbook")
