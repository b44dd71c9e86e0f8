"""Areas that the plan puts first, and the board of the economic zone that receives notices inside of it.

Revision ID: r0103
Revises: r0102
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

from migrations.helpers import begin_change, grant, mirror_history

revision = "r0103"
down_revision = "r0102"
branch_labels = None
depends_on = None

_CHECKS = {
    "version_positive": "version > 0",
    "described": "char_length(btrim(name)) > 0 AND char_length(btrim(source)) > 0",
    "days": "valid_to >= valid_from",
    "reach": "(ST_Dimension(shape) = 0) = (reach_m IS NOT NULL) AND reach_m > 0",
    "placed": "ST_IsValid(area_m) AND NOT ST_IsEmpty(area_m)",
    "area_kind": (
        "kind IN ('economic_zone', 'industrial_zone', 'urban_area', 'research_centre', 'state_office', 'school',"
        " 'hospital', 'tourist_place')"
    ),
}
_FORMER_ROLES = (
    "'lead_department', 'construction_department', 'finance_department', 'industry_trade_department', 'provincial_pc',"
    " 'commune_pc', 'area_inspector', 'operator', 'infra_owner', 'defence_user', 'citizen', 'ministry', 'admin',"
    " 'public'"
)
_FORMER_RECEIVERS = "'lead', 'commune', 'construction'"
_BOARD = ", 'zone_board'"


def _allow(roles: str, receivers: str) -> None:
    role, receiver = "ck_role_assignment_ck_role_assignment_role", "ck_building_notice_notice_receiver"
    op.execute(f"ALTER TABLE role_assignment DROP CONSTRAINT {role}")
    op.execute(f"ALTER TABLE role_assignment ADD CONSTRAINT {role} CHECK (role IN ({roles}))")
    op.execute(f"ALTER TABLE building_notice DROP CONSTRAINT {receiver}")
    op.execute(f"ALTER TABLE building_notice ADD CONSTRAINT {receiver} CHECK (receiver IN ({receivers}))")


def upgrade() -> None:
    begin_change()
    op.create_table(
        "priority_area",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("needs_verification", sa.Boolean, nullable=False),
        sa.Column("reach_m", sa.Numeric(12, 3)),
        sa.Column("shape", Geometry("GEOMETRY", srid=4326, spatial_index=False), nullable=False),
        sa.Column("area_m", Geometry("GEOMETRY", srid=5897, spatial_index=False), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_priority_area_{name}")) for name, rule in _CHECKS.items()),
    )
    op.execute(
        "ALTER TABLE priority_area ADD CONSTRAINT ex_priority_area_days EXCLUDE USING gist"
        " (kind WITH =, fold(name) WITH =, daterange(valid_from, valid_to, '[]') WITH &&)"
    )
    op.create_index("ix_priority_area_area_m", "priority_area", ["area_m"], postgresql_using="gist")
    grant("priority_area")
    op.execute("GRANT SELECT ON priority_area TO registry_position_reader")
    mirror_history("priority_area")
    _allow(_FORMER_ROLES + _BOARD, _FORMER_RECEIVERS + _BOARD)
    # A colon in the text of a value would be read as a parameter.
    op.get_bind().exec_driver_sql(
        "INSERT INTO dated_setting (key, valid_from, value, source, needs_verification) VALUES"
        " ('priority_area.distances', '2000-01-01', jsonb_build_object('served_m', 500, 'reach_m', 100),"
        "  'Mục II.1 Kế hoạch 225/KH-UBND ngày 15/9/2023; khoảng cách: quy ước của hệ thống', true),"
        " ('building_notice.to_zone_board', '2026-01-01', 'true',"
        "  'Điều 53.2, Điều 73.7 Nghị định 217/2026/NĐ-CP; cơ quan tiếp nhận do UBND tỉnh quy định', true),"
        " ('building_notice.to_zone_board', '2000-01-01', 'false', 'Trước khi có quy định', true)"
    )


def downgrade() -> None:
    begin_change()
    op.execute("DELETE FROM dated_setting WHERE key IN ('priority_area.distances', 'building_notice.to_zone_board')")
    # Notices that the board received are the commune's again, and its accounts have no role.
    op.execute("UPDATE building_notice SET receiver = 'commune' WHERE receiver = 'zone_board'")
    op.execute("DELETE FROM role_assignment WHERE role = 'zone_board'")
    _allow(_FORMER_ROLES, _FORMER_RECEIVERS)
    op.drop_table("priority_area_history")
    op.drop_table("priority_area")
