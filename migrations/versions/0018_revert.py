"""A change of structures can be taken back as a whole, from the history of the database.

Revision ID: 0018
Revises: 0017
"""

from alembic import op

from migrations.helpers import grant, make_revertible, run_sql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

#: Manholes before the ducts that refer to them.
KINDS = (
    "manhole",
    "antenna_tower",
    "site_house",
    "cable_pole",
    "pole_line",
    "power_pole_shared",
    "cable_duct",
    "technical_trench",
    "technical_tunnel",
)
PLACE_OF_ENTRY = (
    "(SELECT p.structure_id FROM capacity_place_history p WHERE p.id = h.place_id"
    " ORDER BY p.history_id + 0 DESC LIMIT 1)"
)
#: An entry that takes no more than it takes now may be brought back before its place is.
TAKES_LESS = (
    "(CASE h.state WHEN 'ended' THEN 0 ELSE h.quantity END) <= (CASE n.state WHEN 'ended' THEN 0 ELSE n.quantity END)"
)


def upgrade() -> None:
    """The functions, the tables that they may touch, and indexes for what is asked before a manhole goes."""
    run_sql("0018_revert.sql")
    grant("revertible_table", "SELECT")
    make_revertible("structure", rank=10, structure="h.id")
    for number, kind in enumerate(KINDS):
        make_revertible(kind, rank=20 + number, structure="h.id")
    # Their sums follow the entries by triggers.
    make_revertible("capacity_place", rank=60, structure="h.structure_id", kept=("used", "reserved", "blocked"))
    make_revertible("capacity_entry", rank=70, structure=PLACE_OF_ENTRY, gives_room=TAKES_LESS)
    for end in ("from_manhole_id", "to_manhole_id"):
        op.create_index(f"ix_cable_duct_{end}", "cable_duct", [end])


def downgrade() -> None:
    """What was taken back stays so; nothing more can be."""
    for end in ("from_manhole_id", "to_manhole_id"):
        op.drop_index(f"ix_cable_duct_{end}", "cable_duct")
    run_sql("0018_no_revert.sql")
