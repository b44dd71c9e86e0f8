"""Photos may be redacted: the redacted file is served, the unredacted one and the original are kept apart.

Revision ID: r0010
Revises: r0009
"""

from alembic import op

revision = "r0010"
down_revision = "r0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("attachment", "attachment_history"):
        op.execute(f"ALTER TABLE {name} ADD COLUMN redacted_name text, ADD COLUMN redacted_size_bytes bigint")
    op.execute(
        "ALTER TABLE attachment"
        " ADD CONSTRAINT ck_attachment_redacted_name_form CHECK (redacted_name ~ '^[0-9a-f]{64}$'),"
        " ADD CONSTRAINT ck_attachment_redacted_whole"
        " CHECK ((redacted_name IS NULL) = (redacted_size_bytes IS NULL)),"
        " ADD CONSTRAINT ck_attachment_redacted_photo CHECK (redacted_name IS NULL OR kind = 'photo')"
    )


def downgrade() -> None:
    for name in ("redacted_name_form", "redacted_whole", "redacted_photo"):
        op.execute(f"ALTER TABLE attachment DROP CONSTRAINT ck_attachment_{name}")
    for name in ("attachment", "attachment_history"):
        op.execute(f"ALTER TABLE {name} DROP COLUMN redacted_name, DROP COLUMN redacted_size_bytes")
