"""An import is taken back in steps whose progress can be seen, and its rows are analysed before they are read.

Revision ID: 0044
Revises: 0043
"""

from alembic import op

from migrations.helpers import run_sql

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The functions that take back step by step, in place of the one that did it at once, and those that analyse."""
    run_sql("0044_revert.sql")
    run_sql("0044_staging.sql")


def downgrade() -> None:
    """The one that takes back at once; the tables are left to autovacuum."""
    op.execute("DROP FUNCTION analyse_import_rows()")
    op.execute("DROP FUNCTION analyse_import_results()")
    run_sql("0044_former_revert.sql")
