"""The policies of rows cost less to plan, and ask other tables for single rows alone.

Revision ID: r0094
Revises: r0093
"""

from alembic import op

from migrations.helpers import run_sql

revision = "r0094"
down_revision = "r0093"
branch_labels = None
depends_on = None

_WITH_HISTORY = ("attachment", "colocation_agreement", "colocation_request", "import_batch", "incident", "violation")


def upgrade() -> None:
    run_sql("r0093/policies.sql")


def downgrade() -> None:
    for name in (*_WITH_HISTORY, *(f"{table}_history" for table in _WITH_HISTORY), "notice"):
        op.execute(f"DROP POLICY own_rows ON {name}")
    op.execute("DROP POLICY written ON notice")
    for function in ("reader_was_served(bigint)", "reader_has_structure(bigint)", "reader_has_subject_of(bigint)"):
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DROP FUNCTION reader_has_table(text, text)")
    run_sql("r0087/row_policies.sql")
