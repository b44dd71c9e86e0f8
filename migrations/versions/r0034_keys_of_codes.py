"""Index codes in any spelling so that they are read without their owner, too.

Revision ID: r0034
Revises: r0033
"""

from alembic import op

revision = "r0034"
down_revision = "r0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DROP INDEX ix_structure_code_key")
    op.execute("CREATE INDEX ix_structure_code_key ON structure (code_key(own_code), owner_organisation_id)")


def downgrade() -> None:
    op.execute("DROP INDEX ix_structure_code_key")
    op.execute("CREATE INDEX ix_structure_code_key ON structure (owner_organisation_id, code_key(own_code))")
