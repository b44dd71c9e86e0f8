"""A renewal is proposed by one side and confirmed by the other; what ended unused has nothing to remove.

Revision ID: 0046
Revises: 0045
"""

from alembic import op

from migrations.helpers import begin_change, seed_settings

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

TABLES = ("colocation_agreement", "colocation_agreement_history")
ADDED = {
    "annex_number": "text",
    "renewal_by": "varchar(40)",
    "renewal_number": "text",
    "renewal_ends_on": "date",
    "renewal_price_vnd": "numeric(15, 0)",
}
CHECKS = {
    "agreement_side": "renewal_by IN ('owner', 'requester')",
    "renewal": (
        "CASE WHEN renewal_by IS NULL THEN num_nonnulls(renewal_number, renewal_ends_on, renewal_price_vnd) = 0"
        " ELSE state = 'active' AND num_nulls(renewal_number, renewal_ends_on) = 0 AND renewal_ends_on > ends_on END"
    ),
    "renewal_price": "renewal_price_vnd >= 0 AND (NOT is_defence OR renewal_price_vnd = 0)",
}
REMOVED = "state NOT IN ('removal_reported', 'terminated') OR removed_on IS NOT NULL"
NEVER_INSTALLED = "(state = 'terminated' AND installed_on IS NULL)"
LONGEST = "agreement.longest_years"


def _set_removed(check: str) -> None:
    op.execute("ALTER TABLE colocation_agreement DROP CONSTRAINT ck_colocation_agreement_removed")
    op.execute(f"ALTER TABLE colocation_agreement ADD CONSTRAINT ck_colocation_agreement_removed CHECK ({check})")


def upgrade() -> None:
    """Columns of the proposal, the number of the annex, and how long a contract may run."""
    for table in TABLES:
        for column, kind in ADDED.items():
            op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
    for name, check in CHECKS.items():
        op.execute(f"ALTER TABLE colocation_agreement ADD CONSTRAINT ck_colocation_agreement_{name} CHECK ({check})")
    _set_removed(f"{REMOVED} OR {NEVER_INSTALLED}")
    seed_settings(((LONGEST, "2000-01-01", 30, "Quy ước của hệ thống, chưa có văn bản", True),))


def downgrade() -> None:
    """Without proposals; what ended unused was removed on the day of its end."""
    begin_change()
    op.execute(
        "UPDATE colocation_agreement SET removed_on = (state_since AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"
        " WHERE state = 'terminated' AND removed_on IS NULL"
    )
    _set_removed(REMOVED)
    for table in TABLES:
        for column in ADDED:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    op.execute(f"DELETE FROM dated_setting WHERE key = '{LONGEST}'")
