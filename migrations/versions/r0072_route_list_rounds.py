"""Rounds of route lists: the call for proposals, comments on a draft, answers, comments on streets.

Revision ID: r0072
Revises: r0071
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

from migrations.helpers import grant

revision = "r0072"
down_revision = "r0071"
branch_labels = None
depends_on = None

_KINDS = "kind IN ('call', 'comments')"
_TABLES = ("route_round", "route_asked", "route_answer", "route_comment")


def upgrade() -> None:
    op.create_table(
        "route_round",
        _identity(),
        *_of_edition(),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        *_constraints("route_round", route_list_id="route_list"),
        *_kind_checks("route_round"),
    )
    op.create_table(
        "route_asked",
        _identity(),
        sa.Column("round_id", sa.BigInteger, nullable=False),
        sa.Column("organisation_id", sa.BigInteger, nullable=False),
        *_constraints("route_asked", round_id="route_round", organisation_id="organisation"),
        sa.UniqueConstraint("round_id", "organisation_id", name="uq_route_asked_round_id_organisation_id"),
    )
    op.create_table(
        "route_answer",
        _identity(),
        *_of_edition(),
        sa.Column("organisation_id", sa.BigInteger, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        *_constraints("route_answer", route_list_id="route_list", organisation_id="organisation"),
        *_kind_checks("route_answer"),
    )
    op.create_table(
        "route_comment",
        _identity(),
        sa.Column("route_item_id", sa.BigInteger, nullable=False),
        sa.Column("organisation_id", sa.BigInteger, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("point", Geometry("POINT", srid=4326, spatial_index=False)),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        *_constraints("route_comment", route_item_id="route_item", organisation_id="organisation"),
        sa.CheckConstraint("char_length(btrim(text)) > 0", name=op.f("ck_route_comment_worded")),
    )
    for table, column in (
        ("route_round", "route_list_id"),
        ("route_asked", "organisation_id"),
        ("route_answer", "route_list_id"),
        ("route_answer", "organisation_id"),
        ("route_comment", "route_item_id"),
        ("route_comment", "organisation_id"),
    ):
        op.create_index(f"ix_{table}_{column}", table, [column])
    for table in _TABLES:
        grant(table, "SELECT", "INSERT")


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)


def _identity() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(always=False), nullable=False)


def _of_edition() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("route_list_id", sa.BigInteger, nullable=False),
        sa.Column("edition", sa.SmallInteger, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
    )


def _constraints(table: str, **references: str) -> tuple[sa.Constraint, ...]:
    keys = (
        sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"fk_{table}_{column}_{other}")
        for column, other in references.items()
    )
    return (sa.PrimaryKeyConstraint("id", name=f"pk_{table}"), *keys)


def _kind_checks(table: str) -> tuple[sa.CheckConstraint, ...]:
    return (
        sa.CheckConstraint(_KINDS, name=op.f(f"ck_{table}_round_kind")),
        sa.CheckConstraint("edition >= 1", name=op.f(f"ck_{table}_edition")),
    )
