"""Agreements: end by agreement, notice of one side, rent by line in renewals, items that left their contract.

Revision ID: r0031
Revises: r0030
"""

from alembic import op

from migrations.helpers import alter_versioned, begin_change

revision = "r0031"
down_revision = "r0030"
branch_labels = None
depends_on = None

_TABLE = "colocation_agreement"
_STATES = (
    *("contracting", "proposed", "contracted", "installing", "installed", "active", "disputed", "price_consultation"),
    *("removing", "removal_reported", "removal_overdue", "terminated", "expired"),
)
_SIDES = "('owner', 'requester')"
_COMPLETE = (
    "contract_number IS NOT NULL AND signed_on IS NOT NULL AND starts_on IS NOT NULL AND ends_on IS NOT NULL"
    " AND price_vnd IS NOT NULL AND price_period IS NOT NULL AND technical_conditions IS NOT NULL"
    " AND duties IS NOT NULL"
)
_WAITS = "state = 'active' AND num_nulls(renewal_number, renewal_ends_on) = 0 AND renewal_ends_on > ends_on"


def upgrade() -> None:
    alter_versioned(
        _TABLE,
        "ADD COLUMN renewal_lines jsonb, ADD COLUMN ending_by varchar(40), ADD COLUMN ending_reason text,"
        " ADD COLUMN notice_by varchar(40), ADD COLUMN notice_ground varchar(40), ADD COLUMN notice_reason text",
    )
    alter_versioned("colocation_item", "ADD COLUMN returned_on date")
    _check_states((*_STATES, "ending"), ", 'ending'")
    _replace(
        "renewal",
        "CASE WHEN renewal_by IS NULL"
        " THEN num_nonnulls(renewal_number, renewal_ends_on, renewal_price_vnd, renewal_lines) = 0"
        f" ELSE {_WAITS} END",
    )
    _add("ending_side", f"ending_by IN {_SIDES}")
    _add("notice_side", f"notice_by IN {_SIDES}")
    _add("ending_ground", "notice_ground IN ('breach', 'clause', 'law')")
    _add(
        "ending",
        "num_nulls(ending_by, ending_reason) IN (0, 2)"
        " AND (ending_by IS NULL OR state IN ('contracted', 'installing', 'installed', 'active'))",
    )
    _add(
        "notice",
        "num_nulls(notice_by, notice_ground, notice_reason) IN (0, 3) AND (state <> 'ending' OR notice_by IS NOT NULL)",
    )
    begin_change()
    op.execute(
        "INSERT INTO legal_term (key, valid_from, length, unit, reminders, citation, needs_verification) VALUES"
        " ('agreement.notice', '2000-01-01', 30, 'calendar_day', '{10,5,0}', 'Quy ước của hệ thống', true)"
    )


def downgrade() -> None:
    """A contract under notice goes back to use; the notice goes with its columns."""
    begin_change()
    op.execute("DELETE FROM case_clock WHERE workflow = 'agreement' AND name = 'notice'")
    op.execute("DELETE FROM legal_term WHERE key = 'agreement.notice'")
    op.execute(f"UPDATE {_TABLE} SET state = 'active' WHERE state = 'ending'")
    op.execute(f"UPDATE {_TABLE} SET disputed_from = 'active' WHERE disputed_from = 'ending'")
    for name in ("ending", "notice", "ending_side", "notice_side", "ending_ground"):
        op.execute(f"ALTER TABLE {_TABLE} DROP CONSTRAINT ck_{_TABLE}_{name}")
    _check_states(_STATES, "")
    _replace(
        "renewal",
        "CASE WHEN renewal_by IS NULL THEN num_nonnulls(renewal_number, renewal_ends_on, renewal_price_vnd) = 0"
        f" ELSE {_WAITS} END",
    )
    alter_versioned("colocation_item", "DROP COLUMN returned_on")
    alter_versioned(
        _TABLE,
        "DROP COLUMN renewal_lines, DROP COLUMN ending_by, DROP COLUMN ending_reason, DROP COLUMN notice_by,"
        " DROP COLUMN notice_ground, DROP COLUMN notice_reason",
    )


def _check_states(states: tuple[str, ...], more: str) -> None:
    """The checks that list states; `more` continues the list of those under contract."""
    _replace("agreement_state", f"state IN ({', '.join(repr(state) for state in states)})")
    _replace(
        "complete_if_contracted",
        f"state NOT IN ('contracted', 'installing', 'installed', 'active'{more}) OR ({_COMPLETE})",
    )
    _replace("installed", f"state NOT IN ('installed', 'active'{more}) OR installed_on IS NOT NULL")


def _replace(name: str, condition: str) -> None:
    op.execute(f"ALTER TABLE {_TABLE} DROP CONSTRAINT ck_{_TABLE}_{name}")
    _add(name, condition)


def _add(name: str, condition: str) -> None:
    op.execute(f"ALTER TABLE {_TABLE} ADD CONSTRAINT ck_{_TABLE}_{name} CHECK ({condition})")
