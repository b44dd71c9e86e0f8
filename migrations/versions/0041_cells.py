"""How many structures stand for each set of public cells.

Revision ID: 0041
Revises: 0040
"""

from alembic import op

from migrations.helpers import run_sql

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables beside the counts by squares, kept by the same triggers; what stands already is counted once."""
    run_sql("0041_cells.sql")
    op.execute("SELECT count_structures_anew()")


def downgrade() -> None:
    """The counts by squares alone, made anew by the functions of before."""
    for what in ("insert", "update", "delete"):
        op.execute(f"DROP TRIGGER tally_{what} ON structure")
    op.execute("DROP FUNCTION tally_rows(), tally_moves(), count_structures_anew(), add_up_structures()")
    op.execute("DROP FUNCTION cells_key(geometry), square_x(geometry), square_y(geometry)")
    op.execute("DROP TABLE structure_cell_tally, structure_cell")
    op.execute("DROP TABLE structure_tally_change, structure_tally, structure_class")
    run_sql("0035_tally.sql")
    op.execute("SELECT count_structures_anew()")
