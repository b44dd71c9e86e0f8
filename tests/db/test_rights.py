"""What the application's roles may do to tables, against lists that a person has read: default deny."""

import pytest
from sqlalchemy import text

from registry.kernel.db.base import Base
from registry.kernel.db.session import POSITION_READER_ROLE, WEB_ROLE, WORKER_ROLE
from tests.support.offenders import no_offenders
from tests.support.reviewed_rows import declared_at

#: Rows that the application deletes: what is derived, expires, is a draft, or is a member that comes and goes.
DELETED = {
    *(
        "basemap_feature",
        "basemap_layer",
        "cable_member",
        "colocation_item",
        "dashboard_run",
        "digest_subscription",
        "budget_run",
    ),
    *("import_decision", "import_missing", "import_progress", "import_result", "import_row", "import_layout"),
    *("incident_counter", "incident_draft", "incident_photo", "incident_report", "inspection_item", "one_time_link"),
    *("mail_bounce", "notice_choice", "notice_kind_choice", "quality_count", "quality_finding"),
    *("request_key", "saved_search", "saved_search_find", "saved_search_look", "sign_in_counter", "spent_proof"),
    *(
        "quota_use",
        "route_structure",
        "route_street_work",
        "street_line",
        "user_session",
        "route_workbook",
        "route_bulk_outcome",
    ),
    "infra_plan_item",
    "ppp_project_street",
}
#: Rows that stay as they were written, or are written by functions of the database alone, besides the histories.
#: Single columns of capacity_place may be changed, its sums not.
FIXED = {
    "village_coverage",
    *("admin_unit_piece", "alembic_version", "attachment_position", "audit_event", "audit_note", "audit_payload"),
    *("audit_seal", "basemap_feature", "basemap_layer", "capacity_place", "case_event", "colocation_screening"),
    *(
        "guidance_receipt",
        "incident_proof",
        "indicator_value",
        "unit_population",
        "issued_paper",
        "issued_pdf",
        "notice",
        "notice_read",
        "occupation_claim",
        "operator_plan",
        "operator_plan_item",
        "register_identity",
    ),
    *("route_answer", "route_asked", "route_comment", "route_comment_reply", "route_round"),
    "infra_plan_item",
    "ppp_project_street",
    *("report_consolidation", "report_submission", "revert_run", "revertible_table", "spatial_ref_sys"),
    *(
        "spent_proof",
        "structure_cell",
        "structure_cell_count",
        "structure_class",
        "structure_gone",
        "structure_number_key",
    ),
    *(
        "cable_use",
        "history_frozen",
        "structure_fact",
        "structure_fact_change",
        "structure_fresh_since",
        "structure_group",
    ),
    *("structure_bin", "structure_bin_change", "structure_year_count", "village_succession", "violation_paper"),
    *("spent_proof", "quality_run", "route_edition_item", "route_list_edition", "route_structure", "route_street_work"),
    *("access_review", "reading_alarm"),
}
#: Of one's own; the tables of the job queue have the rights that its library asks for.
_TABLES = text(
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    " AND relname NOT LIKE 'procrastinate%' AND has_table_privilege(:role, oid, :right)"
)
_HISTORIES = text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE '%\\_history'")


