"""Words of cases are found in an index by who has all rows of their table.

Revision ID: r0089
Revises: r0088
"""

from alembic import op

from migrations.helpers import run_sql

revision = "r0089"
down_revision = "r0088"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("r0089/cases_with_words.sql")


def downgrade() -> None:
    op.execute("DROP FUNCTION cases_with_words(text, text[])")
