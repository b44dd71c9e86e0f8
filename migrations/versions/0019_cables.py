"""Cables, what carries them in order, and the target of undergrounding.

Revision ID: 0019
Revises: 0018
"""

from alembic import op

from migrations.helpers import begin_change, grant, make_revertible, mirror_history, run_sql, seed_settings

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLES = ("cable_route", "cable_member")
READER = "registry_position_reader"
BEFORE = (
    "not_assessed",
    "available",
    "shared_available",
    "shared_full",
    "exclusive_full",
    "upgradable",
    "not_shareable",
    "restricted",
)
#: The plan was read in the press only: to be verified.
SETTINGS = (("kpi.underground_cable_pct", "2000-01-01", 20, "Kế hoạch 49/KH-UBND (2025), đến năm 2030", True),)


def upgrade() -> None:
    """A cable's list of members is replaced as a whole, so members may be deleted; their history stays."""
    _sharing_statuses((*BEFORE, "not_applicable"))
    run_sql("0019_cables.sql")
    for table in TABLES:
        mirror_history(table)
        grant(table)
        grant(f"{table}_history", "SELECT")
        op.execute(f"GRANT SELECT ON {table}, {table}_history TO {READER}")
    grant("cable_member", "DELETE")
    make_revertible("cable_route", rank=40, structure="h.id")
    make_revertible("cable_member", rank=80, structure="h.cable_id", deletes=True)
    seed_settings(SETTINGS)


def downgrade() -> None:
    """The cables go with their tables; what hangs on one in another table refuses the whole."""
    begin_change()
    op.execute("DELETE FROM dated_setting WHERE key = 'kpi.underground_cable_pct'")
    op.execute("DELETE FROM revertible_table WHERE name IN ('cable_route', 'cable_member')")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE IF EXISTS {table}, {table}_history CASCADE")
    op.execute("ALTER TABLE structure DISABLE TRIGGER never_deleted")
    op.execute("DELETE FROM structure WHERE kind = 'cable_route'")
    op.execute("ALTER TABLE structure ENABLE TRIGGER never_deleted")
    _sharing_statuses(BEFORE)


def _sharing_statuses(codes: tuple[str, ...]) -> None:
    """The codes that a structure may carry, nothing else."""
    listed = ", ".join(f"'{code}'" for code in codes)
    op.execute("ALTER TABLE structure DROP CONSTRAINT ck_structure_sharing_status")
    op.execute(f"ALTER TABLE structure ADD CONSTRAINT ck_structure_sharing_status CHECK (sharing_status IN ({listed}))")
