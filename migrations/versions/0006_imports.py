"""Batches and rows of imports.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.helpers import create_history, grant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _batch_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("organisation_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("file_format", sa.String(40), nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("mapping", JSONB, nullable=False),
        sa.Column("options", JSONB, nullable=False),
        sa.Column("counts", JSONB, nullable=False),
        sa.Column("notes", JSONB, nullable=False),
        sa.Column("failure", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.BigInteger),
        sa.Column("checked_at", sa.DateTime(timezone=True)),
        sa.Column("applied_at", sa.DateTime(timezone=True)),
        sa.Column("applied_by_id", sa.BigInteger),
        sa.Column("applied_change_id", sa.BigInteger),
        sa.Column("version", sa.BigInteger, nullable=False),
    )


def upgrade() -> None:
    op.create_table(
        "import_batch",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        *_batch_columns(),
        sa.PrimaryKeyConstraint("id", name="pk_import_batch"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name="fk_import_batch_organisation_id"),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"], name="fk_import_batch_created_by_id"),
        sa.ForeignKeyConstraint(["applied_by_id"], ["user_account.id"], name="fk_import_batch_applied_by_id"),
        sa.UniqueConstraint("id", "organisation_id", name="uq_import_batch_id_organisation_id"),
        sa.CheckConstraint("size_bytes > 0", name="ck_import_batch_size"),
        sa.CheckConstraint("(state = 'applied') = (applied_at IS NOT NULL)", name="ck_import_batch_applied_at"),
        sa.CheckConstraint("(state = 'failed') = (failure IS NOT NULL)", name="ck_import_batch_failure"),
        sa.CheckConstraint(
            "state IN ('uploaded', 'checked', 'applying', 'applied', 'failed', 'cancelled')",
            name="ck_import_batch_batch_state",
        ),
        sa.CheckConstraint("file_format IN ('csv', 'xlsx', 'geojson')", name="ck_import_batch_file_format"),
    )
    op.create_index("ix_import_batch_organisation_id_created_at", "import_batch", ["organisation_id", "created_at"])
    op.create_index("ix_import_batch_sha256", "import_batch", ["sha256"])
    grant("import_batch")
    create_history("import_batch", sa.Column("id", sa.BigInteger), *_batch_columns())
    _rows()


def _rows() -> None:
    op.create_table(
        "import_row",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("batch_id", sa.BigInteger, nullable=False),
        sa.Column("organisation_id", sa.BigInteger, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("raw", JSONB, nullable=False),
        sa.Column("parsed", JSONB, nullable=False),
        sa.Column("problems", JSONB, nullable=False),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("structure_id", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_import_row"),
        sa.ForeignKeyConstraint(
            ["batch_id", "organisation_id"],
            ["import_batch.id", "import_batch.organisation_id"],
            name="fk_import_row_batch_id_organisation_id",
        ),
        sa.ForeignKeyConstraint(["structure_id"], ["structure.id"], name="fk_import_row_structure_id"),
        sa.UniqueConstraint("batch_id", "number", name="uq_import_row_batch_id_number"),
        sa.CheckConstraint("number > 0", name="ck_import_row_number"),
        sa.CheckConstraint("outcome IN ('new', 'warning', 'existing', 'refused')", name="ck_import_row_row_outcome"),
    )
    op.create_index("ix_import_row_batch_id_outcome_number", "import_row", ["batch_id", "outcome", "number"])
    op.create_index("ix_import_row_structure_id", "import_row", ["structure_id"])
    # A new check replaces the rows of the old one.
    grant("import_row", "SELECT", "INSERT", "UPDATE", "DELETE")


def downgrade() -> None:
    for table in ("import_row", "import_batch", "import_batch_history"):
        op.drop_table(table)
