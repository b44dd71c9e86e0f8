"""Findings of the checks of data quality, their daily counts and the runs that found them.

Revision ID: r0062
Revises: r0061
"""

import sqlalchemy as sa
from alembic import op

from migrations.helpers import grant

revision = "r0062"
down_revision = "r0061"
branch_labels = None
depends_on = None

#: What a run looks up to know which structures changed.
INDEXES = (("capacity_place", "recorded_from"), ("capacity_place", "recorded_to"), ("capacity_entry", "recorded_from"))


def upgrade() -> None:
    op.create_table(
        "quality_finding",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("structure_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["structure_id"], ["structure.id"], name="fk_quality_finding_structure_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_quality_finding"),
        sa.UniqueConstraint("structure_id", "code", name="uq_quality_finding_structure_id_code"),
    )
    op.create_index("ix_quality_finding_code_structure_id", "quality_finding", ["code", "structure_id"])
    op.create_table(
        "quality_count",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("number > 0", name="ck_quality_count_number"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_quality_count_organisation_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_quality_count"),
        sa.UniqueConstraint(
            "organisation_id", "code", "counted_on", name="uq_quality_count_organisation_id_code_counted_on"
        ),
    )
    op.create_table(
        "quality_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_since", sa.DateTime(timezone=True)),
        sa.Column("checked", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_quality_run"),
    )
    op.create_index("ix_quality_run_started_at", "quality_run", ["started_at"])
    for table in ("quality_finding", "quality_count"):
        grant(table, "SELECT", "INSERT", "UPDATE", "DELETE")
    grant("quality_run", "SELECT", "INSERT")
    for table, column in INDEXES:
        op.create_index(f"ix_{table}_history_{column}", f"{table}_history", [column])


def downgrade() -> None:
    for table, column in INDEXES:
        op.drop_index(f"ix_{table}_history_{column}")
    for table in ("quality_run", "quality_count", "quality_finding"):
        op.drop_table(table)
