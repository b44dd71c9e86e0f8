"""Reports that join a case by themselves, and figures from which the browser works for a message.

Revision ID: r0030
Revises: r0029
"""

from alembic import op

from migrations.helpers import begin_change

revision = "r0030"
down_revision = "r0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _allow_kinds("'first', 'me_too', 'reopen', 'same', 'counted'")
    begin_change()
    op.execute(
        "UPDATE dated_setting SET value = value - 'most_a_minute' || '{\"of_cell_an_hour\"\\: 5}'"
        " WHERE key = 'incident.quota'"
    )


def downgrade() -> None:
    begin_change()
    op.execute(
        "UPDATE dated_setting SET value = value - 'of_cell_an_hour' || '{\"most_a_minute\"\\: 100}'"
        " WHERE key = 'incident.quota'"
    )
    op.execute("UPDATE incident_report SET kind = 'first' WHERE kind IN ('same', 'counted')")
    _allow_kinds("'first', 'me_too', 'reopen'")


def _allow_kinds(kinds: str) -> None:
    op.execute(
        "ALTER TABLE incident_report DROP CONSTRAINT ck_incident_report_report_kind,"
        f" ADD CONSTRAINT ck_incident_report_report_kind CHECK (kind IN ({kinds}))"
    )
