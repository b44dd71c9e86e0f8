"""Violations: each paper with its number, addressee and day; days of delivery, remedy, complaint; annulled decisions.

Revision ID: r0048
Revises: r0047
"""

from alembic import op

from migrations.helpers import alter_versioned, begin_change, run_sql

revision = "r0048"
down_revision = "r0047"
branch_labels = None
depends_on = None

FIELDS = {
    "ended_on": "date",
    "minutes_delivered_on": "date",
    "decision_delivered_on": "date",
    "decision_form": "varchar(40)",
    "mitigating": "smallint",
    "aggravating": "smallint",
    "deputy_name": "text",
    "delegation": "text",
    "remedied_on": "date",
    "closed_on": "date",
    "reopened_on": "date",
    "duplicate_of_id": "bigint",
    "complained_on": "date",
    "complaint_accepted_on": "date",
    "complaint_level": "smallint",
    "state_before_complaint": "text",
    "paid_vnd": "numeric(15, 0)",
    "deferred_until": "date",
    "enforced_on": "date",
}
CHECKS = {
    "ended_after_act": "ended_on >= occurred_on",
    "ended_or_continuing": "ended_on IS NULL OR NOT is_continuing",
    "minutes_delivered": "minutes_delivered_on >= minutes_on",
    "decision_delivered": "decision_delivered_on >= decision_on",
    "form_of_decision": "(decision_number IS NULL) = (decision_form IS NULL)",
    "fine_of_form": "decision_form = 'fine' OR fine_vnd = 0",
    "delegation": "(deputy_name IS NULL) = (delegation IS NULL)",
    "remedied_after_decision": "remedied_on >= decision_on",
    "enforced_after_decision": "enforced_on >= decision_on",
    "duplicate": "duplicate_of_id <> id",
    "complaint_level": "complaint_level BETWEEN 1 AND 2",
    "complained": "state <> 'appealed' OR num_nulls(complained_on, complaint_level, state_before_complaint) = 0",
}
OPEN = "'reported', 'verifying', 'time_barred', 'open_finding', 'complex', 'minutes_overdue'"
SERVED = "'minutes_made', 'transferred', 'decision_overdue', 'explaining'"
DECIDED = "'decided', 'appealed', 'remedying', 'remedied', 'remedy_overdue'"


def upgrade() -> None:
    alter_versioned("violation", ", ".join(f"ADD COLUMN {name} {kind}" for name, kind in FIELDS.items()))
    _allow(OPEN, "'not_violation', 'annulled'")
    begin_change()
    run_sql("r0048/violations.sql")
    op.execute(
        "ALTER TABLE violation"
        " ADD CONSTRAINT fk_violation_duplicate_of_id FOREIGN KEY (duplicate_of_id) REFERENCES violation (id),"
        " ADD CONSTRAINT ck_violation_decision_form"
        " CHECK (decision_form IN ('fine', 'warning', 'remedies_only')), "
        + ", ".join(f"ADD CONSTRAINT ck_violation_{name} CHECK ({check})" for name, check in CHECKS.items())
    )
    run_sql("r0048/papers.sql")


def downgrade() -> None:
    """Annulled decisions go back to cases with minutes, later complaints and dismissals are closed."""
    begin_change()
    run_sql("r0048/papers_down.sql")
    op.execute(
        "ALTER TABLE violation DROP CONSTRAINT ck_violation_decision_form, DROP CONSTRAINT"
        " fk_violation_duplicate_of_id, " + ", ".join(f"DROP CONSTRAINT ck_violation_{name}" for name in CHECKS)
    )
    op.execute("UPDATE violation SET state = 'minutes_made' WHERE state = 'annulled'")
    op.execute("UPDATE violation SET state = 'closed' WHERE state = 'not_violation' AND minutes_number IS NOT NULL")
    _allow(f"{OPEN}, 'not_violation'", "'not_violation'")
    alter_versioned("violation", ", ".join(f"DROP COLUMN {name}" for name in FIELDS))


def _allow(before_minutes: str, without_decision: str) -> None:
    annulled = ", 'annulled'" if "annulled" in without_decision else ""
    checks = {
        "violation_state": f"state IN ({OPEN}, {SERVED}, {DECIDED}, 'not_violation', 'closed'{annulled})",
        "minutes_made": f"state NOT IN ({SERVED}, {DECIDED}{annulled}) OR minutes_number IS NOT NULL",
        "minutes_not_made": f"state NOT IN ({before_minutes}) OR minutes_number IS NULL",
        "not_yet_decided": f"state NOT IN ({OPEN}, {SERVED}, {without_decision}) OR decision_number IS NULL",
    }
    for name, check in checks.items():
        op.execute(
            f"ALTER TABLE violation DROP CONSTRAINT ck_violation_{name},"
            f" ADD CONSTRAINT ck_violation_{name} CHECK ({check})"
        )
