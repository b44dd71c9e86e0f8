"""The day from which passive telecom works need no building permit, as a dated setting.

Revision ID: 0009
Revises: 0008
"""

from alembic import op

from migrations.helpers import seed_settings

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

#: The value is itself a day, so it is readable on every day: works of an earlier start are judged by it too.
SETTINGS = (
    (
        "permit.exempt_from",
        "2000-01-01",
        "2026-01-01",
        "Luật Xây dựng 135/2025/QH15 Điều 43 khoản 2, 3",
        True,
    ),
)


def upgrade() -> None:
    """One setting; the rule that reads it warns and never blocks."""
    seed_settings(SETTINGS)


def downgrade() -> None:
    """Every row of the setting goes, also those of later days; its history stays."""
    op.execute(
        "SELECT set_config('registry.now', now()::text, true), set_config('registry.effective_at', now()::text, true),"
        " set_config('registry.change_id', nextval('change_id_seq')::text, true)"
    )
    keys = ", ".join(f"'{row[0]}'" for row in SETTINGS)
    op.execute(f"DELETE FROM dated_setting WHERE key IN ({keys})")
