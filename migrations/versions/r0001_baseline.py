"""The whole schema: tables, histories, functions, rights, and the first rows of settings, terms and violations.

Revision ID: r0001
Revises:
"""

from migrations.helpers import begin_change, make_revertible, mirror_history, run_sql

revision = "r0001"
down_revision = None
branch_labels = None
depends_on = None

#: In the order of their foreign keys.
SUBJECTS = (
    *("roles", "history", "audit", "settings", "territory", "accounts", "files"),
    *("structures", "kinds", "capacity", "counts", "revert"),
    *("workflow", "notices", "colocation", "tariffs", "routelists", "violations", "occupations"),
    *("imports", "bulk_edit", "exports", "saved_searches", "basemap", "search", "procrastinate"),
)
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
VERSIONED = (
    "dated_setting",
    *("admin_unit", "admin_succession", "street", "street_line"),
    *("organisation", "organisation_alias", "organisation_succession", "user_account", "role_assignment", "role_area"),
    *("attachment", "attachment_link"),
    *(*KINDS, "cable_route", "cable_member", "capacity_place", "capacity_entry"),
    *("structure_disclosure", "structure_label"),
    *("calendar_day", "legal_term", "case_clock", "case_event", "case_message"),
    *("colocation_request", "colocation_item", "colocation_offer", "colocation_screening"),
    *("colocation_agreement", "colocation_as_built", "tariff"),
    *("route_list", "route_item"),
    *("violation_kind", "violation_competence", "violation"),
    *("occupation", "occupation_claim"),
    *("import_batch", "bulk_edit", "attestation_round", "saved_search"),
)
PLACE_OF_ENTRY = (
    "(SELECT p.structure_id FROM capacity_place_history p WHERE p.id = h.place_id"
    " ORDER BY p.history_id + 0 DESC LIMIT 1)"
)
#: An entry that takes no more than it takes now may be restored before its place is.
TAKES_LESS = (
    "(CASE h.state WHEN 'ended' THEN 0 ELSE h.quantity END) <= (CASE n.state WHEN 'ended' THEN 0 ELSE n.quantity END)"
)


def upgrade() -> None:
    """Tables first, then their histories and what refers to these, then rights, then rows."""
    for subject in SUBJECTS:
        run_sql(f"baseline/{subject}.sql")
    mirror_history("structure", readable=False)
    for table in VERSIONED:
        mirror_history(table)
    run_sql("baseline/gone.sql")
    run_sql("baseline/rights.sql")
    _revertible_tables()
    begin_change()
    for rows in ("settings", "legal_terms", "violations"):
        run_sql(f"baseline/seed_{rows}.sql")


def _revertible_tables() -> None:
    make_revertible("structure", rank=10, structure="h.id")
    for number, kind in enumerate(KINDS):
        make_revertible(kind, rank=20 + number, structure="h.id")
    make_revertible("cable_route", rank=40, structure="h.id")
    # Its sums follow the entries by triggers.
    make_revertible("capacity_place", rank=60, structure="h.structure_id", kept=("used", "reserved", "blocked"))
    make_revertible("capacity_entry", rank=70, structure=PLACE_OF_ENTRY, gives_room=TAKES_LESS)
    make_revertible("cable_member", rank=80, structure="h.cable_id", deletes=True)


def downgrade() -> None:
    """Everything goes except extensions and roles."""
    run_sql("baseline/drop_everything.sql")
