"""Settings and the catalogue of violations are kept by their officers, with a reason; law as of November 2026.

Revision ID: r0002
Revises: r0001
"""

from alembic import op

from migrations.helpers import begin_change, run_sql

revision = "r0002"
down_revision = "r0001"
branch_labels = None
depends_on = None

KEPT = ("violation_kind", "violation_competence")
BEFORE = "'unknown', 'conforms', 'deviates'"
NOW = f"{BEFORE}, 'no_plan_in_force'"


def upgrade() -> None:
    """A withdrawn row leaves its day to another one; the history has the same columns."""
    for table in ("dated_setting", "dated_setting_history"):
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN reason text, ADD COLUMN withdrawn_at timestamptz,"
            " ADD COLUMN withdrawn_reason text"
        )
    op.execute("ALTER TABLE dated_setting DROP CONSTRAINT uq_dated_setting_key_valid_from")
    op.execute(
        "CREATE UNIQUE INDEX uq_dated_setting_key_valid_from ON dated_setting (key, valid_from)"
        " WHERE withdrawn_at IS NULL"
    )
    for table in KEPT:
        for name in (table, f"{table}_history"):
            op.execute(f"ALTER TABLE {name} ADD COLUMN reason text")
    _allow_conformity(NOW)
    begin_change()
    run_sql("r0002/law.sql")


def downgrade() -> None:
    """Withdrawn rows are left out: before this revision a row could not be withdrawn."""
    begin_change()
    op.execute("UPDATE structure SET plan_conformity = 'unknown' WHERE plan_conformity = 'no_plan_in_force'")
    _allow_conformity(BEFORE)
    for table in KEPT:
        for name in (table, f"{table}_history"):
            op.execute(f"ALTER TABLE {name} DROP COLUMN reason")
    op.execute("DELETE FROM dated_setting WHERE withdrawn_at IS NOT NULL")
    op.execute("DROP INDEX uq_dated_setting_key_valid_from")
    op.execute("ALTER TABLE dated_setting ADD CONSTRAINT uq_dated_setting_key_valid_from UNIQUE (key, valid_from)")
    for table in ("dated_setting", "dated_setting_history"):
        op.execute(f"ALTER TABLE {table} DROP COLUMN reason, DROP COLUMN withdrawn_at, DROP COLUMN withdrawn_reason")


def _allow_conformity(values: str) -> None:
    op.execute(
        "ALTER TABLE structure DROP CONSTRAINT ck_structure_plan_conformity,"
        f" ADD CONSTRAINT ck_structure_plan_conformity CHECK (plan_conformity IN ({values}))"
    )
