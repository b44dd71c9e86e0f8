"""Web and worker read the revision of the schema and the heartbeat of workers, for /readyz and /metrics.

Revision ID: r0003
Revises: r0002
"""

from alembic import op

revision = "r0003"
down_revision = "r0002"
branch_labels = None
depends_on = None

_READ = "SELECT ON alembic_version, procrastinate_workers"


def upgrade() -> None:
    op.execute(f"GRANT {_READ} TO registry_web, registry_worker")


def downgrade() -> None:
    """The worker keeps what it had before."""
    op.execute("REVOKE SELECT ON alembic_version FROM registry_web, registry_worker")
    op.execute("REVOKE SELECT ON procrastinate_workers FROM registry_web")
