"""The public place of an incident: the commune of its public cell, and the street that an officer cleared.

Revision ID: r0024
Revises: r0023
"""

from alembic import op

from migrations.helpers import alter_versioned, begin_change, run_sql

revision = "r0024"
down_revision = "r0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    alter_versioned("incident", "ADD COLUMN public_unit_id BIGINT, ADD COLUMN public_street TEXT")
    op.execute(
        "ALTER TABLE incident ADD CONSTRAINT fk_incident_public_unit_id"
        " FOREIGN KEY (public_unit_id) REFERENCES admin_unit (id)"
    )
    op.create_index("ix_incident_public_unit_id_state", "incident", ["public_unit_id", "state"])
    run_sql("incident_public_place.sql")
    begin_change()
    run_sql("incident_public_values.sql")


def downgrade() -> None:
    """Titles stay without their commune."""
    begin_change()
    op.execute(
        "UPDATE dated_setting SET value = (value - 'of_network_a_day' - 'a_day') || '{\"metres\": 50}'"
        " WHERE key = 'incident.near'"
    )
    op.execute("DROP TRIGGER keep_public_unit ON incident")
    op.execute("DROP FUNCTION keep_public_unit()")
    op.execute("DROP INDEX ix_incident_public_unit_id_state")
    alter_versioned("incident", "DROP COLUMN public_unit_id, DROP COLUMN public_street")
