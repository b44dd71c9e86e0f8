"""What is shareable near a planned site is found nearest first, and how far apart masts must stand.

Revision ID: 0033
Revises: 0032
"""

from alembic import op

from migrations.helpers import begin_change, seed_settings

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

INDEX = "ix_structure_published_near"
_CONVENTION = "Quy ước của hệ thống, chưa có văn bản"
#: Another province's rule, for want of one of Thanh Hóa: metres between masts of different operators and of the same.
#: `units` is for communes that get figures of their own, by code.
SPACING = {
    "urban": {"different": 120, "same": 300},
    "other": {"different": 250, "same": 450},
    "exempt_height_m": 3,
    "units": {},
}
SETTINGS = (
    ("planned_sites.radius_m", "2000-01-01", {"usual": 500, "most": 5000}, _CONVENTION, True),
    (
        "planned_sites.mast_spacing",
        "2025-12-01",
        SPACING,
        "Tham khảo Quyết định 72/2025/QĐ-UBND tỉnh Bắc Ninh, Đ.15 khoản 5; chưa tìm thấy quy định của Thanh Hóa",
        True,
    ),
    ("planned_sites.questions_a_day", "2000-01-01", 100, _CONVENTION, True),
)


def upgrade() -> None:
    """One index and three settings."""
    op.create_index(INDEX, "structure", ["kind", "geom_m"], postgresql_using="gist", postgresql_where="is_published")
    seed_settings(SETTINGS)


def downgrade() -> None:
    """Every row of the settings goes, also those of later days; its history stays."""
    begin_change()
    op.execute("DELETE FROM dated_setting WHERE key LIKE 'planned_sites.%'")
    op.drop_index(INDEX, "structure")
