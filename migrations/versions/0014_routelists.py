"""Lists of streets that need shared telecom works, and the streets proposed for them.

Revision ID: 0014
Revises: 0013
"""

from alembic import op

from migrations.helpers import begin_change, grant, mirror_history, run_sql, seed_settings, seed_terms

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLES = ("route_list", "route_item")
_CONVENTION = "Quy ước của hệ thống, chưa có văn bản"
TERMS = (("routelist.review", "2000-01-01", 15, "working_day", [3, 1, 0], _CONVENTION, True),)
#: Structures this near to a street are shown with it.
SETTINGS = (("routelist.corridor_m", "2000-01-01", 15, _CONVENTION, True),)


def upgrade() -> None:
    """What was proposed stays: nothing is deleted."""
    run_sql("0014_routelists.sql")
    for table in TABLES:
        mirror_history(table)
        grant(table)
        grant(f"{table}_history", "SELECT")
    seed_terms(TERMS)
    seed_settings(SETTINGS)


def downgrade() -> None:
    """Everything of this revision, the clocks of its cases too; the history of term and settings stays."""
    begin_change()
    op.execute("DELETE FROM case_clock WHERE workflow IN ('routelist', 'routeitem')")
    op.execute("DELETE FROM legal_term WHERE key LIKE 'routelist.%'")
    op.execute("DELETE FROM dated_setting WHERE key LIKE 'routelist.%'")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE IF EXISTS {table}, {table}_history CASCADE")
