"""Tariffs: what owners take for their structures, where and from when; what is out of line with like ones.

Revision ID: 0039
Revises: 0038
"""

from alembic import op

from migrations.helpers import begin_change, grant, mirror_history, run_sql, seed_settings

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

SETTINGS = (
    # Times the median; texts, so that they stay exact.
    (
        "tariffs.outlier",
        "2000-01-01",
        {"above": "2", "below": "0.5", "least": 5},
        "Quy ước của hệ thống, chưa có văn bản",
        True,
    ),
    # Working days after a change within which the owner publishes it.
    (
        "tariffs.publish_days",
        "2025-12-01",
        5,
        "Tham khảo Quyết định 72/2025/QĐ-UBND tỉnh Bắc Ninh, Đ.7 khoản 1-3; chưa tìm thấy quy định của Thanh Hóa",
        True,
    ),
)


def upgrade() -> None:
    """A price stays for good; nobody may delete one."""
    run_sql("0039_tariffs.sql")
    mirror_history("tariff")
    grant("tariff")
    grant("tariff_history", "SELECT")
    seed_settings(SETTINGS)


def downgrade() -> None:
    """Every row of the settings goes, also those of later days; its history stays."""
    begin_change()
    op.execute("DELETE FROM dated_setting WHERE key LIKE 'tariffs.%'")
    op.execute("DROP TABLE tariff, tariff_history")
    op.execute("DROP FUNCTION tariff_stays")
    op.execute("DROP INDEX ix_structure_public_asset")
