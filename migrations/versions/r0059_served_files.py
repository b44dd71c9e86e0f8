"""PDF files of issued papers as first served; violations are searched by numbers of papers, violator and receipt.

Revision ID: r0059
Revises: r0058
"""

import sqlalchemy as sa
from alembic import op

from migrations.helpers import alter_versioned, grant

revision = "r0059"
down_revision = "r0058"
branch_labels = None
depends_on = None

PAPERS = (
    "fold((((((coalesce(minutes_number, '') || ' ') || coalesce(decision_number, '')) || ' ')"
    " || coalesce(offender_name, '')) || ' ') || coalesce(receipt_number, ''))"
)


def upgrade() -> None:
    op.create_table(
        "issued_pdf",
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["issued_paper.id"], name=op.f("fk_issued_pdf_id_issued_paper")),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_issued_pdf_sha256")),
    )
    grant("issued_pdf", "SELECT", "INSERT")
    op.execute(f"CREATE INDEX ix_violation_papers ON violation USING gin (({PAPERS}) gin_trgm_ops)")
    op.execute("CREATE INDEX ix_violation_paper_key ON violation_paper (key)")
    # Fingerprints of photos: alike where few bits differ.
    alter_versioned("attachment", "ADD COLUMN difference_hash bigint")


def downgrade() -> None:
    """Files are made again from the stored content."""
    alter_versioned("attachment", "DROP COLUMN difference_hash")
    op.execute("DROP INDEX ix_violation_paper_key")
    op.execute("DROP INDEX ix_violation_papers")
    op.drop_table("issued_pdf")
