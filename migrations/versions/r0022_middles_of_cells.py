"""An index of the middles of public cells, for the nearest of them.

Revision ID: r0022
Revises: r0021
"""

from alembic import op

revision = "r0022"
down_revision = "r0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX ix_structure_cell_middle ON structure_cell USING gist (ST_Centroid(cells))")


def downgrade() -> None:
    op.drop_index("ix_structure_cell_middle", "structure_cell")