#: What no statement about positions joins or filters by; histories follow their tables.
NOT_WITH_POSITIONS = {
    "ppp_project",
    "ppp_project_street",
    "village_coverage",
    *("access_token", "route_answer", "route_asked", "route_comment", "route_comment_reply", "route_round"),
    *("route_workbook", "route_workbook_layout", "route_bulk_outcome", "route_street_work"),
    *("account_mail", "admin_succession", "alembic_version", "approximate_outlines", "attachment"),
    *("attachment_link", "attestation_round", "audit_event", "audit_note", "audit_payload"),
    *("basemap_feature", "basemap_layer", "bulk_edit", "calendar_day", "case_clock", "case_counter"),
    *("case_event", "case_message", "colocation_agreement", "colocation_as_built", "colocation_item"),
    *("colocation_offer", "colocation_request", "colocation_screening", "dashboard_run"),
    *("digest_subscription", "export_job", "finding", "guidance_document", "guidance_receipt", "import_batch"),
    *("import_decision", "import_layout", "import_missing", "import_progress", "import_result"),
    *("import_row", "incident", "incident_counter", "incident_draft", "incident_photo", "incident_proof"),
    *("incident_report", "incident_storm", "incident_storm_file", "indicator", "indicator_target"),
    *(
        "indicator_value",
        "unit_population",
        "inspection_correction",
        "inspection_finding",
        "inspection_item",
        "inspection_plan",
        "issued_paper",
        "issued_pdf",
    ),
    *("legal_term", "mail_bounce", "notice", "notice_choice", "notice_kind_choice", "notice_mail", "notice_read"),
    *(
        "obstacle",
        "occupation",
        "occupation_claim",
        "one_time_link",
        "operator_report",
        "organisation_succession",
        "quota_use",
    ),
    *("operator_plan", "operator_plan_item"),
    *("joint_interest", "offered_site", "plan_conclusion", "plan_task", "site_request"),
    *("register_identity", "report_campaign", "report_consolidation", "report_entry", "report_exception"),
    *("report_remark", "report_submission", "request_key", "revertible_table", "role_area"),
    *("role_assignment", "route_item", "route_list", "saved_search", "saved_search_find"),
    *("saved_search_look", "setting_proposal", "sign_in_counter", "spent_proof", "street_line"),
    *("structure_label", "tariff", "term_proposal", "user_account", "user_password", "user_session"),
    *(
        "access_review",
        "reading_alarm",
        "day_pass",
        "factor_reset",
        "recovery_code",
        "remembered_browser",
        "second_factor",
    ),
    *("village", "village_succession", "violation", "violation_competence", "violation_kind"),
    *("route_edition_item", "route_list_edition", "route_structure", "route_board_entry", "route_work", "budget_run"),
    *("route_join_window", "route_need", "road_answer"),
    *("violation_act", "violation_delegation", "violation_paper", "quality_count", "quality_run"),
    "unit_population",
}


def tables_with(ctx, role, right):
    """The tables of the program that a role has a right to."""
    return set(ctx.session.scalars(_TABLES, {"role": role, "right": right}))


def declared(table):
    """`path:line` of the model of a table, or its name alone."""
    models = {mapper.local_table.name: mapper.class_ for mapper in Base.registry.mappers}
    return f"{declared_at(models[table])}: {table}" if table in models else table


def compare(actual, reviewed, *, rule, name):
    """Fail where a reviewed set of this file differs from the rights that the tables have."""
    no_offenders(
        rule,
        [f"{declared(table)}: not in {name}" for table in sorted(actual - reviewed)]
        + [f"{declared(table)}: in {name}, and has no such right" for table in sorted(reviewed - actual)],
        f"paste into {name} of tests/db/test_rights.py, or change the grant in the migration of the table",
        [f'    "{table}",' for table in sorted(actual - reviewed)],
    )


@pytest.mark.parametrize("role", [WEB_ROLE, WORKER_ROLE])
def test_the_roles_of_the_application_change_and_delete_what_was_reviewed(ctx_of, role):
    with ctx_of(None, read_only=True) as ctx:
        granted = {right: tables_with(ctx, role, right) for right in ("INSERT", "UPDATE", "DELETE", "TRUNCATE")}
        granted["TRIGGER"] = tables_with(ctx, role, "TRIGGER")
        histories = set(ctx.session.scalars(_HISTORIES))
    compare(granted["DELETE"], DELETED, rule="the application deletes rows of reviewed tables alone", name="DELETED")
    assert granted["UPDATE"] & (FIXED | histories) == set()
    assert granted["INSERT"] & histories == set()
    assert granted["TRUNCATE"] == granted["TRIGGER"] == set()


def test_each_table_is_changed_or_was_reviewed_as_fixed(ctx_of):
    with ctx_of(None, read_only=True) as ctx:
        tables = tables_with(ctx, "registry_owner", "SELECT")
        changed = tables_with(ctx, WEB_ROLE, "UPDATE")
        histories = set(ctx.session.scalars(_HISTORIES))
    compare(tables - changed - histories, FIXED, rule="a row is changed, or stays as it was written", name="FIXED")


def test_each_table_is_read_with_positions_or_was_reviewed_as_apart_from_them(ctx_of):
    """A statement about positions that joins another table fails: its page answers 500."""
    with ctx_of(None, read_only=True) as ctx:
        tables = tables_with(ctx, WEB_ROLE, "SELECT") - set(ctx.session.scalars(_HISTORIES))
        apart = tables - tables_with(ctx, POSITION_READER_ROLE, "SELECT")
    missing = sorted(apart - NOT_WITH_POSITIONS)
    no_offenders(
        "a table can be read in one statement with exact positions, or no such statement names it",
        [f"{declared(table)}: not readable" for table in missing]
        + [f"{declared(table)}: readable" for table in sorted(NOT_WITH_POSITIONS - apart)],
        "paste the grant into its migration, or its name into NOT_WITH_POSITIONS (tests/db/test_rights.py)",
        [f'    op.execute("GRANT SELECT ON {table} TO registry_position_reader")' for table in missing],
    )
