"""For how many days an import can be taken back, and from which distance on a structure counts as moved.

Revision ID: 0022
Revises: 0021
"""

from alembic import op

from migrations.helpers import begin_change, seed_settings

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

SETTINGS = (
    ("imports.undo_days", "2000-01-01", 7, "Quy ước của hệ thống", True),
    ("imports.moved_m", "2000-01-01", 50, "Quy ước của hệ thống", True),
    ("imports.duplicate_m", "2000-01-01", 2, "Quy ước của hệ thống", True),
)


def upgrade() -> None:
    """Three settings."""
    seed_settings(SETTINGS)


def downgrade() -> None:
    """Every row of the settings goes, also those of later days; its history stays."""
    begin_change()
    keys = ", ".join(f"'{row[0]}'" for row in SETTINGS)
    op.execute(f"DELETE FROM dated_setting WHERE key IN ({keys})")
