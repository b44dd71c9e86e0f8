"""Streets of route lists: costs by year, the project that digs there, linked structures, grounds of the decision.

Revision ID: r0081
Revises: r0080
"""

import json

import sqlalchemy as sa
from alembic import op

from migrations.helpers import alter_versioned, begin_change

revision = "r0081"
down_revision = "r0080"
branch_labels = None
depends_on = None

_COLUMNS = {"cost_plan": "jsonb", "project_kind": "varchar(40)", "project_number": "text"}
_CHECKS = {
    "cost_plan": "jsonb_typeof(cost_plan) = 'array'",
    "project_kind": "project_kind IN ('road', 'power', 'water', 'other')",
    "project_named": "linked_project IS NOT NULL OR (project_kind IS NULL AND project_number IS NULL)",
}


def _rename_keys(former: str, name: str) -> None:
    for column in ("route_item_id", "structure_id", "linked_by_id"):
        op.execute(f"ALTER TABLE route_structure RENAME CONSTRAINT fk_{former}_{column} TO fk_{name}_{column}")


#: Grounds of the decision that issues a list, to be checked by the department before one is signed.
_GROUNDS = (
    "Luật Viễn thông số 24/2023/QH15",
    "Nghị định số 163/2024/NĐ-CP của Chính phủ quy định chi tiết một số điều và biện pháp thi hành Luật Viễn thông",
    "Kế hoạch số 225/KH-UBND ngày 15/9/2023 của Ủy ban nhân dân tỉnh",
)


def upgrade() -> None:
    begin_change()
    op.execute(
        sa.text(
            "INSERT INTO dated_setting (key, valid_from, value, source, needs_verification) VALUES"
            " ('routelist.decision_grounds', '2000-01-01', CAST(:grounds AS jsonb), 'Quy ước của hệ thống', true)"
        ).bindparams(grounds=json.dumps({"rows": [{"text": text} for text in _GROUNDS]}))
    )
    for name, kind in _COLUMNS.items():
        alter_versioned("route_item", f"ADD COLUMN {name} {kind}")
    for name, condition in _CHECKS.items():
        op.execute(f"ALTER TABLE route_item ADD CONSTRAINT ck_route_item_{name} CHECK ({condition})")
    op.execute("ALTER TABLE route_as_built RENAME TO route_structure")
    op.execute("ALTER TABLE route_structure ADD COLUMN role varchar(40) NOT NULL DEFAULT 'built'")
    op.execute("ALTER TABLE route_structure ALTER COLUMN role DROP DEFAULT")
    op.execute(
        "ALTER TABLE route_structure"
        " ADD CONSTRAINT ck_route_structure_structure_role CHECK (role IN ('planned', 'built')),"
        " DROP CONSTRAINT pk_route_as_built,"
        " ADD CONSTRAINT pk_route_structure PRIMARY KEY (route_item_id, structure_id, role)"
    )
    _rename_keys("route_as_built", "route_structure")
    op.execute("ALTER INDEX ix_route_as_built_structure_id RENAME TO ix_route_structure_structure_id")
    op.execute("GRANT DELETE ON route_structure TO registry_web, registry_worker")


def downgrade() -> None:
    begin_change()
    op.execute("DELETE FROM dated_setting WHERE key = 'routelist.decision_grounds'")
    op.execute("DELETE FROM route_structure WHERE role = 'planned'")
    op.execute(
        "ALTER TABLE route_structure DROP CONSTRAINT pk_route_structure,"
        " DROP COLUMN role, ADD CONSTRAINT pk_route_as_built PRIMARY KEY (route_item_id, structure_id)"
    )
    _rename_keys("route_structure", "route_as_built")
    op.execute("ALTER INDEX ix_route_structure_structure_id RENAME TO ix_route_as_built_structure_id")
    op.execute("REVOKE DELETE ON route_structure FROM registry_web, registry_worker")
    op.execute("ALTER TABLE route_structure RENAME TO route_as_built")
    for name in _CHECKS:
        op.execute(f"ALTER TABLE route_item DROP CONSTRAINT ck_route_item_{name}")
    for name in _COLUMNS:
        alter_versioned("route_item", f"DROP COLUMN {name}")
