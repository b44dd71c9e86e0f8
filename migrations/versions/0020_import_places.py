"""Where each row of an import lies, so that the preview can draw it on a map.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Empty for batches that were checked before: the next check fills it."""
    op.add_column("import_result", sa.Column("place", Geometry("GEOMETRY", srid=4326, spatial_index=False)))


def downgrade() -> None:
    """Results are working data; nothing else is lost."""
    op.drop_column("import_result", "place")
