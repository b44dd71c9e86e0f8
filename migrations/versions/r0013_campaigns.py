"""Campaigns of reports: reports of operators, frozen submissions, exceptions, remarks, consolidated reports.

Revision ID: r0013
Revises: r0012
"""

from alembic import op

from migrations.helpers import begin_change, grant, mirror_history, run_sql

revision = "r0013"
down_revision = "r0012"
branch_labels = None
depends_on = None

VERSIONED = ("report_campaign", "operator_report", "report_entry", "report_exception", "report_remark")
#: What is frozen is written once.
FROZEN = ("report_submission", "report_consolidation")


def upgrade() -> None:
    run_sql("r0013/campaigns.sql")
    run_sql("r0013/unit_known_at.sql")
    for table in VERSIONED:
        grant(table)
        mirror_history(table)
    for table in FROZEN:
        grant(table, "SELECT", "INSERT")
    begin_change()
    run_sql("r0013/rows.sql")


def downgrade() -> None:
    op.execute("DROP FUNCTION unit_known_at(geometry, text, date, timestamptz)")
    begin_change()
    op.execute("DELETE FROM dated_setting WHERE key LIKE 'campaign.%'")
    for table in reversed(VERSIONED + FROZEN):
        history = f", {table}_history" if table in VERSIONED else ""
        op.execute(f"DROP TABLE {table}{history} CASCADE")
