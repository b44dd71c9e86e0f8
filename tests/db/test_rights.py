"""What the application's roles may do to tables, against lists that a person has read: default deny."""

import pytest
from sqlalchemy import text

from registry.kernel.db.session import WEB_ROLE, WORKER_ROLE

#: Rows that the application deletes: what is derived, expires, is a draft, or is a member that comes and goes.
DELETED = {
    *("basemap_feature", "basemap_layer", "cable_member", "colocation_item", "dashboard_run", "digest_subscription"),
    *("import_decision", "import_missing", "import_progress", "import_result", "import_row", "import_layout"),
    *("incident_counter", "incident_draft", "incident_photo", "incident_report", "inspection_item", "one_time_link"),
    *("mail_bounce", "notice_choice"),
    *("request_key", "saved_search", "saved_search_find", "saved_search_look", "sign_in_counter", "spent_proof"),
    *("quota_use", "street_line", "user_session"),
}
#: Rows that stay as they were written, or are written by functions of the database alone, besides the histories.
#: Single columns of capacity_place may be changed, its sums not.
FIXED = {
    *("admin_unit_piece", "alembic_version", "attachment_position", "audit_event", "audit_note", "audit_payload"),
    *("audit_seal", "basemap_feature", "basemap_layer", "capacity_place", "case_event", "colocation_screening"),
    *(
        "incident_proof",
        "indicator_value",
        "issued_paper",
        "notice",
        "notice_read",
        "occupation_claim",
        "register_identity",
    ),
    *("report_consolidation", "report_submission", "revert_run", "revertible_table", "spatial_ref_sys"),
    *(
        "spent_proof",
        "structure_cell",
        "structure_cell_tally",
        "structure_class",
        "structure_gone",
        "structure_number_key",
    ),
    *("history_frozen", "structure_fact", "structure_fact_change", "structure_fresh_since", "structure_group"),
    *("structure_tally", "structure_tally_change", "structure_year_count", "village_succession", "violation_paper"),
    "spent_proof",
}
#: Of one's own; the tables of the job queue have the rights that its library asks for.
_TABLES = text(
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    " AND relname NOT LIKE 'procrastinate%' AND has_table_privilege(:role, oid, :right)"
)
_HISTORIES = text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE '%\\_history'")


@pytest.mark.parametrize("role", [WEB_ROLE, WORKER_ROLE])
def test_the_roles_of_the_application_change_and_delete_what_was_reviewed(ctx_of, role):
    with ctx_of(None, read_only=True) as ctx:
        granted = {
            right: set(ctx.session.scalars(_TABLES, {"role": role, "right": right}))
            for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER")
        }
        histories = set(ctx.session.scalars(_HISTORIES))
    assert granted["DELETE"] == DELETED
    assert granted["UPDATE"] & (FIXED | histories) == set()
    assert granted["INSERT"] & histories == set()
    assert granted["TRUNCATE"] == granted["TRIGGER"] == set()


def test_each_table_is_changed_or_was_reviewed_as_fixed(ctx_of):
    with ctx_of(None, read_only=True) as ctx:
        tables = set(ctx.session.scalars(_TABLES, {"role": "registry_owner", "right": "SELECT"}))
        changed = set(ctx.session.scalars(_TABLES, {"role": WEB_ROLE, "right": "UPDATE"}))
        histories = set(ctx.session.scalars(_HISTORIES))
    assert tables - changed - histories == FIXED
