"""Keys of forms that were accepted, kept for a day, so that a form sent twice has one effect.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

from migrations.helpers import grant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No history: the rows say nothing that the audit chain does not say."""
    op.create_table(
        "request_key",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("actor_id", sa.BigInteger, nullable=False),
        sa.Column("endpoint", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("body_digest", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.BigInteger, server_default="303", nullable=False),
        sa.Column("location", sa.Text, server_default="/", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_request_key"),
        sa.UniqueConstraint("actor_id", "endpoint", "key", name="uq_request_key_actor_id_endpoint_key"),
    )
    op.create_index("ix_request_key_created_at", "request_key", ["created_at"])
    grant("request_key", "SELECT", "INSERT", "UPDATE", "DELETE")


def downgrade() -> None:
    op.drop_table("request_key")
