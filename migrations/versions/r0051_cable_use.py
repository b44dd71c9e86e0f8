"""One ledger of use: a cable takes a place in each structure that carries it.

Revision ID: r0051
Revises: r0050
"""

from alembic import op

from migrations.helpers import APP_ROLES, alter_versioned, begin_change, grant, run_sql

revision = "r0051"
down_revision = "r0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    begin_change()
    op.execute(
        "INSERT INTO dated_setting (key, valid_from, value, source, needs_verification) VALUES"
        " ('relation.line_ends', '2000-01-01', '{\"end_m\": 100}', 'Quy ước của hệ thống', true)"
    )
    alter_versioned("capacity_entry", "ADD COLUMN cable_id bigint")
    alter_versioned("structure", "ADD COLUMN restriction_basis text")
    op.execute(f"GRANT SELECT (restriction_basis) ON structure, structure_history TO {APP_ROLES}")
    op.execute(
        "ALTER TABLE capacity_entry ADD CONSTRAINT fk_capacity_entry_cable_id"
        " FOREIGN KEY (cable_id) REFERENCES structure (id) ON DELETE SET NULL"
    )
    run_sql("r0051/cable_use.sql")
    grant("cable_use", "SELECT")
    op.execute("GRANT SELECT ON cable_use TO registry_position_reader")
    run_sql("r0051/room.sql")
    run_sql("r0051/revert.sql")
    # The cables that the register has get their places; `flask --app app cables ledger` lists them for their owners.
    op.execute("SELECT settle_cable_use(array_agg(DISTINCT cable_id)) FROM cable_member")


def downgrade() -> None:
    # Entries that the database made stay, as entries of the owners of the cables.
    begin_change()
    op.execute("DELETE FROM dated_setting WHERE key = 'relation.line_ends'")
    run_sql("r0051/room_before.sql")
    op.execute("DROP FUNCTION unplaced_label()")
    alter_versioned("structure", "DROP COLUMN restriction_basis")
    alter_versioned("capacity_entry", "DROP COLUMN cable_id")
