"""Notes are sealed in a chain of their own; the register has an identity that checkpoints name.

Revision ID: r0004
Revises: r0003
"""

from alembic import op

from migrations.helpers import run_sql

revision = "r0004"
down_revision = "r0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Digests of rows are those of one time zone, so that they can be computed again on any server."""
    run_sql("audit_seals.sql")
    op.execute("ALTER FUNCTION record_history() SET timezone = 'UTC'")


def downgrade() -> None:
    op.execute("ALTER FUNCTION record_history() RESET timezone")
    op.execute("DROP TABLE audit_seal")
    op.execute("DROP TABLE register_identity")
