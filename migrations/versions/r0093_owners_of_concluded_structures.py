"""A conclusion keeps the owner of its structure, so that no list of an owner reads structures for it.

Revision ID: r0093
Revises: r0092
"""

from alembic import op

from migrations.helpers import alter_versioned, begin_change

revision = "r0093"
down_revision = "r0092"
branch_labels = None
depends_on = None


def upgrade() -> None:
    begin_change()
    alter_versioned("plan_conclusion", "ADD COLUMN structure_owner_id bigint")
    op.execute(
        "UPDATE plan_conclusion SET structure_owner_id = structure.owner_organisation_id"
        " FROM structure WHERE structure.id = plan_conclusion.structure_id"
    )
    op.execute("ALTER TABLE plan_conclusion ALTER COLUMN structure_owner_id SET NOT NULL")
    op.create_foreign_key(
        "fk_plan_conclusion_structure_owner_id_organisation",
        "plan_conclusion",
        "organisation",
        ["structure_owner_id"],
        ["id"],
    )
    op.create_index("ix_plan_conclusion_structure_owner_id", "plan_conclusion", ["structure_owner_id"])


def downgrade() -> None:
    begin_change()
    alter_versioned("plan_conclusion", "DROP COLUMN structure_owner_id")
