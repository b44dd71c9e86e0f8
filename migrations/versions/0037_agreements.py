"""Co-location from request to removal: surveys, offers, decisions with a price, agreements, messages, owners' terms.

Revision ID: 0037
Revises: 0036
"""

from alembic import op

from migrations.helpers import begin_change, grant, mirror_history, run_sql, seed_terms

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

TABLES = ("colocation_offer", "colocation_agreement", "colocation_as_built", "case_message")
#: Table, column, type.
ADDED = (
    ("colocation_request", "kind", "varchar(40)"),
    ("colocation_request", "upgrade_by", "date"),
    ("colocation_request", "decided_price_vnd", "numeric(15, 0)"),
    ("colocation_request", "decided_price_period", "varchar(40)"),
    ("colocation_item", "replaces_entry_id", "bigint"),
    ("legal_term", "organisation_id", "bigint"),
)
FOREIGN = (
    ("colocation_item", "replaces_entry_id", "capacity_entry"),
    ("legal_term", "organisation_id", "organisation"),
)
_EXPLAINED = "(char_length(btrim(evidence)) > 0 AND char_length(btrim(answer)) > 0) IS TRUE"
#: Constraint of a table: what it says from now on, and what it said before (None: it was not there).
CHECKS: tuple[tuple[str, str, str | None, str | None], ...] = (
    (
        "colocation_request",
        "decided",
        "state NOT IN ('accepted', 'rejected', 'decided', 'contracted', 'expired', 'closed') OR decided_at IS NOT NULL",
        "state NOT IN ('accepted', 'rejected', 'decided', 'expired', 'closed') OR decided_at IS NOT NULL",
    ),
    (
        "colocation_request",
        "not_yet_decided",
        "state NOT IN ('draft', 'under_review', 'surveying', 'returned', 'overdue', 'offered', 'upgrading',"
        " 'escalated', 'price_consultation') OR decided_at IS NULL",
        "state NOT IN ('draft', 'under_review', 'returned', 'overdue', 'escalated') OR decided_at IS NULL",
    ),
    (
        "colocation_request",
        "colocation_state",
        "state IN ('draft', 'under_review', 'surveying', 'returned', 'overdue', 'offered', 'upgrading', 'escalated',"
        " 'price_consultation', 'accepted', 'rejected', 'decided', 'contracted', 'withdrawn', 'expired', 'closed')",
        "state IN ('draft', 'under_review', 'returned', 'overdue', 'escalated', 'accepted', 'rejected', 'decided',"
        " 'withdrawn', 'expired', 'closed')",
    ),
    ("colocation_request", "upgrade_by", "state <> 'upgrading' OR upgrade_by IS NOT NULL", None),
    (
        "colocation_request",
        "price",
        "(decided_price_vnd IS NULL) = (decided_price_period IS NULL) AND decided_price_vnd >= 0",
        None,
    ),
    ("colocation_request", "request_kind", "kind IN ('new', 'add', 'modify', 'remove')", None),
    ("colocation_request", "price_period", "decided_price_period IN ('month', 'quarter', 'year', 'once')", None),
    (
        "colocation_item",
        "accepted_is_reserved",
        "decision <> 'accepted' OR entry_id IS NOT NULL OR replaces_entry_id IS NOT NULL",
        "(decision = 'accepted') = (entry_id IS NOT NULL)",
    ),
    ("colocation_item", "reserved_is_accepted", "entry_id IS NULL OR decision = 'accepted'", None),
    (
        "colocation_item",
        "rejected_has_ground",
        "(decision IN ('rejected', 'offered', 'upgrading')) = (ground IS NOT NULL)",
        "(decision = 'rejected') = (ground IS NOT NULL)",
    ),
    (
        "colocation_item",
        "rejected_is_explained",
        f"decision NOT IN ('rejected', 'offered') OR {_EXPLAINED}",
        f"decision <> 'rejected' OR {_EXPLAINED}",
    ),
    (
        "colocation_item",
        "item_decision",
        "decision IN ('pending', 'offered', 'upgrading', 'accepted', 'rejected')",
        "decision IN ('pending', 'accepted', 'rejected')",
    ),
)
_BAC_NINH = "QĐ 72/2025/QĐ-UBND Bắc Ninh"
_CONVENTION = "Quy ước của hệ thống"
TERMS = (
    ("colocation.survey", "2000-01-01", 15, "calendar_day", [2, 1, 0], f"{_BAC_NINH}, Đ7.4", True),
    ("colocation.extension", "2000-01-01", 15, "working_day", [], f"{_BAC_NINH}, Đ28.2", True),
    ("colocation.offer", "2000-01-01", 10, "working_day", [3, 1, 0], _CONVENTION, True),
    ("colocation.upgrade", "2000-01-01", 5, "working_day", [2, 0], _CONVENTION, True),
    ("colocation.reservation_extension", "2000-01-01", 6, "month", [], f"{_BAC_NINH}, Đ19.2", True),
    ("agreement.confirmation", "2000-01-01", 7, "working_day", [2, 0], _CONVENTION, True),
    ("agreement.end", "2000-01-01", 1, "calendar_day", [60, 20, 5], "Thời hạn theo hợp đồng", False),
    ("agreement.removal", "2000-01-01", 30, "calendar_day", [10, 5, 0], _CONVENTION, True),
)
#: State that a request goes back to where the older program does not know its own.
FORMER = {
    "surveying": "under_review",
    "offered": "under_review",
    "upgrading": "under_review",
    "price_consultation": "escalated",
    "contracted": "accepted",
}


