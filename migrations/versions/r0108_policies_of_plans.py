"""Policies of registrations of joint building, requests for offered sites and yearly plans, with their rows and files.

Revision ID: r0108
Revises: r0107
"""

from alembic import op

from migrations.helpers import run_sql

revision = "r0108"
down_revision = "r0107"
branch_labels = None
depends_on = None

_TABLES = (
    *("joint_interest", "joint_interest_history", "operator_plan", "operator_plan_item"),
    *("site_request", "site_request_history"),
)


def upgrade() -> None:
    run_sql("r0108/policies.sql")


def downgrade() -> None:
    op.execute("DROP FUNCTION cases_with_words(text, text[])")
    run_sql("r0089/cases_with_words.sql")
    run_sql("r0108/files_before.sql")
    for table in _TABLES:
        op.execute(f"DROP POLICY own_rows ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
