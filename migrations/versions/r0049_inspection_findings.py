"""Findings of inspections: failed items that an officer turns into cases; referrals with days, officer and photos.

Revision ID: r0049
Revises: r0048
"""

from alembic import op

from migrations.helpers import begin_change, grant, mirror_history, run_sql

revision = "r0049"
down_revision = "r0048"
branch_labels = None
depends_on = None

REFERRAL = ("found_on", "occurred_on", "is_continuing", "raised_by_id", "photos_kind", "photos_id")


def upgrade() -> None:
    begin_change()
    run_sql("r0049/findings.sql")
    grant("inspection_finding")
    mirror_history("inspection_finding")


def downgrade() -> None:
    begin_change()
    for name in ("inspection_finding_history", "inspection_finding"):
        op.execute(f"DROP TABLE {name}")
    op.execute("DELETE FROM dated_setting WHERE key = 'violation.commune_fines_defence'")
    op.execute("ALTER TABLE finding " + ", ".join(f"DROP COLUMN {name}" for name in REFERRAL))
