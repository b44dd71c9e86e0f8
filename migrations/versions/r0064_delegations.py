"""Violations: the register of delegations to deputies, and which of them a decision rests on.

Revision ID: r0064
Revises: r0063
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.helpers import alter_versioned, grant, mirror_history

revision = "r0064"
down_revision = "r0063"
branch_labels = None
depends_on = None

CHECKS = {
    "authority": "authority IN ('commune_chair', 'district_chair', 'lead_director', 'province_chair')",
    "period": "valid_from >= signed_on AND valid_to >= valid_from",
    "ended": "ended_on BETWEEN valid_from AND valid_to",
    "ended_whole": "(ended_on IS NULL) = (end_reason IS NULL)",
    "granted": "cardinality(powers) > 0 AND cardinality(sectors) > 0",
    "powers": "powers <@ ARRAY['sanction', 'enforce']",
    "sectors": "sectors <@ ARRAY['telecom', 'construction', 'price']",
}


def upgrade() -> None:
    op.create_table(
        "violation_delegation",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("organisation_id", sa.BigInteger, nullable=False),
        sa.Column("authority", sa.String(40), nullable=False),
        sa.Column("delegator_name", sa.Text, nullable=False),
        sa.Column("deputy_name", sa.Text, nullable=False),
        sa.Column("deputy_post", sa.Text, nullable=False),
        sa.Column("powers", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("sectors", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("signed_on", sa.Date, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date, nullable=False),
        sa.Column("scope", sa.Text),
        sa.Column("ended_on", sa.Date),
        sa.Column("end_reason", sa.Text),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name="fk_violation_delegation_organisation_id"
        ),
        sa.UniqueConstraint(
            "organisation_id", "number", "signed_on", "deputy_name", name="uq_violation_delegation_paper"
        ),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_violation_delegation_{name}")) for name, rule in CHECKS.items()),
    )
    grant("violation_delegation")
    mirror_history("violation_delegation")
    alter_versioned("violation", "ADD COLUMN delegation_id bigint")
    op.execute(
        "ALTER TABLE violation ADD CONSTRAINT fk_violation_delegation_id_violation_delegation"
        " FOREIGN KEY (delegation_id) REFERENCES violation_delegation (id),"
        " ADD CONSTRAINT ck_violation_delegated CHECK (delegation_id IS NULL OR delegation IS NOT NULL)"
    )


def downgrade() -> None:
    """The register of delegations is forgotten; decisions keep the name of the deputy and the paper."""
    op.execute(
        "ALTER TABLE violation DROP CONSTRAINT ck_violation_delegated,"
        " DROP CONSTRAINT fk_violation_delegation_id_violation_delegation"
    )
    alter_versioned("violation", "DROP COLUMN delegation_id")
    for name in ("violation_delegation_history", "violation_delegation"):
        op.execute(f"DROP TABLE {name}")
