"""The account that sent a report, for its own list of reports.

Revision ID: r0043
Revises: r0042
"""

from alembic import op

revision = "r0043"
down_revision = "r0042"
branch_labels = None
depends_on = None

_PERSONAL = "name, phone, email"


def upgrade() -> None:
    op.execute("ALTER TABLE incident_report ADD COLUMN account_id bigint")
    op.execute(
        "ALTER TABLE incident_report ADD CONSTRAINT fk_incident_report_account_id_user_account"
        " FOREIGN KEY (account_id) REFERENCES user_account (id)"
    )
    _bind(f"{_PERSONAL}, account_id")
    op.execute("CREATE INDEX ix_incident_report_account_id ON incident_report (account_id)")


def downgrade() -> None:
    op.execute("DROP INDEX ix_incident_report_account_id")
    _bind(_PERSONAL)
    op.execute("ALTER TABLE incident_report DROP COLUMN account_id")


def _bind(columns: str) -> None:
    """What is personal is gone once it was erased, and is quick to look for until then."""
    op.execute("ALTER TABLE incident_report DROP CONSTRAINT ck_incident_report_erased")
    op.execute(
        "ALTER TABLE incident_report ADD CONSTRAINT ck_incident_report_erased"
        f" CHECK (erased_at IS NULL OR num_nonnulls({columns}) = 0)"
    )
    op.execute("DROP INDEX ix_incident_report_contact")
    op.execute(
        f"CREATE INDEX ix_incident_report_contact ON incident_report (received_at) WHERE num_nonnulls({columns}) > 0"
    )
