"""Campaigns of reports with frozen and consolidated figures; villages; the library of guidance.

Revision ID: r0013
Revises: r0012
"""

from alembic import op

from migrations.helpers import begin_change, grant, mirror_history, run_sql

revision = "r0013"
down_revision = "r0012"
branch_labels = None
depends_on = None

VERSIONED = (
    "report_campaign",
    "operator_report",
    "report_entry",
    "report_exception",
    "report_remark",
    "village",
    "guidance_document",
)
#: What is frozen is written once.
FROZEN = ("report_submission", "report_consolidation", "village_succession")


def upgrade() -> None:
    run_sql("r0013/campaigns.sql")
    run_sql("r0013/villages.sql")
    run_sql("r0013/guidance.sql")
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
    op.execute(
        "UPDATE indicator SET computation = NULL, filled_by = 'communes', version = version + 1, reason = NULL"
        " WHERE computation LIKE 'villages_%'"
    )
    for table in reversed(VERSIONED + FROZEN):
        history = f", {table}_history" if table in VERSIONED else ""
        op.execute(f"DROP TABLE {table}{history} CASCADE")
