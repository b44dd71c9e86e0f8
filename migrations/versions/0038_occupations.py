"""Irregular occupations: the cases, what was said of whose they are, and their terms.

Revision ID: 0038
Revises: 0037
"""

from alembic import op

from migrations.helpers import begin_change, grant, mirror_history, run_sql, seed_settings, seed_terms

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

TABLES = ("occupation", "occupation_claim")
#: No text sets these terms: they are the registry's own, until the province has some.
_CONVENTION = "Quy ước của hệ thống, chưa có văn bản"
TERMS = (
    ("occupation.answer", "2000-01-01", 15, "working_day", [5, 2, 0], _CONVENTION, True),
    ("occupation.claim", "2000-01-01", 15, "working_day", [5, 0], _CONVENTION, True),
    ("occupation.regularise", "2000-01-01", 30, "working_day", [10, 3, 0], _CONVENTION, True),
    # From the day by which it was to be removed: time to go and look.
    ("occupation.removal", "2000-01-01", 3, "working_day", [3, 0], _CONVENTION, True),
    ("occupation.referral", "2000-01-01", 5, "working_day", [2, 0], _CONVENTION, True),
)
SETTINGS = (("occupations.removal_days", "2000-01-01", 90, _CONVENTION, True),)


def upgrade() -> None:
    """Cases stay for good, and so does what was said."""
    run_sql("0038_occupations.sql")
    for table in TABLES:
        mirror_history(table)
        grant(f"{table}_history", "SELECT")
    grant("occupation")
    grant("occupation_claim", "SELECT", "INSERT")
    seed_terms(TERMS)
    seed_settings(SETTINGS)


def downgrade() -> None:
    """Everything of this revision, the clocks of its cases too; the history of terms and settings stays."""
    begin_change()
    op.execute("DELETE FROM case_clock WHERE workflow = 'occupation'")
    op.execute("DELETE FROM structure_disclosure WHERE subject_kind = 'occupation'")
    op.execute("DELETE FROM legal_term WHERE key LIKE 'occupation.%'")
    op.execute("DELETE FROM dated_setting WHERE key LIKE 'occupations.%'")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}, {table}_history")
