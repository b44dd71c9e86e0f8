"""An issued edition of a route list stores the hash of what was approved.

Revision ID: r0068
Revises: r0067
"""

from alembic import op

revision = "r0068"
down_revision = "r0067"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE route_list_edition ADD COLUMN sha256 TEXT")
    op.create_check_constraint(op.f("ck_route_list_edition_sha256"), "route_list_edition", "sha256 ~ '^[0-9a-f]{64}$'")


def downgrade() -> None:
    op.execute("ALTER TABLE route_list_edition DROP COLUMN sha256")
