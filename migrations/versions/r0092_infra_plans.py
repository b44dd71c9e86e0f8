"""Versions of the plan of passive infrastructure with their items, and conclusions of offices on structures.

Revision ID: r0092
Revises: r0091
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

from migrations.helpers import begin_change, grant, mirror_history

revision = "r0092"
down_revision = "r0091"
branch_labels = None
depends_on = None

_PLAN_CHECKS = {
    "version_positive": "version > 0",
    "named": "char_length(btrim(name)) > 0",
    "days": "valid_to >= valid_from AND document_on <= valid_from",
    "issued_whole": "num_nonnulls(number, document_number, document_on, issuer) IN (0, 4)",
    "issued": "(state IN ('issued', 'ended')) = (document_on IS NOT NULL)",
    "ended": "state <> 'ended' OR valid_to IS NOT NULL",
    "infra_plan_state": "state IN ('draft', 'issued', 'ended', 'cancelled')",
}
_ITEM_CHECKS = {
    "coded": "char_length(btrim(code)) > 0",
    "allows": "cardinality(allows) > 0",
    "reach": "(kind = 'zone') = (reach_m IS NULL) AND reach_m > 0",
    "placed": "ST_IsValid(area_m) AND NOT ST_IsEmpty(area_m)",
    "plan_item_kind": "kind IN ('zone', 'street', 'site')",
}
_VERDICTS = "IN ('in_plan', 'not_in_plan', 'no_plan_in_force')"
_CONCLUSION_CHECKS = {
    "version_positive": "version > 0",
    "numbered": "number IS NOT NULL",
    "reasoned": "char_length(btrim(reason)) > 0",
    "verdict": "(aspect = 'plan') = (verdict IS NOT NULL)",
    "computed": "(aspect = 'plan') = (computed IS NOT NULL)",
    "architecture": "(aspect = 'architecture') = (architecture IS NOT NULL)",
    "conclusion_state": "state IN ('standing', 'withdrawn')",
    "aspect": "aspect IN ('plan', 'architecture')",
    "plan_verdict": f"verdict {_VERDICTS}",
    "plan_computed": f"computed {_VERDICTS}",
    "architecture_verdict": "architecture IN ('fits', 'changes', 'unfit')",
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
        "infra_plan",
        *_case_columns(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.Column("note", sa.Text),
        sa.Column("document_number", sa.Text),
        sa.Column("document_on", sa.Date),
        sa.Column("issuer", sa.Text),
        *_checks("infra_plan", _PLAN_CHECKS),
    )
    op.execute(
        "ALTER TABLE infra_plan ADD CONSTRAINT ex_infra_plan_days EXCLUDE USING gist"
        " (daterange(valid_from, valid_to, '[]') WITH &&) WHERE (state IN ('issued', 'ended'))"
    )
    op.create_index("ix_infra_plan_organisation_id", "infra_plan", ["organisation_id"])
    _words("infra_plan")
    op.create_table(
        "infra_plan_item",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("plan_id", sa.BigInteger, sa.ForeignKey("infra_plan.id"), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("allows", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("reach_m", sa.Numeric(12, 3)),
        sa.Column("shape", Geometry("GEOMETRY", srid=4326, spatial_index=False), nullable=False),
        sa.Column("area_m", Geometry("GEOMETRY", srid=5897, spatial_index=False), nullable=False),
        *_checks("infra_plan_item", _ITEM_CHECKS),
        sa.UniqueConstraint("plan_id", "code", name="uq_infra_plan_item_plan_id_code"),
    )
    op.create_index("ix_infra_plan_item_area_m", "infra_plan_item", ["area_m"], postgresql_using="gist")
    op.create_table(
        "plan_conclusion",
        *_case_columns(),
        sa.Column("structure_id", sa.BigInteger, sa.ForeignKey("structure.id"), nullable=False),
        sa.Column("unit_id", sa.BigInteger, sa.ForeignKey("admin_unit.id")),
        sa.Column("aspect", sa.String(40), nullable=False),
        sa.Column("plan_id", sa.BigInteger, sa.ForeignKey("infra_plan.id")),
        sa.Column("computed", sa.String(40)),
        sa.Column("verdict", sa.String(40)),
        sa.Column("architecture", sa.String(40)),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        *_checks("plan_conclusion", _CONCLUSION_CHECKS),
    )
    op.create_index(
        "uq_plan_conclusion_standing",
        "plan_conclusion",
        ["structure_id", "aspect"],
        unique=True,
        postgresql_where=sa.text("state = 'standing'"),
    )
    op.create_index("ix_plan_conclusion_unit_id", "plan_conclusion", ["unit_id"])
    _words("plan_conclusion")
    grant("infra_plan")
    grant("infra_plan_item", "SELECT", "INSERT", "DELETE")
    grant("plan_conclusion")
    mirror_history("infra_plan")
    mirror_history("plan_conclusion")
    op.execute("GRANT SELECT ON infra_plan, infra_plan_history, infra_plan_item TO registry_position_reader")
    # A colon in the text of a value would be read as a parameter.
    op.get_bind().exec_driver_sql(
        "INSERT INTO dated_setting (key, valid_from, value, source, needs_verification) VALUES"
        " ('infra_plan.reach', '2000-01-01', jsonb_build_object('street', 30, 'site', 100),"
        "  'Quy ước của hệ thống, chưa có văn bản', true)"
    )


def downgrade() -> None:
    """Cases go with their items and the setting; their events stay, as those of any feature that is not there."""
    begin_change()
    op.execute("DELETE FROM dated_setting WHERE key LIKE 'infra_plan.%'")
    for table in ("plan_conclusion_history", "plan_conclusion", "infra_plan_item", "infra_plan_history", "infra_plan"):
        op.drop_table(table)
