"""Requests to the managers of roads, stretch by stretch, with their answers and the term of law.

Revision ID: r0077
Revises: r0076
"""

import sqlalchemy as sa
from alembic import op

from migrations.helpers import begin_change, grant, mirror_history

revision = "r0077"
down_revision = "r0076"
branch_labels = None
depends_on = None

_MANAGERS = ("road_administration", "construction", "commune")
_STATES = ("new", "in_treatment", "agreed", "not_agreed", "term_over", "not_competent", "withdrawn")


def _listed(codes: tuple[str, ...]) -> str:
    return ", ".join(repr(code) for code in codes)


def upgrade() -> None:
    begin_change()
    op.execute(
        "INSERT INTO dated_setting (key, valid_from, value, source, needs_verification) VALUES"
        " ('routelist.road_answer_days', '2000-01-01', '5',"
        " 'Nghị định 165/2024/NĐ-CP, được sửa đổi bởi Nghị định 241/2026/NĐ-CP', true)"
    )
    op.create_table(
        "road_answer",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("route_item_id", sa.BigInteger, sa.ForeignKey("route_item.id"), nullable=False),
        sa.Column("stretch", sa.Text, nullable=False),
        sa.Column("manager", sa.String(40), nullable=False),
        sa.Column("sent_on", sa.Date, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("answered_on", sa.Date),
        sa.Column("number", sa.Text),
        sa.Column("note", sa.Text),
        sa.Column("handed_from_id", sa.BigInteger, sa.ForeignKey("road_answer.id")),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.CheckConstraint(f"manager IN ({_listed(_MANAGERS)})", name=op.f("ck_road_answer_road_manager")),
        sa.CheckConstraint(f"state IN ({_listed(_STATES)})", name=op.f("ck_road_answer_road_answer_state")),
        sa.CheckConstraint("char_length(btrim(stretch)) > 0", name=op.f("ck_road_answer_stretch")),
        sa.CheckConstraint(
            "(state IN ('new', 'in_treatment')) = (answered_on IS NULL)", name=op.f("ck_road_answer_answered")
        ),
        sa.CheckConstraint("version > 0", name=op.f("ck_road_answer_version_positive")),
    )
    for column in ("route_item_id", "handed_from_id"):
        op.create_index(f"ix_road_answer_{column}", "road_answer", [column])
    grant("road_answer")
    mirror_history("road_answer")


def downgrade() -> None:
    begin_change()
    op.execute("DELETE FROM dated_setting WHERE key = 'routelist.road_answer_days'")
    op.drop_table("road_answer_history")
    op.drop_table("road_answer")
