"""Rows of imports and the results of their checks are given with their import alone.

Revision ID: r0090
Revises: r0089
"""

from alembic import op

from migrations.helpers import run_sql

revision = "r0090"
down_revision = "r0089"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("r0090/import_rows.sql")


def downgrade() -> None:
    for table in ("import_decision", "import_missing", "import_result", "import_row"):
        op.execute(f"DROP POLICY own_rows ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
