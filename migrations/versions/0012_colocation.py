"""Requests to use others' structures, and the exact positions that open cases disclose to their parties.

Revision ID: 0012
Revises: 0011
"""

from alembic import op

from migrations.helpers import begin_change, grant, mirror_history, run_sql, seed_terms

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = ("structure_disclosure", "colocation_request", "colocation_item")
READER = "registry_position_reader"
_CONVENTION = "Quy ước của hệ thống"
#: The province has no text of its own yet: the answer's term is that of Bắc Ninh.
TERMS = (
    ("colocation.answer", "2000-01-01", 7, "working_day", [2, 1, 0], "QĐ 72/2025/QĐ-UBND Bắc Ninh, Đ7.4", True),
    ("colocation.reservation", "2000-01-01", 12, "month", [20, 5, 0], _CONVENTION, True),
    ("colocation.dispute", "2000-01-01", 30, "calendar_day", [5, 0], _CONVENTION, True),
)


def upgrade() -> None:
    """An item may be taken out of a draft again; everything else stays."""
    run_sql("0012_colocation.sql")
    for table in TABLES:
        mirror_history(table)
        grant(table)
        grant(f"{table}_history", "SELECT")
    grant("colocation_item", "DELETE")
    op.execute(f"GRANT SELECT ON structure_disclosure TO {READER}")
    seed_terms(TERMS)


def downgrade() -> None:
    """Everything of this revision, the clocks of its cases too; the history of the terms stays."""
    begin_change()
    op.execute("DELETE FROM case_clock WHERE workflow = 'colocation'")
    op.execute("DELETE FROM legal_term WHERE key LIKE 'colocation.%'")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE IF EXISTS {table}, {table}_history CASCADE")
