"""Lists proposed by the budget: the weights of streets, and the proposals that the worker computes.

Revision ID: r0075
Revises: r0074
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.helpers import begin_change, grant

revision = "r0075"
down_revision = "r0074"
branch_labels = None
depends_on = None

_WEIGHTS = (
    '{"aerial_km": 10, "dead_km": 15, "incident": 5, "violation": 4, "bore": 1, "joint": 20, "promise": 20,'
    ' "decay_percent": 5}'
)


def upgrade() -> None:
    begin_change()
    op.execute(
        sa.text(
            "INSERT INTO dated_setting (key, valid_from, value, source, needs_verification) VALUES"
            " ('routelist.proposal_weights', '2000-01-01', CAST(:weights AS jsonb), 'Quy ước của hệ thống', true)"
        ).bindparams(weights=_WEIGHTS)
    )
    op.create_table(
        "budget_run",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("route_list_id", sa.BigInteger, sa.ForeignKey("route_list.id"), nullable=False),
        sa.Column("user_id", sa.BigInteger, sa.ForeignKey("user_account.id"), nullable=False),
        sa.Column("budgets", JSONB, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("done", sa.BigInteger, nullable=False),
        sa.Column("total", sa.BigInteger),
        sa.Column("is_stopping", sa.Boolean, nullable=False),
        sa.Column("result", JSONB),
        sa.Column("failure", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("done >= 0 AND total >= 0", name=op.f("ck_budget_run_counts")),
        sa.CheckConstraint(
            "(finished_at IS NOT NULL) = (num_nonnulls(result, failure) = 1)", name=op.f("ck_budget_run_result")
        ),
    )
    op.create_index("ix_budget_run_route_list_id_created_at", "budget_run", ["route_list_id", "created_at"])
    op.create_index("ix_budget_run_user_id", "budget_run", ["user_id"])
    grant("budget_run", "SELECT", "INSERT", "UPDATE", "DELETE")


def downgrade() -> None:
    begin_change()
    op.execute("DELETE FROM dated_setting WHERE key = 'routelist.proposal_weights'")
    op.drop_table("budget_run")
