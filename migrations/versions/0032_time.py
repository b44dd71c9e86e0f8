"""Time travel: changes that hold from a past day, structures that are gone, versions by place.

Revision ID: 0032
Revises: 0031
"""

from alembic import op

from migrations.helpers import grant, run_sql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

READER = "registry_position_reader"
#: Names as they were known, which the past is shown with.
NAMED = ("organisation", "organisation_alias", "admin_unit")


def upgrade() -> None:
    """History that stands is as it was; only what is written from now on can hold from a past day."""
    run_sql("0032_time.sql")
    grant("structure_gone", "SELECT")
    op.execute(f"GRANT SELECT ON structure_gone TO {READER}")
    for table in NAMED:
        op.execute(f"GRANT SELECT ON {table}_history TO {READER}")


def downgrade() -> None:
    """Versions that held from a past day stay in the history, where nobody asks since when they held."""
    for table in NAMED:
        op.execute(f"REVOKE SELECT ON {table}_history FROM {READER}")
    run_sql("0032_former_history.sql")
    op.execute("DROP FUNCTION correction_of(oid, text)")
    op.execute("DROP TRIGGER remember_gone ON structure")
    op.execute("DROP FUNCTION remember_gone()")
    op.execute("DROP TABLE structure_gone")
    op.execute("DROP INDEX ix_structure_history_geom")
