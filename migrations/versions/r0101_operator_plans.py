"""Yearly building plans of operators by file.

Revision ID: r0101
Revises: r0100
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

from migrations.helpers import begin_change, grant

revision = "r0101"
down_revision = "r0100"
branch_labels = None
depends_on = None

_PLAN_CHECKS = {"year": "year BETWEEN 2020 AND 2100", "named": "char_length(btrim(file_name)) > 0"}
_ITEM_CHECKS = {
    "named": "char_length(btrim(name)) > 0",
    "height": "height_m > 0",
    "place_point_sound": "ST_IsValid(place_point) AND NOT ST_IsEmpty(place_point)",
}


def _checks(table: str, checks: dict[str, str]) -> list[sa.CheckConstraint]:
    return [sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}")) for name, rule in checks.items()]


def upgrade() -> None:
    begin_change()
    op.create_table(
        "operator_plan",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("organisation_id", sa.BigInteger, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("year", sa.SmallInteger, nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filed_by_id", sa.BigInteger, sa.ForeignKey("user_account.id"), nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        *_checks("operator_plan", _PLAN_CHECKS),
    )
    op.create_index("ix_operator_plan_organisation_id_year", "operator_plan", ["organisation_id", "year"])
    op.create_table(
        "operator_plan_item",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("plan_id", sa.BigInteger, sa.ForeignKey("operator_plan.id"), nullable=False),
        sa.Column("row_number", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("unit_id", sa.BigInteger, sa.ForeignKey("admin_unit.id"), nullable=False),
        sa.Column("place_point", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
        sa.Column(
            "place_point_m",
            Geometry("POINT", srid=5897, spatial_index=False),
            sa.Computed("ST_Transform(place_point, 5897)", persisted=True),
        ),
        sa.Column("height_m", sa.Numeric(12, 3)),
        sa.Column("note", sa.Text),
        sa.UniqueConstraint("plan_id", "row_number"),
        *_checks("operator_plan_item", _ITEM_CHECKS),
    )
    op.create_index(
        "ix_operator_plan_item_place_point_m", "operator_plan_item", ["place_point_m"], postgresql_using="gist"
    )
    grant("operator_plan", "SELECT", "INSERT")
    grant("operator_plan_item", "SELECT", "INSERT")
    # A colon in the text of a value would be read as a parameter.
    op.get_bind().exec_driver_sql(
        "INSERT INTO dated_setting (key, valid_from, value, source, needs_verification) VALUES"
        " ('operator_plan.filing', '2000-01-01', jsonb_build_object('day', 30, 'month', 11, 'joint_m', 100),"
        "  'Khoản 3 Điều 4 Quyết định 72/2025/QĐ-UBND Bắc Ninh (30/11); bán kính: quy ước của hệ thống', true)"
    )


def downgrade() -> None:
    begin_change()
    op.execute("DELETE FROM dated_setting WHERE key = 'operator_plan.filing'")
    op.drop_table("operator_plan_item")
    op.drop_table("operator_plan")
