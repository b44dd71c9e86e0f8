"""Incidents: cases, reports and photos of the public, the log of proof; terms in hours; referrals without a structure.

Revision ID: r0011
Revises: r0007
"""

from alembic import op

from migrations.helpers import begin_change, grant, mirror_history, run_sql

revision = "r0011"
down_revision = "r0010"
branch_labels = None
depends_on = None

VERSIONED = ("incident_storm", "incident", "incident_proof")
BEFORE = "'working_day', 'calendar_day', 'month'"
NOW = f"'hour', {BEFORE}"


def upgrade() -> None:
    """Reports and photos have no history: what is personal is erased without a trace."""
    _allow_units(NOW)
    op.execute(
        "ALTER TABLE finding ALTER structure_id DROP NOT NULL, ADD lon double precision, ADD lat double precision,"
        " ADD CONSTRAINT ck_finding_located CHECK"
        " (num_nonnulls(structure_id, lon) > 0 AND (lon IS NULL) = (lat IS NULL)),"
        " DROP CONSTRAINT uq_finding_once, ADD CONSTRAINT uq_finding_once"
        " UNIQUE NULLS NOT DISTINCT (origin, origin_id, structure_id, kind)"
    )
    run_sql("r0011/incidents.sql")
    for table in VERSIONED:
        mirror_history(table)
    for table in ("incident_storm", "incident_storm_file", "incident"):
        grant(table)
    grant("incident_proof", "SELECT", "INSERT")
    for table in ("incident_report", "incident_photo", "incident_counter"):
        grant(table, "SELECT", "INSERT", "UPDATE", "DELETE")
    begin_change()
    run_sql("r0011/terms.sql")
    run_sql("r0011/settings.sql")


def downgrade() -> None:
    """Cases go with their clocks and terms; their events stay, as those of any feature that is not there."""
    begin_change()
    op.execute("DELETE FROM case_clock WHERE workflow = 'incident'")
    op.execute("DELETE FROM legal_term WHERE key LIKE 'incident.%'")
    op.execute("DELETE FROM dated_setting WHERE key LIKE 'incident.%'")
    for table in ("incident_counter", "incident_photo", "incident_report", "incident_storm_file", *reversed(VERSIONED)):
        op.execute(f"DROP TABLE IF EXISTS {table}_history, {table}")
    op.execute("DELETE FROM finding WHERE origin = 'incident'")
    op.execute(
        "ALTER TABLE finding DROP CONSTRAINT ck_finding_located, DROP lon, DROP lat, ALTER structure_id SET NOT NULL,"
        " DROP CONSTRAINT uq_finding_once, ADD CONSTRAINT uq_finding_once"
        " UNIQUE (origin, origin_id, structure_id, kind)"
    )
    _allow_units(BEFORE)


def _allow_units(values: str) -> None:
    for table, column in (("legal_term", "unit"), ("case_clock", "extra_unit")):
        name = f"ck_{table}_term_unit"
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} CHECK ({column} IN ({values}))")
