"""Sites that offices offer, requests for them, and the term of the answer.

Revision ID: r0097
Revises: r0096
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

from migrations.helpers import begin_change, grant, mirror_history

revision = "r0097"
down_revision = "r0096"
branch_labels = None
depends_on = None

_SITE_CHECKS = {
    "version_positive": "version > 0",
    "numbered": "number IS NOT NULL",
    "described": "char_length(btrim(name)) > 0 AND char_length(btrim(terms)) > 0",
    "place_point_sound": "ST_IsValid(place_point) AND NOT ST_IsEmpty(place_point)",
    "offered_site_state": "state IN ('offered', 'taken', 'withdrawn')",
    "offered_site_kind": "kind IN ('roof', 'land', 'building', 'lamp_post', 'other')",
}
_REQUEST_CHECKS = {
    "version_positive": "version > 0",
    "numbered": "number IS NOT NULL",
    "other_office": "office_id <> organisation_id",
    "purposed": "char_length(btrim(purpose)) > 0",
    "answered": "(state IN ('granted', 'refused')) = (answered_at IS NOT NULL)",
    "answer_whole": "(answered_at IS NULL) = (answer IS NULL)",
    "granted": "(state = 'granted') = (granted_until IS NOT NULL)",
    "days": "granted_until >= wanted_from",
    "site_request_state": "state IN ('sent', 'overdue', 'granted', 'refused', 'withdrawn', 'site_gone')",
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
        "offered_site",
        *_case_columns(),
        sa.Column("unit_id", sa.BigInteger, sa.ForeignKey("admin_unit.id"), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("place_point", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
        sa.Column(
            "place_point_m",
            Geometry("POINT", srid=5897, spatial_index=False),
            sa.Computed("ST_Transform(place_point, 5897)", persisted=True),
        ),
        sa.Column("given_position", sa.Text, nullable=False),
        sa.Column("address", sa.Text),
        sa.Column("room", sa.Text, nullable=False),
        sa.Column("terms", sa.Text, nullable=False),
        sa.Column("decision_number", sa.Text, nullable=False),
        *_checks("offered_site", _SITE_CHECKS),
    )
    op.create_index("ix_offered_site_organisation_id_state", "offered_site", ["organisation_id", "state"])
    op.create_index("ix_offered_site_unit_id", "offered_site", ["unit_id"])
    op.create_index("ix_offered_site_place_point_m", "offered_site", ["place_point_m"], postgresql_using="gist")
    _words("offered_site")
    op.create_table(
        "site_request",
        *_case_columns(),
        sa.Column("site_id", sa.BigInteger, sa.ForeignKey("offered_site.id"), nullable=False),
        sa.Column("office_id", sa.BigInteger, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("wanted_from", sa.Date, nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("answer", sa.Text),
        sa.Column("granted_until", sa.Date),
        *_checks("site_request", _REQUEST_CHECKS),
    )
    op.create_index("ix_site_request_organisation_id_state", "site_request", ["organisation_id", "state"])
    op.create_index("ix_site_request_office_id_state", "site_request", ["office_id", "state"])
    op.create_index(
        "uq_site_request_open",
        "site_request",
        ["site_id", "organisation_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('sent', 'overdue')"),
    )
    _words("site_request")
    for table in ("offered_site", "site_request"):
        grant(table)
        mirror_history(table)
    op.execute(
        "INSERT INTO legal_term (key, valid_from, length, unit, reminders, citation, needs_verification) VALUES"
        " ('offered_site.answer', '2000-01-01', 10, 'working_day', '{0}',"
        " 'Quy ước của hệ thống, chưa có văn bản', true)"
    )


def downgrade() -> None:
    """Cases go with their clocks and term; their events stay, as those of any feature that is not there."""
    begin_change()
    op.execute("DELETE FROM case_clock WHERE workflow = 'site_request'")
    op.execute("DELETE FROM legal_term WHERE key LIKE 'offered_site.%'")
    for table in ("site_request_history", "site_request", "offered_site_history", "offered_site"):
        op.drop_table(table)
