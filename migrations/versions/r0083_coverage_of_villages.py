"""Coverage of villages by operator: 4G, 5G and fibre on a day, from a file with its source.

Revision ID: r0083
Revises: r0082
"""

import sqlalchemy as sa
from alembic import op

from migrations.helpers import grant

revision = "r0083"
down_revision = "r0082"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "village_coverage",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("village_id", sa.BigInteger, nullable=False),
        sa.Column("organisation_id", sa.BigInteger, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("has_4g", sa.Boolean),
        sa.Column("has_5g", sa.Boolean),
        sa.Column("has_ftth", sa.Boolean),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by_id", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_village_coverage"),
        sa.ForeignKeyConstraint(["village_id"], ["village.id"], name="fk_village_coverage_village_id"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name="fk_village_coverage_organisation_id"),
        sa.ForeignKeyConstraint(["entered_by_id"], ["user_account.id"], name="fk_village_coverage_entered_by_id"),
        sa.CheckConstraint("num_nonnulls(has_4g, has_5g, has_ftth) > 0", name="ck_village_coverage_states"),
    )
    op.create_index(
        "ix_village_coverage_village_id_organisation_id_valid_from",
        "village_coverage",
        ["village_id", "organisation_id", "valid_from"],
    )
    # A later file for the same day takes the place of an earlier one; both stay.
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON village_coverage"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    grant("village_coverage", "SELECT", "INSERT")


def downgrade() -> None:
    op.execute("DROP TABLE village_coverage")
