"""Lines of streets, and the settings by which a planned route is measured and priced.

Revision ID: 0030
Revises: 0029
"""

from alembic import op

from migrations.helpers import begin_change, grant, mirror_history, run_sql, seed_settings

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_CONVENTION = "Quy ước của hệ thống, chưa có văn bản"
_PRICES = {
    "pulled_cables": 60_000,
    "laid_cables": 60_000,
    "hung_cables": 30_000,
    "street": 1_000_000,
    "elsewhere": 1_500_000,
}
SETTINGS = (
    # A structure this near runs along the route, where it leads the same way within so many degrees.
    ("planned_route.corridor_m", "2000-01-01", 15, _CONVENTION, True),
    ("planned_route.parallel_deg", "2000-01-01", 30, _CONVENTION, True),
    # A cable hangs from pole to pole this far; shorter gaps are no gaps, and shorter stretches are not worth it.
    ("planned_route.span_m", "2000-01-01", 60, _CONVENTION, True),
    ("planned_route.join_m", "2000-01-01", 10, _CONVENTION, True),
    ("planned_route.least_stretch_m", "2000-01-01", 20, _CONVENTION, True),
    # Beyond these an answer would take too long.
    ("planned_route.most_line_m", "2000-01-01", 50_000, _CONVENTION, True),
    ("planned_route.most_distance_m", "2000-01-01", 20_000, _CONVENTION, True),
    ("planned_route.most_nodes", "2000-01-01", 10_000, _CONVENTION, True),
    # How far beside the straight line a path may lead: so many metres at least, or this share of its length.
    ("planned_route.detour", "2000-01-01", {"least_m": 1_000, "share": 0.25}, _CONVENTION, True),
    # Dong a metre: rent and cabling along what stands, digging along a street and elsewhere.
    ("planned_route.price_vnd_m", "2000-01-01", _PRICES, "Ước tính của hệ thống, chưa có bảng giá", True),
)


def upgrade() -> None:
    """Lines are replaced when a newer file of the same source comes, so they may be deleted."""
    run_sql("0030_planned_routes.sql")
    mirror_history("street_line")
    grant("street_line", "SELECT", "INSERT", "UPDATE", "DELETE")
    grant("street_line_history", "SELECT")
    seed_settings(SETTINGS)


def downgrade() -> None:
    """The streets stay, without their lines; the history of the settings stays."""
    begin_change()
    op.execute("DELETE FROM dated_setting WHERE key LIKE 'planned_route.%'")
    op.execute("DROP TABLE street_line, street_line_history")
