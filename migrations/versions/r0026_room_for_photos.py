"""Quotas of reported photos in bytes: of a network, and drafts that make room.

Revision ID: r0026
Revises: r0025
"""

from alembic import op

from migrations.helpers import begin_change, run_sql

revision = "r0026"
down_revision = "r0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("r0026/room.sql")
    begin_change()
    run_sql("r0026/settings.sql")


def downgrade() -> None:
    begin_change()
    op.execute("UPDATE dated_setting SET value = value - 'network_mb_an_hour' WHERE key = 'incident.quota'")
    op.execute("ALTER TABLE incident_report DROP photos_left_out")
    op.execute("ALTER TABLE incident_draft DROP network")
