"""Notices before building: the cases, their term, and the dated settings of the rule.

Revision ID: r0082
Revises: r0081
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

from migrations.helpers import begin_change, grant, mirror_history

revision = "r0082"
down_revision = "r0081"
branch_labels = None
depends_on = None

_ANSWERS = "IN ('met', 'not_met', 'unclear')"
_CHECKS = {
    "version_positive": "version > 0",
    "numbered": "number IS NOT NULL",
    "described": (
        "char_length(btrim(work)) > 0 AND char_length(btrim(exemption)) > 0 AND char_length(btrim(parameters)) > 0"
    ),
    "place_point_sound": "ST_IsValid(place_point) AND NOT ST_IsEmpty(place_point)",
    "regime_receiver": "regime = 'commencement' OR receiver = 'lead'",
    "built": "state <> 'built' OR structure_id IS NOT NULL",
    "checked_whole": "num_nonnulls(acknowledged_at, exemption_check, conformity_check, parameters_check) IN (0, 4)",
    "acknowledged": "state NOT IN ('acknowledged', 'built') OR acknowledged_at IS NOT NULL",
    "building_notice_state": "state IN ('sent', 'supplement', 'overdue', 'acknowledged', 'built', 'withdrawn')",
    "notice_regime": "regime IN ('telecom', 'commencement')",
    "notice_receiver": "receiver IN ('lead', 'commune', 'construction')",
    "plan_conformity": "conformity IN ('unknown', 'conforms', 'deviates', 'no_plan_in_force')",
    **{f"{name}_check": f"{name}_check {_ANSWERS}" for name in ("exemption", "conformity", "parameters")},
}
_TERM = "building_notice.acknowledge"
_LAWS = "Luật Viễn thông 2023, Đ.65.9; Luật Xây dựng 2025, Đ.43.3"


def upgrade() -> None:
    begin_change()
    text, moment = sa.Text, sa.DateTime(timezone=True)
    op.create_table(
        "building_notice",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("number", text, unique=True),
        sa.Column("title", text, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("state_since", moment, nullable=False),
        sa.Column("due_at", moment),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("created_by_id", sa.BigInteger, sa.ForeignKey("user_account.id")),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("regime", sa.String(40), nullable=False),
        sa.Column("organisation_id", sa.BigInteger, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("receiver", sa.String(40), nullable=False),
        sa.Column("unit_id", sa.BigInteger, sa.ForeignKey("admin_unit.id"), nullable=False),
        sa.Column("structure_id", sa.BigInteger, sa.ForeignKey("structure.id")),
        sa.Column("work", text, nullable=False),
        sa.Column("kind", text, nullable=False),
        sa.Column("place_point", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
        sa.Column(
            "place_point_m",
            Geometry("POINT", srid=5897, spatial_index=False),
            sa.Computed("ST_Transform(place_point, 5897)", persisted=True),
        ),
        sa.Column("given_position", text, nullable=False),
        sa.Column("given_srid", sa.BigInteger, nullable=False),
        sa.Column("address", text),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("is_late", sa.Boolean, nullable=False),
        sa.Column("exemption", text, nullable=False),
        sa.Column("conformity", sa.String(40), nullable=False),
        sa.Column("plan_item", text),
        sa.Column("parameters", text, nullable=False),
        sa.Column("acknowledged_at", moment),
        *(sa.Column(f"{name}_check", sa.String(40)) for name in ("exemption", "conformity", "parameters")),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_building_notice_{name}")) for name, rule in _CHECKS.items()),
    )
    op.create_index("ix_building_notice_organisation_id_state", "building_notice", ["organisation_id", "state"])
    op.create_index("ix_building_notice_unit_id_state", "building_notice", ["unit_id", "state"])
    op.create_index("ix_building_notice_structure_id_regime", "building_notice", ["structure_id", "regime"])
    op.create_index("ix_building_notice_place_point_m", "building_notice", ["place_point_m"], postgresql_using="gist")
    op.execute(
        "CREATE INDEX ix_building_notice_words ON building_notice"
        " USING gin (fold((coalesce(number, '') || ' ') || title) gin_trgm_ops)"
    )
    grant("building_notice")
    mirror_history("building_notice")
    op.execute(
        "INSERT INTO legal_term (key, valid_from, length, unit, reminders, citation, needs_verification) VALUES"
        f" ('{_TERM}', '2000-01-01', 3, 'working_day', '{{0}}', 'Quy ước của hệ thống, chưa có văn bản', true)"
    )
    # A colon in the text of a value would be read as a parameter.
    op.get_bind().exec_driver_sql(
        "INSERT INTO dated_setting (key, valid_from, value, source, needs_verification) VALUES"
        " ('building_notice.required', '2000-01-01', jsonb_build_object('telecom', false, 'commencement', false),"
        "  'Trước khi miễn giấy phép xây dựng', true),"
        " ('building_notice.required', '2026-01-01', jsonb_build_object('telecom', true, 'commencement', true),"
        f"  '{_LAWS}', true),"
        " ('building_notice.to_commune', '2000-01-01', 'true',"
        "  'NĐ 217/2026/NĐ-CP, Đ.73.7: do UBND tỉnh quy định', true),"
        " ('building_notice.days_before', '2000-01-01', '3', 'Quy định trước đây về thông báo khởi công', true)"
    )


def downgrade() -> None:
    """Cases go with their clocks, term and settings; their events stay, as those of any feature that is not there."""
    begin_change()
    op.execute("DELETE FROM case_clock WHERE workflow = 'building_notice'")
    op.execute("DELETE FROM legal_term WHERE key LIKE 'building_notice.%'")
    op.execute("DELETE FROM dated_setting WHERE key LIKE 'building_notice.%'")
    op.drop_table("building_notice_history")
    op.drop_table("building_notice")
