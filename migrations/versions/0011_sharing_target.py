"""The target of shared BTS positions, as a dated setting: plans follow each other.

Revision ID: 0011
Revises: 0010
"""

from alembic import op

from migrations.helpers import begin_change, seed_settings

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

#: The figures of the later plans (253/KH-UBND of 2024, 178/KH-UBND of 2025) have not been seen: to be verified.
SETTINGS = (("kpi.bts_shared_position_pct", "2000-01-01", 15, "Kế hoạch 225/KH-UBND ngày 15/9/2023, mục 3.1", True),)


def upgrade() -> None:
    """One setting; a later plan is a later row."""
    seed_settings(SETTINGS)


def downgrade() -> None:
    """Every row of the setting goes; its history stays."""
    begin_change()
    op.execute("DELETE FROM dated_setting WHERE key = 'kpi.bts_shared_position_pct'")
