"""What the program draws itself on the map, and from what; groups of structures stand at the mean of their places.

Revision ID: r0006
Revises: r0005
"""

from alembic import op

from migrations.helpers import grant, run_sql

revision = "r0006"
down_revision = "r0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The first start of this version draws both; layers that are there were imported."""
    op.execute(
        "CREATE TABLE approximate_outlines (id BOOLEAN NOT NULL, made_as TEXT NOT NULL, drawn_at TIMESTAMPTZ NOT NULL,"
        " CONSTRAINT pk_approximate_outlines PRIMARY KEY (id), CONSTRAINT ck_approximate_outlines_single CHECK (id))"
    )
    grant("approximate_outlines")
    op.execute("ALTER TABLE basemap_layer ADD COLUMN made_as TEXT")
    run_sql("r0006/counts.sql")


def downgrade() -> None:
    run_sql("r0006/counts_before.sql")
    for table in ("structure_tally", "structure_tally_change"):
        op.execute(f"ALTER TABLE {table} DROP COLUMN lon_sum, DROP COLUMN lat_sum")
    op.execute("DROP FUNCTION micro(double precision)")
    op.execute("DELETE FROM basemap_feature USING basemap_layer WHERE layer = code AND made_as IS NOT NULL")
    op.execute("DELETE FROM basemap_layer WHERE made_as IS NOT NULL")
    op.execute("ALTER TABLE basemap_layer DROP COLUMN made_as")
    op.execute("DROP TABLE approximate_outlines")
