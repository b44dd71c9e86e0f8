"""Legal days and terms as data, the clocks and events of cases, and notices.

Revision ID: 0010
Revises: 0009
"""

from alembic import op

from migrations.helpers import grant, mirror_history, run_sql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

VERSIONED = ("calendar_day", "legal_term", "case_clock", "case_event")
PLAIN = ("case_counter", "notice", "notice_read", "notice_mail")


def upgrade() -> None:
    """What was said stays: events of cases and notices are only added."""
    run_sql("0010_workflow.sql")
    for table in VERSIONED:
        mirror_history(table)
        grant(f"{table}_history", "SELECT")
    for table in ("calendar_day", "legal_term", "case_clock", "case_counter", "notice_mail"):
        grant(table)
    for table in ("case_event", "notice", "notice_read"):
        grant(table, "SELECT", "INSERT")


def downgrade() -> None:
    """Everything of this revision."""
    for table in (*reversed(PLAIN), *reversed(VERSIONED)):
        op.execute(f"DROP TABLE IF EXISTS {table}, {table}_history CASCADE")