def _set_checks(position: int) -> None:
    for table, name, *said in CHECKS:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS ck_{table}_{name}")
        if said[position] is not None:
            op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({said[position]})")


def upgrade() -> None:
    """Requests so far were all for something new."""
    begin_change()
    for table, column, kind in ADDED:
        for each in (table, f"{table}_history"):
            op.execute(f"ALTER TABLE {each} ADD COLUMN {column} {kind}")
    op.execute("UPDATE colocation_request SET kind = 'new'")
    op.execute("ALTER TABLE colocation_request ALTER COLUMN kind SET NOT NULL")
    for table, column, target in FOREIGN:
        op.create_foreign_key(f"fk_{table}_{column}", table, target, [column], ["id"])
    op.execute(
        "ALTER TABLE legal_term DROP CONSTRAINT uq_legal_term_key_valid_from,"
        " ADD CONSTRAINT uq_legal_term_key_organisation_id_valid_from"
        " UNIQUE NULLS NOT DISTINCT (key, organisation_id, valid_from)"
    )
    _set_checks(0)
    run_sql("0037_agreements.sql")
    for table in TABLES:
        mirror_history(table)
        grant(table)
        grant(f"{table}_history", "SELECT")
    seed_terms(TERMS)


def downgrade() -> None:
    """Cases go back to the states that the older program knows; what hangs by an agreement stays in the ledger."""
    begin_change()
    keys = ", ".join(f"'{row[0]}'" for row in TERMS)
    op.execute("DELETE FROM case_clock WHERE workflow = 'agreement'")
    op.execute(
        "UPDATE case_clock SET term_id = (SELECT id FROM legal_term WHERE key = 'colocation.answer'"
        " AND organisation_id IS NULL ORDER BY valid_from LIMIT 1)"
        f" WHERE term_id IN (SELECT id FROM legal_term WHERE key IN ({keys}) OR organisation_id IS NOT NULL)"
    )
    op.execute(f"DELETE FROM legal_term WHERE key IN ({keys}) OR organisation_id IS NOT NULL")
    op.execute(
        "UPDATE colocation_item SET decision = 'pending', ground = NULL, evidence = NULL, answer = NULL,"
        " decided_at = NULL, decided_by_id = NULL"
        " WHERE decision IN ('offered', 'upgrading') OR (decision = 'accepted' AND entry_id IS NULL)"
    )
    op.execute(
        "UPDATE colocation_request SET state = 'withdrawn' WHERE kind IN ('modify', 'remove') AND state <> 'draft'"
    )
    for state, former in FORMER.items():
        op.execute(f"UPDATE colocation_request SET state = '{former}' WHERE state = '{state}'")
    _set_checks(1)
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}, {table}_history CASCADE")
    op.execute("ALTER TABLE legal_term DROP CONSTRAINT uq_legal_term_key_organisation_id_valid_from")
    for table, column, _kind in ADDED:
        for each in (f"{table}_history", table):
            op.execute(f"ALTER TABLE {each} DROP COLUMN {column}")
    op.execute("ALTER TABLE legal_term ADD CONSTRAINT uq_legal_term_key_valid_from UNIQUE (key, valid_from)")
