"""Papers as they were issued.

Revision ID: r0032
Revises: r0031
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.helpers import grant

revision = "r0032"
down_revision = "r0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "issued_paper",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("subject_kind", sa.Text, nullable=False),
        sa.Column("subject_id", sa.BigInteger, nullable=False),
        sa.Column("paper", sa.Text, nullable=False),
        sa.Column("edition", sa.SmallInteger, nullable=False),
        sa.Column("content", JSONB, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by_id", sa.BigInteger),
        sa.ForeignKeyConstraint(
            ["issued_by_id"], ["user_account.id"], name=op.f("fk_issued_paper_issued_by_id_user_account")
        ),
        sa.CheckConstraint("edition >= 1", name=op.f("ck_issued_paper_edition")),
        sa.CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name=op.f("ck_issued_paper_digest")),
        sa.UniqueConstraint(
            *("subject_kind", "subject_id", "paper", "edition"),
            name=op.f("uq_issued_paper_subject_kind_subject_id_paper_edition"),
        ),
    )
    grant("issued_paper", "SELECT", "INSERT")


def downgrade() -> None:
    op.drop_table("issued_paper")
