"""How satisfied the sender of a report is with what came of it.

Revision ID: r0102
Revises: r0101
"""

import sqlalchemy as sa
from alembic import op

revision = "r0102"
down_revision = "r0101"
branch_labels = None
depends_on = None

_CHECKS = {
    "satisfaction": "satisfaction BETWEEN 1 AND 5",
    "rated": (
        "(satisfaction IS NULL) = (rated_at IS NULL) AND (satisfaction_text IS NULL OR satisfaction IS NOT NULL)"
    ),
    "satisfaction_text": "char_length(satisfaction_text) BETWEEN 1 AND 1000",
}


def upgrade() -> None:
    op.add_column("incident_report", sa.Column("satisfaction", sa.SmallInteger))
    op.add_column("incident_report", sa.Column("satisfaction_text", sa.Text))
    op.add_column("incident_report", sa.Column("rated_at", sa.DateTime(timezone=True)))
    for name, rule in _CHECKS.items():
        op.create_check_constraint(op.f(f"ck_incident_report_{name}"), "incident_report", rule)


def downgrade() -> None:
    for name in _CHECKS:
        op.drop_constraint(op.f(f"ck_incident_report_{name}"), "incident_report")
    for column in ("rated_at", "satisfaction_text", "satisfaction"):
        op.drop_column("incident_report", column)
