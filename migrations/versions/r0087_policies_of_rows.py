"""Row-level security of cases, files, imports and notices: the second line behind the matrix.

Revision ID: r0087
Revises: r0086
"""

from alembic import op

from migrations.helpers import begin_change, run_sql

revision = "r0087"
down_revision = "r0086"
branch_labels = None
depends_on = None

_WITH_HISTORY = ("attachment", "colocation_agreement", "colocation_request", "import_batch", "incident", "violation")
_FUNCTIONS = (
    "reader_has_notices_since()",
    "reader_has_table(text, text)",
    "reader_numbers(text)",
    "reader_roles()",
    "reader_account()",
)


def upgrade() -> None:
    begin_change()
    run_sql("r0087/row_policies.sql")


def downgrade() -> None:
    begin_change()
    for name in (*_WITH_HISTORY, *(f"{table}_history" for table in _WITH_HISTORY), "notice"):
        for policy in ("own_rows", "written"):
            op.execute(f"DROP POLICY IF EXISTS {policy} ON {name}")
        op.execute(f"ALTER TABLE {name} DISABLE ROW LEVEL SECURITY")
    for function in _FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
