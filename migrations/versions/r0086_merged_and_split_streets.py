"""Streets of a list that were merged or split, and their order.

Revision ID: r0086
Revises: r0085
"""

from alembic import op

from migrations.helpers import alter_versioned, begin_change

revision = "r0086"
down_revision = "r0085"
branch_labels = None
depends_on = None

_COLUMNS = {
    "merged_into_id": "BIGINT",
    "merged_version": "BIGINT",
    "split_from_id": "BIGINT",
    "order_key": "NUMERIC",
}
_STATES = ("proposed", "under_review", "returned", "overdue", "agreed", "rejected", "withdrawn")
_MERGED = (
    "(state = 'merged') = (merged_into_id IS NOT NULL)"
    " AND (merged_into_id IS NULL) = (merged_version IS NULL) AND merged_into_id <> id"
)


def _check_states(states: tuple[str, ...]) -> None:
    op.execute("ALTER TABLE route_item DROP CONSTRAINT ck_route_item_item_state")
    listed = ", ".join(repr(state) for state in states)
    op.execute(f"ALTER TABLE route_item ADD CONSTRAINT ck_route_item_item_state CHECK (state IN ({listed}))")


def upgrade() -> None:
    alter_versioned("route_item", ", ".join(f"ADD COLUMN {name} {kind}" for name, kind in _COLUMNS.items()))
    _check_states((*_STATES, "merged"))
    op.execute(f"ALTER TABLE route_item ADD CONSTRAINT ck_route_item_merged CHECK ({_MERGED})")
    for name in ("merged_into_id", "split_from_id"):
        op.create_foreign_key(f"fk_route_item_{name}_route_item", "route_item", "route_item", [name], ["id"])
        op.create_index(f"ix_route_item_{name}", "route_item", [name])


def downgrade() -> None:
    begin_change()
    op.execute("ALTER TABLE route_item DROP CONSTRAINT ck_route_item_merged")
    op.execute("UPDATE route_item SET state = 'withdrawn', version = version + 1 WHERE state = 'merged'")
    _check_states(_STATES)
    alter_versioned("route_item", ", ".join(f"DROP COLUMN {name}" for name in _COLUMNS))
