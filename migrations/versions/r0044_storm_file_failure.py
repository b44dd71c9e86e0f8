"""Say why the rows of a file of a storm are not taken any more.

Revision ID: r0044
Revises: r0043
"""

from alembic import op

revision = "r0044"
down_revision = "r0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE incident_storm_file ADD COLUMN failure text")
    op.execute(
        "ALTER TABLE incident_storm_file ADD CONSTRAINT ck_incident_storm_file_failure"
        " CHECK (failure IS NULL OR finished_at IS NOT NULL)"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE incident_storm_file DROP COLUMN failure")
