"""Findings of inspections have a term of remedy; past findings count in the risk of a structure.

Revision ID: r0061
Revises: r0060
"""

from alembic import op

from migrations.helpers import alter_versioned, begin_change, run_sql

revision = "r0061"
down_revision = "r0060"
branch_labels = None
depends_on = None


def upgrade() -> None:
    alter_versioned("inspection_finding", "ADD COLUMN remedy_due_on date")
    op.execute(
        "ALTER TABLE inspection_finding ADD CONSTRAINT ck_inspection_finding_remedy_due"
        " CHECK (remedy_due_on >= inspected_on)"
    )
    begin_change()
    run_sql("r0061/risks.sql")


def downgrade() -> None:
    begin_change()
    op.execute(
        "UPDATE dated_setting SET value = value - 'findings' - 'reinspect' WHERE key = 'inspection.risk_weights'"
    )
    op.execute("ALTER TABLE inspection_finding DROP CONSTRAINT ck_inspection_finding_remedy_due")
    alter_versioned("inspection_finding", "DROP COLUMN remedy_due_on")
