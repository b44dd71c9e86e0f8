"""Violations: complaints with their result and term, acts with a warning, deemed delivery, the account of fines.

Revision ID: r0058
Revises: r0057
"""

from alembic import op

from migrations.helpers import alter_versioned, begin_change, run_sql

revision = "r0058"
down_revision = "r0057"
branch_labels = None
depends_on = None

OPEN = "'reported', 'verifying', 'time_barred', 'open_finding', 'complex', 'minutes_overdue'"
UNDECIDED = "'minutes_made', 'transferred', 'prosecuting', 'decision_overdue', 'explaining'"
DECIDED = "'decided', 'appealed', 'remedying', 'remedied', 'remedy_overdue'"
OVERDUE = ", 'complaint_overdue'"


def upgrade() -> None:
    alter_versioned("violation", "ADD COLUMN complaint_settled_on date")
    alter_versioned("violation_kind", "ADD COLUMN allows_warning boolean")
    _allow(OVERDUE)
    op.execute(
        "ALTER TABLE violation ADD CONSTRAINT ck_violation_complaint_settled"
        " CHECK (complaint_settled_on >= complained_on)"
    )
    begin_change()
    run_sql("r0058/terms.sql")
    run_sql("r0058/settings.sql")


def downgrade() -> None:
    """Late complaints are pending complaints again."""
    begin_change()
    run_sql("r0058/terms_down.sql")
    op.execute("UPDATE violation SET state = 'appealed' WHERE state = 'complaint_overdue'")
    op.execute("ALTER TABLE violation DROP CONSTRAINT ck_violation_complaint_settled")
    _allow("")
    alter_versioned("violation_kind", "DROP COLUMN allows_warning")
    alter_versioned("violation", "DROP COLUMN complaint_settled_on")


def _allow(overdue: str) -> None:
    checks = {
        "violation_state": (
            f"state IN ({OPEN}, {UNDECIDED}, {DECIDED}{overdue}, 'not_violation', 'annulled', 'closed')"
        ),
        "minutes_made": f"state NOT IN ({UNDECIDED}, {DECIDED}{overdue}, 'annulled') OR minutes_number IS NOT NULL",
        "decided": f"state NOT IN ({DECIDED}{overdue}) OR decision_number IS NOT NULL",
        "complained": (
            f"state NOT IN ('appealed'{overdue})"
            " OR num_nulls(complained_on, complaint_level, state_before_complaint) = 0"
        ),
    }
    for name, check in checks.items():
        op.execute(
            f"ALTER TABLE violation DROP CONSTRAINT ck_violation_{name},"
            f" ADD CONSTRAINT ck_violation_{name} CHECK ({check})"
        )
