"""One key for all spellings of an owner's code; columns of files remembered by layout.

Revision ID: r0025
Revises: r0024
"""

from alembic import op

from migrations.helpers import grant, run_sql

revision = "r0025"
down_revision = "r0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("r0025/code_key.sql")
    run_sql("r0025/layouts.sql")
    grant("import_layout", "SELECT", "INSERT", "UPDATE", "DELETE")


def downgrade() -> None:
    run_sql("r0025/layouts_before.sql")
    grant("import_word", "SELECT", "INSERT", "UPDATE", "DELETE")
    op.execute("DROP INDEX ix_structure_code_key")
    op.execute("DROP FUNCTION code_key(text)")
