"""Findings of inspections, referrals with days, officer and photos; a state of violations at the prosecution.

Revision ID: r0053
Revises: r0052
"""

from alembic import op

from migrations.helpers import begin_change, grant, mirror_history, run_sql

revision = "r0053"
down_revision = "r0052"
branch_labels = None
depends_on = None

#: The state of cases that the prosecution has.
PROSECUTING = ", 'prosecuting'"
REFERRAL = ("found_on", "occurred_on", "is_continuing", "raised_by_id", "photos_kind", "photos_id")


def upgrade() -> None:
    begin_change()
    run_sql("r0053/findings.sql")
    grant("inspection_finding")
    mirror_history("inspection_finding")
    _allow(PROSECUTING)
    op.execute(
        "UPDATE violation SET state = 'prosecuting'"
        " WHERE transferred_to = 'other' AND state IN ('transferred', 'decision_overdue')"
    )
    op.execute(
        "UPDATE violation SET transferred_to = NULL"
        " WHERE transferred_to = 'other' AND state NOT IN ('prosecuting', 'closed')"
    )
    op.execute(
        "ALTER TABLE violation DROP CONSTRAINT ck_violation_transferred,"
        " ADD CONSTRAINT ck_violation_transferred"
        " CHECK (state NOT IN ('transferred', 'prosecuting') OR transferred_to IS NOT NULL),"
        " ADD CONSTRAINT ck_violation_prosecuted"
        " CHECK ((state = 'prosecuting') = (transferred_to = 'other') OR state = 'closed')"
    )


def downgrade() -> None:
    begin_change()
    for name in ("inspection_finding_history", "inspection_finding"):
        op.execute(f"DROP TABLE {name}")
    op.execute(
        "ALTER TABLE violation DROP CONSTRAINT ck_violation_prosecuted, DROP CONSTRAINT ck_violation_transferred,"
        " ADD CONSTRAINT ck_violation_transferred CHECK (state <> 'transferred' OR transferred_to IS NOT NULL)"
    )
    op.execute("UPDATE violation SET state = 'transferred' WHERE state = 'prosecuting'")
    _allow("")
    op.execute("DELETE FROM dated_setting WHERE key = 'violation.commune_fines_defence'")
    op.execute("ALTER TABLE finding " + ", ".join(f"DROP COLUMN {name}" for name in REFERRAL))


def _allow(prosecuting: str) -> None:
    opened = "'reported', 'verifying', 'time_barred', 'open_finding', 'complex', 'minutes_overdue'"
    undecided = f"'minutes_made', 'transferred', 'decision_overdue', 'explaining'{prosecuting}"
    decided = "'decided', 'appealed', 'remedying', 'remedied', 'remedy_overdue'"
    checks = {
        "violation_state": f"state IN ({opened}, {undecided}, {decided}, 'not_violation', 'annulled', 'closed')",
        "minutes_made": f"state NOT IN ({undecided}, {decided}, 'annulled') OR minutes_number IS NOT NULL",
        "not_yet_decided": (
            f"state NOT IN ({opened}, {undecided}, 'not_violation', 'annulled') OR decision_number IS NULL"
        ),
    }
    for name, check in checks.items():
        op.execute(
            f"ALTER TABLE violation DROP CONSTRAINT ck_violation_{name},"
            f" ADD CONSTRAINT ck_violation_{name} CHECK ({check})"
        )
