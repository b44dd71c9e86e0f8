"""Rows of drafts of reports, which order the requests of one draft.

Revision ID: r0021
Revises: r0020
"""

from alembic import op

from migrations.helpers import grant, run_sql

revision = "r0021"
down_revision = "r0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("r0021/drafts.sql")
    grant("incident_draft", "SELECT", "INSERT", "UPDATE", "DELETE")


def downgrade() -> None:
    op.execute("ALTER TABLE incident_photo DROP CONSTRAINT uq_incident_photo_draft_digest_sha256")
    op.create_index("ix_incident_photo_draft_digest", "incident_photo", ["draft_digest"])
    op.drop_table("incident_draft")
