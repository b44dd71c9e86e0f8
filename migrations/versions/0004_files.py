"""Attachments: files, the objects they belong to, where photos say they were taken.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

from migrations.helpers import create_history, grant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ATTACHMENT = (
    sa.Column("organisation_id", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("original_media_type", sa.Text, nullable=False),
    sa.Column("original_size_bytes", sa.BigInteger, nullable=False),
    sa.Column("stored_name", sa.Text, nullable=False),
    sa.Column("width", sa.BigInteger),
    sa.Column("height", sa.BigInteger),
    sa.Column("taken_at", MOMENT),
    sa.Column("uploaded_by_id", sa.BigInteger),
    sa.Column("uploaded_at", MOMENT, nullable=False),
)
LINK = (
    sa.Column("attachment_id", sa.BigInteger, nullable=False),
    sa.Column("subject_kind", sa.Text, nullable=False),
    sa.Column("subject_id", sa.BigInteger, nullable=False),
    sa.Column("caption", sa.Text),
    sa.Column("is_active", sa.Boolean, nullable=False),
)


def upgrade() -> None:
    _attachment()
    _link()
    _position()


def downgrade() -> None:
    for table in (
        "attachment_position",
        "attachment_link",
        "attachment_link_history",
        "attachment",
        "attachment_history",
    ):
        op.drop_table(table)


def _references(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}", ondelete="RESTRICT")


def _copies(columns: tuple[sa.Column[object], ...]) -> list[sa.Column[object]]:
    return [sa.Column(column.name, column.type, nullable=column.nullable) for column in columns]


def _attachment() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        *_copies(ATTACHMENT),
        sa.PrimaryKeyConstraint("id", name="pk_attachment"),
        _references("attachment", "organisation_id", "organisation"),
        _references("attachment", "uploaded_by_id", "user_account"),
        sa.CheckConstraint("kind IN ('photo', 'document')", name="ck_attachment_file_kind"),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="ck_attachment_sha256_form"),
        sa.CheckConstraint("stored_name ~ '^[0-9a-f]{64}$'", name="ck_attachment_stored_name_form"),
        sa.CheckConstraint("size_bytes > 0 AND original_size_bytes > 0", name="ck_attachment_not_empty"),
        sa.CheckConstraint(
            "(kind = 'photo') = (width IS NOT NULL AND height IS NOT NULL)", name="ck_attachment_photo_has_pixels"
        ),
        sa.CheckConstraint("length(file_name) BETWEEN 1 AND 150", name="ck_attachment_file_name_length"),
    )
    for column in ("organisation_id", "sha256", "stored_name"):
        op.create_index(f"ix_attachment_{column}", "attachment", [column])
    create_history("attachment", sa.Column("id", sa.BigInteger), *_copies(ATTACHMENT))
    grant("attachment")


def _link() -> None:
    op.create_table(
        "attachment_link",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        *_copies(LINK),
        sa.PrimaryKeyConstraint("id", name="pk_attachment_link"),
        sa.UniqueConstraint(
            "attachment_id",
            "subject_kind",
            "subject_id",
            name="uq_attachment_link_attachment_id_subject_kind_subject_id",
        ),
        _references("attachment_link", "attachment_id", "attachment"),
        sa.CheckConstraint("subject_kind ~ '^[a-z][a-z_]{1,39}$'", name="ck_attachment_link_subject_kind_form"),
        sa.CheckConstraint("length(caption) BETWEEN 1 AND 300", name="ck_attachment_link_caption_length"),
    )
    op.create_index("ix_attachment_link_subject_kind_subject_id", "attachment_link", ["subject_kind", "subject_id"])
    create_history("attachment_link", sa.Column("id", sa.BigInteger), *_copies(LINK))
    grant("attachment_link")


def _position() -> None:
    """The application may add a place but read it only as the reader of positions."""
    op.create_table(
        "attachment_position",
        sa.Column("id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("lon", sa.Numeric(10, 7), nullable=False),
        sa.Column("lat", sa.Numeric(9, 7), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_attachment_position"),
        _references("attachment_position", "id", "attachment"),
        sa.CheckConstraint(
            "lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90", name="ck_attachment_position_on_the_globe"
        ),
    )
    grant("attachment_position", "INSERT")
    op.execute("GRANT SELECT ON attachment_position TO registry_position_reader")
