"""The catalogue of indicators with targets by plan and year, and the values that people enter.

Revision ID: r0007
Revises: r0006
"""

from alembic import op

from migrations.helpers import begin_change, grant, mirror_history, run_sql

revision = "r0007"
down_revision = "r0006"
branch_labels = None
depends_on = None

VERSIONED = ("indicator", "indicator_target")
MOVED = "key IN ('kpi.bts_shared_position_pct', 'kpi.underground_cable_pct')"


def upgrade() -> None:
    """The two targets that were settings become targets of the catalogue; their rows stay as withdrawn."""
    run_sql("r0007/indicators.sql")
    for table in VERSIONED:
        grant(table)
        mirror_history(table)
    grant("indicator_value", "SELECT", "INSERT")
    begin_change()
    run_sql("r0007/rows.sql")


def downgrade() -> None:
    """The two targets are settings again."""
    begin_change()
    op.execute(
        f"UPDATE dated_setting SET withdrawn_at = NULL, withdrawn_reason = NULL WHERE {MOVED}"
        " AND withdrawn_reason = 'Chuyển sang danh mục chỉ tiêu'"
    )
    for table in ("indicator_value", "indicator_target_history", "indicator_target", "indicator_history", "indicator"):
        op.execute(f"DROP TABLE {table}")
