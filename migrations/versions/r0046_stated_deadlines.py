"""Clocks of days that a case states itself: no term of law, reminders of their own, while a term of law is paused.

Revision ID: r0046
Revises: r0045
"""

from alembic import op

from migrations.helpers import alter_versioned, begin_change

revision = "r0046"
down_revision = "r0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    alter_versioned("case_clock", "ADD COLUMN reminders smallint[]")
    op.execute(
        "ALTER TABLE case_clock ALTER COLUMN term_id DROP NOT NULL,"
        " ADD CONSTRAINT ck_case_clock_term CHECK (num_nonnulls(term_id, reminders) = 1),"
        " ADD CONSTRAINT ck_case_clock_stated"
        " CHECK (term_id IS NOT NULL OR (due_at IS NOT NULL AND state <> 'paused' AND extra = 0))"
    )
    op.drop_index("uq_case_clock_open", "case_clock")
    # A stated day may run while one term of law is paused.
    op.create_index(
        "uq_case_clock_open",
        "case_clock",
        ["workflow", "case_id", "name"],
        unique=True,
        postgresql_where="ended_at IS NULL",
    )
    op.create_index(
        "uq_case_clock_running",
        "case_clock",
        ["workflow", "case_id"],
        unique=True,
        postgresql_where="state = 'running'",
    )


def downgrade() -> None:
    # Stated days stay without their clock; the cases have them.
    begin_change()
    op.execute("DELETE FROM case_clock WHERE term_id IS NULL")
    op.drop_index("uq_case_clock_running", "case_clock")
    op.drop_index("uq_case_clock_open", "case_clock")
    op.create_index(
        "uq_case_clock_open", "case_clock", ["workflow", "case_id"], unique=True, postgresql_where="ended_at IS NULL"
    )
    op.execute(
        "ALTER TABLE case_clock DROP CONSTRAINT ck_case_clock_term, DROP CONSTRAINT ck_case_clock_stated,"
        " ALTER COLUMN term_id SET NOT NULL"
    )
    alter_versioned("case_clock", "DROP COLUMN reminders")
