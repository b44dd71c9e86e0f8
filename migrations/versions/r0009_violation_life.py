"""Violations: terms, findings without owner, explanation, payment, late remedies, electronic minutes, papers.

Revision ID: r0009
Revises: r0008
"""

from alembic import op

from migrations.helpers import begin_change, grant, run_sql

revision = "r0009"
down_revision = "r0008"
branch_labels = None
depends_on = None

FIELDS = {
    "owner_proved_on": "date",
    "explained_on": "date",
    "minutes_evidence": "text[]",
    "paid_on": "date",
    "receipt_number": "text",
    "complex_on": "date",
    "is_electronic": "boolean",
    "minutes_pdf": "text",
    "signed_pdf": "text",
    "signed_by": "text",
    "signed_at": "timestamptz",
}
OPEN = "'reported', 'verifying', 'not_violation', 'time_barred'"
OPEN_NOW = f"{OPEN}, 'open_finding', 'complex', 'minutes_overdue'"
SERVED = "'minutes_made', 'transferred', 'decision_overdue'"
SERVED_NOW = f"{SERVED}, 'explaining'"
DECIDED = "'decided', 'appealed', 'remedying', 'remedied'"
DECIDED_NOW = f"{DECIDED}, 'remedy_overdue'"
REMEDY = "'remedying', 'remedied'"
REMEDY_NOW = f"{REMEDY}, 'remedy_overdue'"


def upgrade() -> None:
    for name in ("violation", "violation_history"):
        added = ", ".join(f"ADD COLUMN {field} {kind}" for field, kind in FIELDS.items())
        op.execute(f"ALTER TABLE {name} {added}")
    _allow(OPEN_NOW, SERVED_NOW, DECIDED_NOW, REMEDY_NOW)
    begin_change()
    op.execute("UPDATE violation SET minutes_evidence = '{}', is_electronic = false")
    op.execute(
        "ALTER TABLE violation ALTER minutes_evidence SET NOT NULL, ALTER is_electronic SET NOT NULL,"
        " ADD CONSTRAINT ck_violation_paid_whole CHECK ((paid_on IS NULL) = (receipt_number IS NULL)),"
        " ADD CONSTRAINT ck_violation_paid_after_decision CHECK (paid_on >= decision_on),"
        " ADD CONSTRAINT ck_violation_paid_decided CHECK (paid_on IS NULL OR decision_number IS NOT NULL),"
        " ADD CONSTRAINT ck_violation_explained_after_minutes CHECK (explained_on >= minutes_on),"
        " ADD CONSTRAINT ck_violation_electronic CHECK (is_electronic OR minutes_pdf IS NULL),"
        " ADD CONSTRAINT ck_violation_signed_whole CHECK ((signed_pdf IS NULL) = (signed_by IS NULL)"
        " AND (signed_pdf IS NULL OR minutes_pdf IS NOT NULL))"
    )
    run_sql("r0009/terms.sql")
    run_sql("r0009/papers.sql")
    grant("violation_paper", "SELECT", "INSERT")


def downgrade() -> None:
    """Cases in the states of this revision go back to those that they came from."""
    begin_change()
    for state, before in (
        ("open_finding", "verifying"),
        ("complex", "verifying"),
        ("minutes_overdue", "verifying"),
        ("explaining", "minutes_made"),
        ("remedy_overdue", "remedying"),
    ):
        op.execute(f"UPDATE violation SET state = '{before}' WHERE state = '{state}'")
    op.execute("DROP TABLE violation_paper")
    op.execute("DELETE FROM dated_setting WHERE key = 'violation.photo_match'")
    for name in (
        *("paid_whole", "paid_after_decision", "paid_decided", "explained_after_minutes"),
        *("electronic", "signed_whole"),
    ):
        op.execute(f"ALTER TABLE violation DROP CONSTRAINT ck_violation_{name}")
    _allow(OPEN, SERVED, DECIDED, REMEDY)
    for name in ("violation", "violation_history"):
        op.execute(f"ALTER TABLE {name} " + ", ".join(f"DROP COLUMN {field}" for field in FIELDS))
    op.execute(
        "DELETE FROM legal_term t WHERE key IN ('violation.minutes', 'violation.minutes_complex', 'violation.explain',"
        " 'violation.decide_explained', 'violation.decide_complex', 'violation.pay', 'violation.remedy_check')"
        " AND NOT EXISTS (SELECT FROM case_clock c WHERE c.term_id = t.id)"
    )


def _allow(opened: str, served: str, decided: str, remedy: str) -> None:
    checks = {
        "violation_state": f"state IN ({opened}, {served}, {decided}, 'closed')",
        "minutes_made": f"state NOT IN ({served}, {decided}) OR minutes_number IS NOT NULL",
        "minutes_not_made": f"state NOT IN ({opened}) OR minutes_number IS NULL",
        "decided": f"state NOT IN ({decided}) OR decision_number IS NOT NULL",
        "not_yet_decided": f"state NOT IN ({opened}, {served}) OR decision_number IS NULL",
        "remedy_due": f"state NOT IN ({remedy}) OR remedy_due_on IS NOT NULL",
    }
    for name, check in checks.items():
        op.execute(
            f"ALTER TABLE violation DROP CONSTRAINT ck_violation_{name},"
            f" ADD CONSTRAINT ck_violation_{name} CHECK ({check})"
        )
