"""Lists of structures also leave as networks of the Open Fibre Data Standard.

Revision ID: 0025
Revises: 0024
"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

FORMATS = ("csv", "xlsx", "geojson", "gpkg", "kml", "shp")
MORE = ("ofds", "ofds_geojson")


def _formats(names: tuple[str, ...]) -> None:
    op.execute("ALTER TABLE export_job DROP CONSTRAINT ck_export_job_file_format")
    listed = ", ".join(f"'{name}'" for name in names)
    op.execute(f"ALTER TABLE export_job ADD CONSTRAINT ck_export_job_file_format CHECK (file_format IN ({listed}))")


def upgrade() -> None:
    """Two more formats."""
    _formats((*FORMATS, *MORE))


def downgrade() -> None:
    """Rows of the newer formats name files that nothing can make any more."""
    op.execute("DELETE FROM export_job WHERE file_format IN ('ofds', 'ofds_geojson')")
    _formats(FORMATS)
