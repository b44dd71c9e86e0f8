"""Labels on structures: the random code of each that was printed.

Revision ID: 0034
Revises: 0033
"""

from alembic import op

from migrations.helpers import grant, mirror_history, run_sql

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A label stays for good, also once it is withdrawn."""
    run_sql("0034_labels.sql")
    mirror_history("structure_label")
    grant("structure_label")
    grant("structure_label_history", "SELECT")


def downgrade() -> None:
    """What is printed opens nothing any more."""
    op.execute("DROP TABLE structure_label, structure_label_history")
