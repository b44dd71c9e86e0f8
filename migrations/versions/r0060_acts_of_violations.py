"""Violations: further acts of one violator, and the cases of several violators of one affair.

Revision ID: r0060
Revises: r0059
"""

import sqlalchemy as sa
from alembic import op

from migrations.helpers import alter_versioned, grant, mirror_history

revision = "r0060"
down_revision = "r0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "violation_act",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("violation_id", sa.BigInteger, nullable=False),
        sa.Column("kind_id", sa.BigInteger, nullable=False),
        sa.Column("occurred_on", sa.Date, nullable=False),
        sa.Column("is_continuing", sa.Boolean, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("fine_vnd", sa.Numeric(15, 0)),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.ForeignKeyConstraint(["violation_id"], ["violation.id"], name="fk_violation_act_violation_id"),
        sa.ForeignKeyConstraint(["kind_id"], ["violation_kind.id"], name="fk_violation_act_kind_id"),
        sa.CheckConstraint("char_length(btrim(description)) > 0", name=op.f("ck_violation_act_described")),
        sa.CheckConstraint("fine_vnd >= 0", name=op.f("ck_violation_act_fine")),
    )
    op.create_index(op.f("ix_violation_act_violation_id"), "violation_act", ["violation_id"])
    grant("violation_act")
    mirror_history("violation_act")
    alter_versioned("violation", "ADD COLUMN group_id bigint")
    op.execute(
        "ALTER TABLE violation"
        " ADD CONSTRAINT fk_violation_group_id_violation FOREIGN KEY (group_id) REFERENCES violation (id),"
        " ADD CONSTRAINT ck_violation_group CHECK (group_id <> id)"
    )
    op.create_index(op.f("ix_violation_group_id"), "violation", ["group_id"])


def downgrade() -> None:
    """Further acts are forgotten, and which cases are of one affair."""
    op.drop_index(op.f("ix_violation_group_id"), "violation")
    op.execute(
        "ALTER TABLE violation DROP CONSTRAINT ck_violation_group, DROP CONSTRAINT fk_violation_group_id_violation"
    )
    alter_versioned("violation", "DROP COLUMN group_id")
    for name in ("violation_act_history", "violation_act"):
        op.execute(f"DROP TABLE {name}")
