"""What the search of the whole site needs to be quick: own codes, names of streets, numbers and titles of cases.

Revision ID: 0028
Revises: 0027
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_CASES = ("colocation_request", "route_item", "violation")
_TRIGRAMS = (
    ("ix_street_words", "street", "(fold(coalesce(code, '') || ' ' || name)) gin_trgm_ops"),
    *((f"ix_{table}_words", table, "(fold(coalesce(number, '') || ' ' || title)) gin_trgm_ops") for table in _CASES),
)


def upgrade() -> None:
    """Indexes only; the names of structures and organisations have theirs."""
    op.execute("CREATE INDEX ix_structure_folded_own_code ON structure (fold(own_code))")
    for name, table, words in _TRIGRAMS:
        op.execute(f"CREATE INDEX {name} ON {table} USING gin ({words})")


def downgrade() -> None:
    """The answers stay the same."""
    op.execute("DROP INDEX ix_structure_folded_own_code")
    for name, _table, _words in _TRIGRAMS:
        op.execute(f"DROP INDEX {name}")
