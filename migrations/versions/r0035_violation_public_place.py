"""The public commune of a violation: that of the public cell of its place; titles without the recorded one.

Revision ID: r0035
Revises: r0034
"""

from alembic import op

from migrations.helpers import alter_versioned, begin_change, run_sql

revision = "r0035"
down_revision = "r0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    alter_versioned("violation", "ADD COLUMN public_unit_id BIGINT")
    op.execute(
        "ALTER TABLE violation ADD CONSTRAINT fk_violation_public_unit_id"
        " FOREIGN KEY (public_unit_id) REFERENCES admin_unit (id)"
    )
    op.create_index("ix_violation_public_unit_id_state", "violation", ["public_unit_id", "state"])
    run_sql("r0035/public_unit.sql")
    begin_change()
    run_sql("r0035/titles.sql")


def downgrade() -> None:
    """Titles stay without their commune."""
    op.execute("DROP TRIGGER keep_public_unit_of_violation ON violation")
    op.execute("DROP FUNCTION keep_public_unit_of_violation()")
    op.execute("DROP INDEX ix_violation_public_unit_id_state")
    alter_versioned("violation", "DROP COLUMN public_unit_id")
