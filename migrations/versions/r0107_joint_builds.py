"""Announcements of joint building, what others register in them, and the term of the answer.

Revision ID: r0107
Revises: r0106
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

from migrations.helpers import alter_versioned, begin_change, grant, mirror_history

revision = "r0107"
down_revision = "r0106"
branch_labels = None
depends_on = None

_BUILD_CHECKS = {
    "version_positive": "version > 0",
    "numbered": "number IS NOT NULL",
    "described": "char_length(btrim(work)) > 0 AND char_length(btrim(cost_share)) > 0",
    "place_point_sound": "ST_IsValid(place_point) AND NOT ST_IsEmpty(place_point)",
    "sizes": "height_m > 0 AND length_m > 0 AND bores > 0",
    "offers": "offered_places >= 0 AND offered_bores >= 0",
    "offered": "coalesce(offered_places, 0) + coalesce(offered_bores, 0) > 0",
    "offered_bores": "offered_bores IS NULL OR offered_bores <= coalesce(bores, 0)",
    "days": "closes_on <= starts_in",
    "built": "structure_id IS NULL OR state IN ('joint', 'alone')",
    "joint_build_state": "state IN ('open', 'answering', 'overdue', 'joint', 'alone', 'withdrawn')",
}
_INTEREST_CHECKS = {
    "version_positive": "version > 0",
    "numbered": "number IS NOT NULL",
    "other_side": "announcer_id <> organisation_id",
    "amounts": "places > 0 AND at_height_m >= 0 AND bores > 0 AND metres > 0",
    "needed": "stated_at IS NULL OR num_nonnulls(places, bores) > 0",
    "bores_whole": "(bores IS NULL) = (metres IS NULL)",
    "stated": "state NOT IN ('stated', 'agreed', 'refused', 'withdrawn') OR stated_at IS NOT NULL",
    "silent": "state NOT IN ('asked', 'silent') OR stated_at IS NULL",
    "late_if_stated": "NOT is_late OR stated_at IS NOT NULL",
    "answered": "state NOT IN ('agreed', 'refused') OR answered_at IS NOT NULL",
    "answer_stands": "answered_at IS NULL OR state IN ('agreed', 'refused', 'build_gone')",
    "answer_whole": "(answered_at IS NULL) = (answer IS NULL)",
    "joint_interest_state": (
        "state IN ('asked', 'stated', 'no_need', 'silent', 'agreed', 'refused', 'withdrawn', 'build_gone')"
    ),
}


def _case_columns() -> list[sa.Column]:
    text, moment = sa.Text, sa.DateTime(timezone=True)
    return [
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("number", text, unique=True),
        sa.Column("title", text, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("state_since", moment, nullable=False),
        sa.Column("due_at", moment),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("created_by_id", sa.BigInteger, sa.ForeignKey("user_account.id")),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("organisation_id", sa.BigInteger, sa.ForeignKey("organisation.id"), nullable=False),
    ]


def _checks(table: str, checks: dict[str, str]) -> list[sa.CheckConstraint]:
    return [sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}")) for name, rule in checks.items()]


def _words(table: str) -> None:
    op.execute(
        f"CREATE INDEX ix_{table}_words ON {table}"
        " USING gin (fold((coalesce(number, '') || ' ') || title) gin_trgm_ops)"
    )


def upgrade() -> None:
    begin_change()
    op.create_table(
        "joint_build",
        *_case_columns(),
        sa.Column("unit_id", sa.BigInteger, sa.ForeignKey("admin_unit.id"), nullable=False),
        sa.Column("structure_id", sa.BigInteger, sa.ForeignKey("structure.id")),
        sa.Column("work", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("place_point", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
        sa.Column(
            "place_point_m",
            Geometry("POINT", srid=5897, spatial_index=False),
            sa.Computed("ST_Transform(place_point, 5897)", persisted=True),
        ),
        sa.Column("given_position", sa.Text, nullable=False),
        sa.Column("address", sa.Text),
        sa.Column("height_m", sa.Numeric(12, 3)),
        sa.Column("length_m", sa.Numeric(12, 3)),
        sa.Column("bores", sa.SmallInteger),
        sa.Column("starts_in", sa.Date, nullable=False),
        sa.Column("closes_on", sa.Date, nullable=False),
        sa.Column("offered_places", sa.SmallInteger),
        sa.Column("offered_bores", sa.SmallInteger),
        sa.Column("cost_share", sa.Text, nullable=False),
        *_checks("joint_build", _BUILD_CHECKS),
    )
    op.create_index("ix_joint_build_organisation_id_state", "joint_build", ["organisation_id", "state"])
    op.create_index("ix_joint_build_unit_id", "joint_build", ["unit_id"])
    op.create_index("uq_joint_build_structure_id", "joint_build", ["structure_id"], unique=True)
    op.create_index("ix_joint_build_place_point_m", "joint_build", ["place_point_m"], postgresql_using="gist")
    _words("joint_build")
    op.create_table(
        "joint_interest",
        *_case_columns(),
        sa.Column("build_id", sa.BigInteger, sa.ForeignKey("joint_build.id"), nullable=False),
        sa.Column("announcer_id", sa.BigInteger, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("closes_on", sa.Date, nullable=False),
        sa.Column("places", sa.SmallInteger),
        sa.Column("at_height_m", sa.Numeric(12, 3)),
        sa.Column("bores", sa.SmallInteger),
        sa.Column("metres", sa.Numeric(12, 3)),
        sa.Column("remark", sa.Text),
        sa.Column("stated_at", sa.DateTime(timezone=True)),
        sa.Column("is_late", sa.Boolean, nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("answer", sa.Text),
        sa.UniqueConstraint("build_id", "organisation_id", name="uq_joint_interest_build_id_organisation_id"),
        *_checks("joint_interest", _INTEREST_CHECKS),
    )
    op.create_index("ix_joint_interest_organisation_id_state", "joint_interest", ["organisation_id", "state"])
    op.create_index("ix_joint_interest_announcer_id_state", "joint_interest", ["announcer_id", "state"])
    _words("joint_interest")
    for table in ("joint_build", "joint_interest"):
        grant(table)
        mirror_history(table)
    op.execute("GRANT SELECT ON joint_build TO registry_position_reader")
    alter_versioned("building_notice", "ADD COLUMN joint_build_id bigint")
    op.create_foreign_key(
        "fk_building_notice_joint_build_id_joint_build", "building_notice", "joint_build", ["joint_build_id"], ["id"]
    )
    op.create_index("ix_building_notice_joint_build_id", "building_notice", ["joint_build_id"])
    op.execute(
        "INSERT INTO legal_term (key, valid_from, length, unit, reminders, citation, needs_verification)"
        " VALUES ('joint_build.answer', '2000-01-01', 10, 'working_day', '{0}',"
        " 'Quy ước của hệ thống, chưa có văn bản', true)"
    )
    # No kind is asked for before the department says so.
    op.execute(
        "INSERT INTO dated_setting (key, valid_from, value, source, needs_verification) VALUES"
        " ('joint_build.required', '2000-01-01', jsonb_build_object("
        "  'antenna_tower', false, 'site_house', false, 'cable_pole', false, 'pole_line', false,"
        "  'power_pole_shared', false, 'cable_duct', false, 'manhole', false, 'technical_trench', false,"
        "  'technical_tunnel', false), 'Mục IV Kế hoạch 225/KH-UBND; danh mục loại công trình chưa có văn bản', true),"
        " ('joint_build.window_days', '2000-01-01', '30', 'Quy ước của hệ thống, chưa có văn bản', true),"
        " ('joint_build.most_distance_m', '2000-01-01', '500', 'Quy ước của hệ thống, chưa có văn bản', true)"
    )


def downgrade() -> None:
    """Cases go with their clocks, term and settings; their events stay, as those of any feature that is not there."""
    begin_change()
    op.execute("DELETE FROM case_clock WHERE workflow IN ('joint_build', 'joint_interest')")
    op.execute("DELETE FROM legal_term WHERE key LIKE 'joint_build.%'")
    op.execute("DELETE FROM dated_setting WHERE key LIKE 'joint_build.%'")
    alter_versioned("building_notice", "DROP COLUMN joint_build_id")
    for table in ("joint_interest_history", "joint_interest", "joint_build_history", "joint_build"):
        op.drop_table(table)
