"""Every version of a history belongs to an event; deletions are named; rows of the catalogue can be withdrawn.

Revision ID: r0005
Revises: r0004
"""

from alembic import op

from migrations.events import record_unbound
from migrations.helpers import begin_change, run_sql

revision = "r0005"
down_revision = "r0004"
branch_labels = None
depends_on = None

KEYS = {"violation_kind": "code", "violation_competence": "authority"}


def upgrade() -> None:
    """A withdrawn row leaves its day to another one; what earlier revisions wrote gets its events."""
    for table, key in KEYS.items():
        for name in (table, f"{table}_history"):
            op.execute(f"ALTER TABLE {name} ADD COLUMN withdrawn_at timestamptz, ADD COLUMN withdrawn_reason text")
        unique = f"uq_{table}_{key}_valid_from"
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {unique}")
        op.execute(f"CREATE UNIQUE INDEX {unique} ON {table} ({key}, valid_from) WHERE withdrawn_at IS NULL")
    run_sql("r0005/record_history.sql")
    record_unbound(op.get_bind())


def downgrade() -> None:
    """Withdrawn rows are left out: before this revision a row could not be withdrawn."""
    begin_change()
    for table, key in KEYS.items():
        op.execute(f"DELETE FROM {table} WHERE withdrawn_at IS NOT NULL")
        unique = f"uq_{table}_{key}_valid_from"
        op.execute(f"DROP INDEX {unique}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {unique} UNIQUE ({key}, valid_from)")
        for name in (table, f"{table}_history"):
            op.execute(f"ALTER TABLE {name} DROP COLUMN withdrawn_at, DROP COLUMN withdrawn_reason")
    run_sql("r0005/record_history_before.sql")
