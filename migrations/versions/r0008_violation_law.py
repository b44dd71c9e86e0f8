"""Acts and competence have their field of law and remedies; further acts of the decrees, limitation by field.

Revision ID: r0008
Revises: r0007
"""

from alembic import op

from migrations.helpers import begin_change, run_sql

revision = "r0008"
down_revision = "r0007"
branch_labels = None
depends_on = None

CATALOGUE = ("violation_kind", "violation_competence")
SECTORS = "'telecom', 'construction', 'price'"
REMEDIES = "'restore', 'dismantle', 'destroy_goods', 'recall_goods', 'return_profit', 'remove_network', 'other'"


def upgrade() -> None:
    for table in CATALOGUE:
        for name in (table, f"{table}_history"):
            op.execute(f"ALTER TABLE {name} ADD COLUMN sector varchar(40), ADD COLUMN remedies text[]")
    for name in ("violation", "violation_history"):
        op.execute(f"ALTER TABLE {name} ADD COLUMN remedies text[]")
    op.execute("DROP INDEX uq_violation_competence_authority_valid_from")
    begin_change()
    op.execute("UPDATE violation SET remedies = '{}'")
    run_sql("r0008/law.sql")
    for table in CATALOGUE:
        op.execute(
            f"ALTER TABLE {table} ALTER sector SET NOT NULL, ALTER remedies SET NOT NULL,"
            f" ADD CONSTRAINT ck_{table}_sector CHECK (sector IN ({SECTORS}))"
        )
    for table in (*CATALOGUE, "violation"):
        op.execute(
            f"ALTER TABLE {table} ALTER remedies SET NOT NULL,"
            f" ADD CONSTRAINT ck_{table}_remedies CHECK (remedies <@ ARRAY[{REMEDIES}])"
        )
    op.execute(
        "CREATE UNIQUE INDEX uq_violation_competence_authority_sector_valid_from"
        " ON violation_competence (authority, sector, valid_from) WHERE withdrawn_at IS NULL"
    )
    op.execute(
        "ALTER TABLE violation ADD CONSTRAINT ck_violation_remedies_decided"
        " CHECK (decision_number IS NOT NULL OR remedies = '{}')"
    )


def downgrade() -> None:
    """Rows that refer to nothing before this revision are left out."""
    begin_change()
    run_sql("r0008/law_down.sql")
    op.execute("ALTER TABLE violation DROP CONSTRAINT ck_violation_remedies_decided")
    op.execute("DROP INDEX uq_violation_competence_authority_sector_valid_from")
    op.execute(
        "CREATE UNIQUE INDEX uq_violation_competence_authority_valid_from"
        " ON violation_competence (authority, valid_from) WHERE withdrawn_at IS NULL"
    )
    for name in ("violation", "violation_history"):
        op.execute(f"ALTER TABLE {name} DROP COLUMN remedies")
    for table in CATALOGUE:
        for name in (table, f"{table}_history"):
            op.execute(f"ALTER TABLE {name} DROP COLUMN sector, DROP COLUMN remedies")
