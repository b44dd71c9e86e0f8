"""Settling has a term, contracts can be corrected and have prices by structure, what ends is not removed at once.

Revision ID: 0049
Revises: 0048
"""

from alembic import op

from migrations.helpers import begin_change, seed_terms

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

_CONVENTION = "Quy ước của hệ thống"
TERMS = (
    ("colocation.settlement", "2000-01-01", 30, "calendar_day", [10, 5, 0], _CONVENTION, True),
    ("occupation.settlement", "2000-01-01", 30, "calendar_day", [10, 5, 0], _CONVENTION, True),
    # Reminded as before about sixty, twenty and five days before the end of the contract, and then up to the end.
    ("agreement.grace", "2000-01-01", 15, "calendar_day", [70, 30, 15, 10, 5, 0], _CONVENTION, True),
)
FORMER_END = ("agreement.end", "2000-01-01", 1, "calendar_day", [60, 20, 5], "Thời hạn theo hợp đồng", False)
COLUMNS = (
    ("colocation_item", "agreed_price_vnd", "numeric(15, 0)"),
    ("colocation_agreement", "correction_by", "varchar(40)"),
    ("colocation_agreement", "correction", "jsonb"),
    ("colocation_agreement", "correction_reason", "text"),
    ("case_clock", "extra_unit", "varchar(40)"),
)
_STATES = (
    "'draft', 'under_review', 'surveying', 'returned', 'overdue', 'offered', 'upgrading', 'escalated',"
    " 'price_consultation', {more}'accepted', 'rejected', 'decided', 'contracted', 'withdrawn', 'expired', 'closed'"
)
_UNDECIDED = (
    "state NOT IN ('draft', 'under_review', 'surveying', 'returned', 'overdue', 'offered', 'upgrading', 'escalated',"
    " 'price_consultation'{more}) OR decided_at IS NULL"
)
ADDED = (
    ("colocation_item", "agreed_price", "agreed_price_vnd >= 0"),
    ("colocation_agreement", "correction_side", "correction_by IN ('owner', 'requester')"),
    (
        "colocation_agreement",
        "correction",
        "num_nulls(correction_by, correction, correction_reason) IN (0, 3)"
        " AND (correction_by IS NULL OR state IN ('contracted', 'installing', 'installed', 'active'))",
    ),
    ("case_clock", "term_unit", "extra_unit IN ('working_day', 'calendar_day', 'month')"),
)


def _set_states(late: str, undecided: str) -> None:
    for name, check in (
        ("colocation_state", f"state IN ({_STATES.format(more=late)})"),
        ("not_yet_decided", _UNDECIDED.format(more=undecided)),
    ):
        op.execute(f"ALTER TABLE colocation_request DROP CONSTRAINT ck_colocation_request_{name}")
        op.execute(f"ALTER TABLE colocation_request ADD CONSTRAINT ck_colocation_request_{name} CHECK ({check})")


def upgrade() -> None:
    """Clocks of contracts go on to the end of the days that follow; what was held and never used has no first day."""
    begin_change()
    for table, column, kind in COLUMNS:
        for each in (table, f"{table}_history"):
            op.execute(f"ALTER TABLE {each} ADD COLUMN {column} {kind}")
    for table, name, check in ADDED:
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({check})")
    _set_states("'settlement_overdue', ", ", 'settlement_overdue'")
    seed_terms(TERMS)
    _move_ends("agreement.end", "agreement.grace", "+")
    op.execute("DELETE FROM legal_term WHERE key = 'agreement.end'")


def _move_ends(former: str, key: str, sign: str) -> None:
    """Let the clocks of contracts run by another term, which ends fourteen days later (`+`) or earlier (`-`)."""
    op.execute(
        f"UPDATE colocation_agreement SET due_at = due_at {sign} interval '14 days' WHERE due_at IS NOT NULL AND id IN"
        " (SELECT case_id FROM case_clock JOIN legal_term ON legal_term.id = term_id"
        f" WHERE workflow = 'agreement' AND key = '{former}' AND ended_at IS NULL)"
    )
    op.execute(
        f"UPDATE case_clock SET term_id = (SELECT id FROM legal_term WHERE key = '{key}' ORDER BY valid_from LIMIT 1),"
        f" started_at = started_at {sign} interval '1 day', due_at = due_at {sign} interval '14 days',"
        f" remind_at = remind_at {sign} interval '14 days'"
        f" WHERE term_id IN (SELECT id FROM legal_term WHERE key = '{former}')"
    )


def downgrade() -> None:
    """What was being settled late is being settled; a contract ends on its last day."""
    begin_change()
    seed_terms((FORMER_END,))
    _move_ends("agreement.grace", "agreement.end", "-")
    op.execute("DELETE FROM case_clock WHERE name = 'settlement'")
    op.execute("UPDATE colocation_request SET state = 'escalated' WHERE state = 'settlement_overdue'")
    op.execute(
        "UPDATE colocation_request SET due_at = NULL WHERE state IN ('overdue', 'escalated', 'price_consultation')"
    )
    op.execute("UPDATE occupation SET due_at = NULL WHERE state = 'disputed'")
    keys = ", ".join(f"'{row[0]}'" for row in TERMS)
    op.execute(f"DELETE FROM legal_term WHERE key IN ({keys})")
    _set_states("", "")
    for table, name, _check in ADDED:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
    for table, column, _kind in COLUMNS:
        for each in (table, f"{table}_history"):
            op.execute(f"ALTER TABLE {each} DROP COLUMN {column}")
