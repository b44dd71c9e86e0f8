"""Progress of listed streets: their work, the board of operators, and what was built.

Revision ID: r0070
Revises: r0069
"""

import sqlalchemy as sa
from alembic import op

from migrations.helpers import grant, mirror_history

revision = "r0070"
down_revision = "r0069"
branch_labels = None
depends_on = None

_STATES = ("started", "in_work", "done", "dropped")
_STEPS = ("present_on", "signed_on", "moved_on", "cleared_on")


def upgrade() -> None:
    op.create_table(
        "route_work",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("route_item_id", sa.BigInteger, sa.ForeignKey("route_item.id"), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        *(sa.Column(name, sa.Date) for name in ("started_on", "due_on", "ended_on")),
        *(sa.Column(name, sa.Numeric(12, 3)) for name in ("removed_m", "laid_m")),
        sa.UniqueConstraint("route_item_id", name="uq_route_work_route_item_id"),
        sa.CheckConstraint(
            f"state IN ({', '.join(repr(state) for state in _STATES)})", name=op.f("ck_route_work_work_state")
        ),
        sa.CheckConstraint(
            "(state IN ('done', 'dropped')) = (ended_on IS NOT NULL)", name=op.f("ck_route_work_ended_if_over")
        ),
        sa.CheckConstraint("state = 'dropped' OR started_on IS NOT NULL", name=op.f("ck_route_work_started")),
        sa.CheckConstraint("removed_m >= 0 AND laid_m >= 0", name=op.f("ck_route_work_metres")),
    )
    op.create_table(
        "route_board_entry",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("route_item_id", sa.BigInteger, sa.ForeignKey("route_item.id"), nullable=False),
        sa.Column("organisation_id", sa.BigInteger, sa.ForeignKey("organisation.id"), nullable=False),
        *(sa.Column(name, sa.Date, nullable=name != "present_on") for name in _STEPS),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.UniqueConstraint(
            "route_item_id", "organisation_id", name="uq_route_board_entry_route_item_id_organisation_id"
        ),
        sa.CheckConstraint("version > 0", name=op.f("ck_route_board_entry_version_positive")),
    )
    op.create_index("ix_route_board_entry_organisation_id", "route_board_entry", ["organisation_id"])
    op.create_table(
        "route_as_built",
        sa.Column("route_item_id", sa.BigInteger, sa.ForeignKey("route_item.id"), primary_key=True),
        sa.Column("structure_id", sa.BigInteger, sa.ForeignKey("structure.id"), primary_key=True),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("linked_by_id", sa.BigInteger, sa.ForeignKey("user_account.id")),
    )
    op.create_index("ix_route_as_built_structure_id", "route_as_built", ["structure_id"])
    for table in ("route_work", "route_board_entry"):
        grant(table)
        mirror_history(table)
    grant("route_as_built", "SELECT", "INSERT")


def downgrade() -> None:
    op.drop_table("route_as_built")
    for table in ("route_board_entry", "route_work"):
        op.drop_table(f"{table}_history")
        op.drop_table(table)
