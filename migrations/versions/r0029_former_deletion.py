"""Registers that came through the revisions before the baseline name the term that one of them deleted.

Revision ID: r0029
Revises: r0028
"""

from alembic import op

from migrations.events import name_former_deletion

revision = "r0029"
down_revision = "r0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE import_layout ALTER COLUMN version TYPE bigint")
    name_former_deletion(op.get_bind(), revision)


def downgrade() -> None:
    """Events stay: the chain only grows."""
