"""The owner's consent that a published line shows unpublished nodes (ADR 0021).

Revision ID: r0028
Revises: r0027
"""

from alembic import op

from migrations.helpers import APP_ROLES, alter_versioned

revision = "r0028"
down_revision = "r0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    alter_versioned("structure", "ADD COLUMN shows_nodes boolean")
    op.execute(f"GRANT SELECT (shows_nodes) ON structure, structure_history TO {APP_ROLES}")


def downgrade() -> None:
    alter_versioned("structure", "DROP COLUMN shows_nodes")
