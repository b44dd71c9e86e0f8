"""The figures of the rules between a cable and the structures that carry it.

Revision ID: r0047
Revises: r0046
"""

from alembic import op

from migrations.helpers import begin_change

revision = "r0047"
down_revision = "r0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    begin_change()
    op.execute(
        "INSERT INTO dated_setting (key, valid_from, value, source, needs_verification) VALUES"
        " ('relation.cable_carriers', '2000-01-01',"
        ' \'{"remarked_m": 30, "refused_m": 100, "span_m": 100, "gap_m": 1000}\','
        " 'Quy ước của hệ thống', true)"
    )


def downgrade() -> None:
    begin_change()
    op.execute("DELETE FROM dated_setting WHERE key = 'relation.cable_carriers'")
