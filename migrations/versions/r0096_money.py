"""Projects in public-private partnership, with their past.

Revision ID: r0096
Revises: r0095
"""

import sqlalchemy as sa
from alembic import op

from migrations.helpers import begin_change, grant, mirror_history

revision = "r0096"
down_revision = "r0095"
branch_labels = None
depends_on = None

_CHECKS = {
    "version_positive": "version > 0",
    "described": ("char_length(btrim(name)) > 0 AND char_length(btrim(scope)) > 0 AND char_length(btrim(source)) > 0"),
    "capital": "capital_vnd > 0 AND state_vnd >= 0 AND state_vnd <= capital_vnd",
    "years": "starts_year <= ends_year",
    "ppp_state": "state IN ('proposed', 'preparing', 'approved', 'selecting', 'in_work', 'operating', 'stopped')",
}


def upgrade() -> None:
    begin_change()
    text, dong = sa.Text, sa.Numeric(15, 0)
    op.create_table(
        "ppp_project",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("name", text, nullable=False),
        sa.Column("code", text),
        sa.Column("scope", text, nullable=False),
        sa.Column("capital_vnd", dong, nullable=False),
        sa.Column("state_vnd", dong),
        sa.Column("investor", text),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("starts_year", sa.SmallInteger),
        sa.Column("ends_year", sa.SmallInteger),
        sa.Column("source", text, nullable=False),
        sa.Column("source_on", sa.Date, nullable=False),
        sa.Column("note", text),
        sa.Column("version", sa.BigInteger, nullable=False),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_ppp_project_{name}")) for name, rule in _CHECKS.items()),
    )
    op.execute("CREATE UNIQUE INDEX uq_ppp_project_name ON ppp_project (fold(name))")
    op.create_index("ix_ppp_project_state", "ppp_project", ["state"])
    grant("ppp_project")
    mirror_history("ppp_project")


def downgrade() -> None:
    begin_change()
    op.drop_table("ppp_project_history")
    op.drop_table("ppp_project")
