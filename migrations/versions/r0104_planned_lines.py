"""Lines in yearly building plans.

Revision ID: r0104
Revises: r0103
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

from migrations.helpers import begin_change

revision = "r0104"
down_revision = "r0103"
branch_labels = None
depends_on = None

_TABLE = "operator_plan_item"


def _computed(name: str, geometry: str, of: str) -> None:
    op.add_column(
        _TABLE,
        sa.Column(
            name,
            Geometry(geometry, srid=5897, spatial_index=False),
            sa.Computed(f"ST_Transform({of}, 5897)", persisted=True),
        ),
    )
    op.create_index(f"ix_{_TABLE}_{name}", _TABLE, [name], postgresql_using="gist")


def upgrade() -> None:
    begin_change()
    op.add_column(_TABLE, sa.Column("line", Geometry("LINESTRING", srid=4326, spatial_index=False)))
    op.create_check_constraint(
        op.f(f"ck_{_TABLE}_line_sound"), _TABLE, "ST_IsValid(line) AND ST_Equals(ST_StartPoint(line), place_point)"
    )
    op.drop_column(_TABLE, "place_point_m")
    _computed("shape_m", "GEOMETRY", "COALESCE(line, place_point)")


def downgrade() -> None:
    begin_change()
    # Of a line its start is left.
    op.drop_column(_TABLE, "shape_m")
    op.drop_column(_TABLE, "line")
    _computed("place_point_m", "POINT", "place_point")
