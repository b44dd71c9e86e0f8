"""The ground that maps are drawn on, places of violations for the map, and what is called little room.

Revision ID: 0031
Revises: 0030
"""

from alembic import op

from migrations.helpers import begin_change, grant, run_sql, seed_settings

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

SETTINGS = (("capacity.scarce_percent", "2000-01-01", 25, "Quy ước của hệ thống, chưa có văn bản", True),)


def upgrade() -> None:
    """Layers are replaced as a whole, so they may be deleted."""
    run_sql("0031_basemap.sql")
    for table in ("basemap_layer", "basemap_feature"):
        grant(table, "SELECT", "INSERT", "DELETE")
    seed_settings(SETTINGS)


def downgrade() -> None:
    """The ground can be loaded again."""
    begin_change()
    op.execute("DELETE FROM dated_setting WHERE key = 'capacity.scarce_percent'")
    op.execute("DROP INDEX ix_violation_place")
    op.execute("DROP TABLE basemap_feature, basemap_layer")
