"""Comments on streets at a point or along a stretch, read by the proposer, answered and closed.

Revision ID: r0091
Revises: r0090
"""

import sqlalchemy as sa
from alembic import op

from migrations.helpers import grant

revision = "r0091"
down_revision = "r0090"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE route_comment ALTER COLUMN point TYPE geometry(Geometry, 4326)")
    op.alter_column("route_comment", "point", new_column_name="shape")
    # Comments that were written before stay with their writer and the departments.
    op.add_column("route_comment", sa.Column("proposer_id", sa.BigInteger))
    op.create_foreign_key(
        "fk_route_comment_proposer_id_organisation", "route_comment", "organisation", ["proposer_id"], ["id"]
    )
    op.create_check_constraint(
        op.f("ck_route_comment_shape"), "route_comment", "geometrytype(shape) IN ('POINT', 'LINESTRING')"
    )
    op.create_index("ix_route_comment_proposer_id", "route_comment", ["proposer_id"])
    op.create_table(
        "route_comment_reply",
        sa.Column("id", sa.BigInteger, sa.Identity(always=False), nullable=False),
        sa.Column("comment_id", sa.BigInteger, nullable=False),
        sa.Column("organisation_id", sa.BigInteger, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("closes", sa.Boolean, nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_route_comment_reply"),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["route_comment.id"], name="fk_route_comment_reply_comment_id_route_comment"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_route_comment_reply_organisation_id_organisation"
        ),
        sa.CheckConstraint("char_length(btrim(text)) > 0", name=op.f("ck_route_comment_reply_worded")),
    )
    op.create_index("ix_route_comment_reply_comment_id", "route_comment_reply", ["comment_id"])
    op.create_index(
        "uq_route_comment_reply_closing",
        "route_comment_reply",
        ["comment_id"],
        unique=True,
        postgresql_where=sa.text("closes"),
    )
    grant("route_comment_reply", "SELECT", "INSERT")


def downgrade() -> None:
    op.drop_table("route_comment_reply")
    op.drop_index("ix_route_comment_proposer_id", "route_comment")
    op.drop_constraint(op.f("ck_route_comment_shape"), "route_comment")
    op.drop_column("route_comment", "proposer_id")
    op.alter_column("route_comment", "shape", new_column_name="point")
    # Of a stretch its first point.
    op.execute(
        "ALTER TABLE route_comment ALTER COLUMN point TYPE geometry(Point, 4326)"
        " USING CASE geometrytype(point) WHEN 'LINESTRING' THEN ST_StartPoint(point) ELSE point END"
    )
