"""How many structures stand in each square of the map.

Revision ID: 0035
Revises: 0034
"""

from alembic import op

from migrations.helpers import run_sql

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Three tables, kept by triggers; what stands already is counted once."""
    run_sql("0035_tally.sql")
    op.execute("SELECT count_structures_anew()")


def downgrade() -> None:
    """Tiles count what they show."""
    for what in ("insert", "update", "delete"):
        op.execute(f"DROP TRIGGER tally_{what} ON structure")
        op.execute(f"DROP FUNCTION tally_{what}()")
    op.execute("DROP FUNCTION count_structures_anew(), add_up_structures(), square_x(geometry), square_y(geometry)")
    op.execute("DROP TABLE structure_tally_change, structure_tally, structure_class")
