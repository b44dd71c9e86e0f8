"""Violations: papers of transfers, hearings, enforcement and settled complaints.

Revision ID: r0066
Revises: r0065
"""

from alembic import op

from migrations.helpers import alter_versioned

revision = "r0066"
down_revision = "r0065"
branch_labels = None
depends_on = None

FORMER = (
    *("minutes", "notice", "decision", "remedy_check", "verification", "remedies_decision"),
    *("amendment", "correction", "annulment", "prosecution"),
)
FURTHER = ("transfer", "hearing", "enforcement", "settlement")


def upgrade() -> None:
    _allow((*FORMER, *FURTHER))
    alter_versioned("violation", "ADD COLUMN enforced_by text")


def downgrade() -> None:
    """The further papers are forgotten; the cases keep what their moves stated."""
    alter_versioned("violation", "DROP COLUMN enforced_by")
    op.execute("ALTER TABLE violation_paper DISABLE TRIGGER append_only")
    op.execute(f"DELETE FROM violation_paper WHERE kind IN ({_listed(FURTHER)})")
    op.execute("ALTER TABLE violation_paper ENABLE TRIGGER append_only")
    _allow(FORMER)


def _allow(kinds: tuple[str, ...]) -> None:
    name = "ck_violation_paper_violation_paper_kind"
    op.execute(
        f"ALTER TABLE violation_paper DROP CONSTRAINT {name}, ADD CONSTRAINT {name} CHECK (kind IN ({_listed(kinds)}))"
    )


def _listed(kinds: tuple[str, ...]) -> str:
    return ", ".join(f"'{kind}'" for kind in kinds)
