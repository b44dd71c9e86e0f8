"""Inspection plans with results by structure, proposed changes of the register, risk weights and checklists.

Revision ID: r0012
Revises: r0010
"""

from alembic import op

from migrations.helpers import begin_change, grant, mirror_history, run_sql

revision = "r0012"
down_revision = "r0011"
branch_labels = None
depends_on = None

VERSIONED = ("inspection_plan", "inspection_item", "inspection_correction")


def upgrade() -> None:
    run_sql("r0012/inspections.sql")
    for table in VERSIONED:
        # A structure leaves a draft plan again.
        deletes = ("DELETE",) if table == "inspection_item" else ()
        grant(table, "SELECT", "INSERT", "UPDATE", *deletes)
        mirror_history(table)
    begin_change()
    run_sql("r0012/rows.sql")


def downgrade() -> None:
    begin_change()
    op.execute("DELETE FROM dated_setting WHERE key LIKE 'inspection.%'")
    for table in reversed(VERSIONED):
        op.execute(f"DROP TABLE {table}_history, {table}")
