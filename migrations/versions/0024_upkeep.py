"""Rounds in which owners say what is still correct, and how long that is good for.

Revision ID: 0024
Revises: 0023
"""

from alembic import op

from migrations.helpers import begin_change, grant, mirror_history, run_sql, seed_settings

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_CONVENTION = "Quy ước của hệ thống, chưa có văn bản"
SETTINGS = (
    ("upkeep.attestation_months", "2000-01-01", 12, _CONVENTION, True),
    ("upkeep.attestation_day", "2000-01-01", {"month": 10, "day": 1}, _CONVENTION, True),
    ("upkeep.attestation_term_days", "2000-01-01", 30, _CONVENTION, True),
    ("upkeep.reminder_days", "2000-01-01", [14, 3, 0], _CONVENTION, True),
)


def upgrade() -> None:
    """A round stays for good."""
    run_sql("0024_upkeep.sql")
    mirror_history("attestation_round")
    grant("attestation_round")
    grant("attestation_round_history", "SELECT")
    seed_settings(SETTINGS)


def downgrade() -> None:
    """What was confirmed stays at the structures."""
    begin_change()
    op.execute("DELETE FROM dated_setting WHERE key LIKE 'upkeep.%'")
    op.execute("DROP TABLE attestation_round, attestation_round_history")
