"""Indicators quote the plan and take reported values; people, households and villages by commune are dated rows.

Revision ID: r0074
Revises: r0073
"""

from alembic import op

from migrations.helpers import alter_versioned, begin_change, grant, run_sql

revision = "r0074"
down_revision = "r0073"
branch_labels = None
depends_on = None


def upgrade() -> None:
    alter_versioned("indicator_target", "ADD COLUMN quote text")
    for column in ("numerator_item text", "denominator_item text", "denominator_basis varchar(40)"):
        alter_versioned("indicator", f"ADD COLUMN {column}")
    op.execute(
        "ALTER TABLE indicator ADD CONSTRAINT ck_indicator_basis"
        " CHECK (denominator_basis IN ('people', 'adults', 'households', 'villages')),"
        " ADD CONSTRAINT ck_indicator_one_denominator CHECK (denominator_item IS NULL OR denominator_basis IS NULL)"
    )
    run_sql("r0074/population.sql")
    grant("unit_population", "SELECT", "INSERT")
    begin_change()
    run_sql("r0074/catalogue.sql")


def downgrade() -> None:
    """The corrected texts and confirmations stay; the items that were added to the yearly form leave it."""
    begin_change()
    run_sql("r0074/catalogue_down.sql")
    op.execute("DROP TABLE unit_population")
    op.execute("ALTER TABLE indicator DROP CONSTRAINT ck_indicator_one_denominator, DROP CONSTRAINT ck_indicator_basis")
    for column in ("denominator_basis", "denominator_item", "numerator_item"):
        alter_versioned("indicator", f"DROP COLUMN {column}")
    alter_versioned("indicator_target", "DROP COLUMN quote")
