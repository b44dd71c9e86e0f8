"""Guidance of each department: field, versions, the public part, and who acknowledged which version.

Revision ID: r0100
Revises: r0099
"""

import sqlalchemy as sa
from alembic import op

from migrations.helpers import alter_versioned, begin_change, grant

revision = "r0100"
down_revision = "r0099"
branch_labels = None
depends_on = None

_CHECKS = {
    "guidance_field": "field IN ('telecom', 'construction', 'finance', 'energy')",
    "addressed": "(addressees = '{}') = (addressed_ids = '{}')",
    "due_addressed": "due_on IS NULL OR addressees <> '{}'",
    "replaces_another": "replaces_id <> id",
}


def upgrade() -> None:
    begin_change()
    alter_versioned(
        "guidance_document",
        "ADD COLUMN field VARCHAR(40), ADD COLUMN is_public BOOLEAN, ADD COLUMN addressees TEXT[],"
        " ADD COLUMN addressed_ids BIGINT[], ADD COLUMN due_on DATE, ADD COLUMN replaces_id BIGINT",
    )
    # Until now the telecom department alone published, for accounts alone.
    op.execute(
        "UPDATE guidance_document SET field = 'telecom', is_public = false, addressees = '{}', addressed_ids = '{}'"
    )
    for column in ("field", "is_public", "addressees", "addressed_ids"):
        op.execute(f"ALTER TABLE guidance_document ALTER COLUMN {column} SET NOT NULL")
    op.execute(
        "ALTER TABLE guidance_document ADD CONSTRAINT fk_guidance_document_replaces_id"
        " FOREIGN KEY (replaces_id) REFERENCES guidance_document (id)"
    )
    for name, rule in _CHECKS.items():
        op.execute(f"ALTER TABLE guidance_document ADD CONSTRAINT ck_guidance_document_{name} CHECK ({rule})")
    op.execute(
        "CREATE UNIQUE INDEX uq_guidance_document_replaces_id ON guidance_document (replaces_id)"
        " WHERE withdrawn_at IS NULL"
    )
    op.create_table(
        "guidance_receipt",
        sa.Column("document_id", sa.BigInteger, sa.ForeignKey("guidance_document.id"), primary_key=True),
        sa.Column("organisation_id", sa.BigInteger, sa.ForeignKey("organisation.id"), primary_key=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_by_id", sa.BigInteger, sa.ForeignKey("user_account.id"), nullable=False),
    )
    op.create_index("ix_guidance_receipt_organisation_id", "guidance_receipt", ["organisation_id"])
    grant("guidance_receipt", "SELECT", "INSERT")


def downgrade() -> None:
    begin_change()
    op.drop_table("guidance_receipt")
    names = ("field", "is_public", "addressees", "addressed_ids", "due_on", "replaces_id")
    alter_versioned("guidance_document", ", ".join(f"DROP COLUMN {name}" for name in names))
