"""Access tokens of programs.

Revision ID: r0069
Revises: r0068
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.helpers import grant

revision = "r0069"
down_revision = "r0068"
branch_labels = None
depends_on = None

CHECKS = {
    "name_given": "char_length(btrim(name)) BETWEEN 1 AND 100",
    "scopes": "cardinality(scopes) > 0 AND scopes <@ ARRAY['structures', 'routes', 'violations', 'incidents']",
    "expires_later": "expires_at > created_at",
    "revoked_by": "(revoked_at IS NULL) = (revoked_by_id IS NULL)",
}
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "access_token",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("ending", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("user_id", sa.BigInteger, sa.ForeignKey("user_account.id", ondelete="RESTRICT"), nullable=False),
        sa.Column(
            "organisation_id", sa.BigInteger, sa.ForeignKey("organisation.id", ondelete="RESTRICT"), nullable=False
        ),
        sa.Column("is_of_organisation", sa.Boolean, nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("unit_ids", postgresql.ARRAY(sa.BigInteger), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT),
        sa.Column("last_used_from", sa.Text),
        sa.Column("revoked_at", MOMENT),
        sa.Column("revoked_by_id", sa.BigInteger, sa.ForeignKey("user_account.id", ondelete="RESTRICT")),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_access_token_{name}")) for name, rule in CHECKS.items()),
    )
    op.create_index("ix_access_token_user_id", "access_token", ["user_id"])
    op.create_index("ix_access_token_organisation_id", "access_token", ["organisation_id"])
    grant("access_token")


def downgrade() -> None:
    op.drop_table("access_token")
