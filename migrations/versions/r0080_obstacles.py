"""Obstacles of operators and units: the cases, and the terms to assign, answer and rate them.

Revision ID: r0080
Revises: r0079
"""

import sqlalchemy as sa
from alembic import op

from migrations.helpers import begin_change, grant, mirror_history

revision = "r0080"
down_revision = "r0079"
branch_labels = None
depends_on = None

_CHECKS = {
    "version_positive": "version > 0",
    "numbered": "number IS NOT NULL",
    "described": "char_length(btrim(subject)) > 0 AND char_length(btrim(description)) > 0",
    "assigned": "(agency_id IS NULL) = (assigned_at IS NULL)",
    "other_agency": "agency_id <> organisation_id",
    "raised": "state <> 'raised' OR agency_id IS NULL",
    "has_agency": "state NOT IN ('assigned', 'answered', 'closed') OR agency_id IS NOT NULL",
    "answered_whole": "num_nonnulls(answer_kind, answer, answered_at) IN (0, 3)",
    "answered": "(state IN ('answered', 'closed')) = (answered_at IS NOT NULL)",
    "rated": "rating IS NULL OR state = 'closed'",
    "escalated": "state <> 'escalated' OR escalated_at IS NOT NULL",
    "obstacle_state": "state IN ('raised', 'assigned', 'escalated', 'answered', 'closed', 'withdrawn')",
    "obstacle_field": (
        "field IN ('land', 'procedure', 'planning', 'public_asset', 'road', 'power', 'price', 'obstruction', 'other')"
    ),
    "answer_kind": "answer_kind IN ('removed', 'guided', 'proposed', 'refused')",
    "rating": "rating IN ('solved', 'partly', 'not_solved')",
}
_TERMS = {"obstacle.assign": (3, "{0}"), "obstacle.answer": (15, "{3,0}"), "obstacle.rating": (15, "{3,0}")}


def upgrade() -> None:
    begin_change()
    op.create_table(
        "obstacle",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("number", sa.Text, unique=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.BigInteger, sa.ForeignKey("user_account.id")),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("organisation_id", sa.BigInteger, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("agency_id", sa.BigInteger, sa.ForeignKey("organisation.id")),
        sa.Column("unit_id", sa.BigInteger, sa.ForeignKey("admin_unit.id")),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("field", sa.String(40), nullable=False),
        sa.Column("address", sa.Text),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True)),
        sa.Column("escalated_at", sa.DateTime(timezone=True)),
        sa.Column("answer_kind", sa.String(40)),
        sa.Column("answer", sa.Text),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("rating", sa.String(40)),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_obstacle_{name}")) for name, rule in _CHECKS.items()),
    )
    op.create_index("ix_obstacle_organisation_id_state", "obstacle", ["organisation_id", "state"])
    op.create_index("ix_obstacle_agency_id_state", "obstacle", ["agency_id", "state"])
    op.create_index("ix_obstacle_unit_id", "obstacle", ["unit_id"])
    op.execute(
        "CREATE INDEX ix_obstacle_words ON obstacle"
        " USING gin (fold((coalesce(number, '') || ' ') || title) gin_trgm_ops)"
    )
    grant("obstacle")
    mirror_history("obstacle")
    for key, (length, reminders) in _TERMS.items():
        op.execute(
            "INSERT INTO legal_term (key, valid_from, length, unit, reminders, citation, needs_verification) VALUES"
            f" ('{key}', '2000-01-01', {length}, 'working_day', '{reminders}', 'Quy ước của hệ thống, chưa có văn bản',"
            " true)"
        )


def downgrade() -> None:
    """Cases go with their clocks and terms; their events stay, as those of any feature that is not there."""
    begin_change()
    op.execute("DELETE FROM case_clock WHERE workflow = 'obstacle'")
    op.execute("DELETE FROM legal_term WHERE key LIKE 'obstacle.%'")
    op.drop_table("obstacle_history")
    op.drop_table("obstacle")
