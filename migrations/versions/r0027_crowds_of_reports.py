"""Reports that join a case by themselves, and figures from which the browser works for a message.

Revision ID: r0027
Revises: r0026
"""

from alembic import op

from migrations.helpers import begin_change, run_sql

revision = "r0027"
down_revision = "r0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("r0027/kinds.sql")
    begin_change()
    run_sql("r0027/settings.sql")


def downgrade() -> None:
    begin_change()
    op.execute(
        "UPDATE dated_setting SET value = value - 'of_cell_an_hour' || '{\"most_a_minute\": 100}'"
        " WHERE key = 'incident.quota'"
    )
    op.execute("UPDATE incident_report SET kind = 'first' WHERE kind IN ('same', 'counted')")
    op.execute(
        "ALTER TABLE incident_report DROP CONSTRAINT ck_incident_report_report_kind,"
        " ADD CONSTRAINT ck_incident_report_report_kind CHECK (kind IN ('first', 'me_too', 'reopen'))"
    )
