"""Roles of offices wait for a second administrator.

Revision ID: r0023
Revises: r0022
"""

from alembic import op

from migrations.helpers import alter_versioned

revision = "r0023"
down_revision = "r0022"
branch_labels = None
depends_on = None


_COLUMNS = {"assigned_by_id": "bigint", "awaiting_since": "timestamptz", "confirmed_by_id": "bigint"}
_CHECKS = {
    "second_person": "confirmed_by_id <> assigned_by_id AND confirmed_by_id <> user_id",
    "confirmed": "awaiting_since IS NULL OR confirmed_by_id IS NULL",
}


def upgrade() -> None:
    alter_versioned("role_assignment", ", ".join(f"ADD COLUMN {name} {kind}" for name, kind in _COLUMNS.items()))
    for name in ("assigned_by_id", "confirmed_by_id"):
        op.execute(
            f"ALTER TABLE role_assignment ADD CONSTRAINT fk_role_assignment_{name}_user_account"
            f" FOREIGN KEY ({name}) REFERENCES user_account (id) ON DELETE RESTRICT"
        )
    for name, condition in _CHECKS.items():
        constraint = f"ck_role_assignment_ck_role_assignment_{name}"
        op.execute(f"ALTER TABLE role_assignment ADD CONSTRAINT {constraint} CHECK ({condition})")


def downgrade() -> None:
    for name in _CHECKS:
        op.execute(f"ALTER TABLE role_assignment DROP CONSTRAINT ck_role_assignment_ck_role_assignment_{name}")
    alter_versioned("role_assignment", ", ".join(f"DROP COLUMN {name}" for name in _COLUMNS))
