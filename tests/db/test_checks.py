"""What the tables of the ledger, of cases and of imports refuse by themselves: each CHECK with a row on both sides."""

import json

from sqlalchemy import text

DAY, NEXT = "2026-01-05", "2026-01-06"
MOMENT = "2026-01-05T08:00:00Z"
RENEWAL = {"renewal_by": "owner", "renewal_number": "1", "renewal_ends_on": NEXT}

#: table -> (CHECK without its `ck_<table>_`, what it refuses, the nearest that it lets pass); what is not said is NULL.
CHECKS = {
    "capacity_place": (
        ("total", {"total": -1}, {"total": 0}),
        ("sums", {"used": -1}, {"used": 0}),
        ("sums", {"reserved": -1}, {"reserved": 0}),
        ("sums", {"blocked": -1}, {"blocked": 0}),
        (
            "not_over",
            {"used": 1, "reserved": 1, "blocked": 2, "total": 3},
            {"used": 1, "reserved": 1, "blocked": 1, "total": 3},
        ),
        ("height", {"height_m": 401, "unit": "position"}, {"height_m": 400, "unit": "position"}),
        ("height", {"height_m": 3, "unit": "bore"}, {"height_m": 3, "unit": "level"}),
        ("diameter", {"diameter_mm": 0, "unit": "bore"}, {"diameter_mm": 1, "unit": "bore"}),
        ("diameter", {"diameter_mm": 110, "unit": "level"}, {"diameter_mm": 110, "unit": "cable"}),
        ("level", {"level": 0, "unit": "level"}, {"level": 1, "unit": "level"}),
        ("level", {"level": 1, "unit": "bore"}, {"level": 100, "unit": "level"}),
    ),
    "capacity_entry": (
        ("quantity", {"quantity": 0}, {"quantity": 1}),
        ("reserved_expires", {"state": "reserved"}, {"state": "reserved", "expires_at": MOMENT}),
        ("reserved_expires", {"state": "used", "expires_at": MOMENT}, {"state": "used"}),
        ("ended_on", {"state": "ended"}, {"state": "ended", "ended_on": DAY}),
        ("ended_on", {"state": "used", "ended_on": DAY}, {"state": "used"}),
        ("period", {"started_on": NEXT, "ended_on": DAY}, {"started_on": DAY, "ended_on": DAY}),
        ("entry_state", {"state": "lent"}, {"state": "used"}),
    ),
    "structure": (
        ("commune_or_outside", {"outside_area": False}, {"outside_area": True}),
        ("name_given", {"name": " "}, {"name": "A"}),
        ("reason_if_not_shareable", {"sharing_status": "not_shareable"}, {"sharing_status": "available"}),
        ("service_after_built", {"built_on": NEXT, "in_service_on": DAY}, {"built_on": DAY, "in_service_on": DAY}),
        ("valid_period", {"valid_from": NEXT, "valid_to": DAY}, {"valid_from": DAY, "valid_to": DAY}),
        ("version_positive", {"version": 0}, {"version": 1}),
    ),
    "cable_route": (
        ("fibres", {"fibre_count": 0}, {"fibre_count": 1}),
        ("lit_fibres", {"fibre_count": 1, "lit_fibre_count": 2}, {"fibre_count": 1, "lit_fibre_count": 1}),
        ("dead_between", {"dead_on": DAY, "installed_on": NEXT}, {"dead_on": DAY, "installed_on": DAY}),
        ("dead_has_day_and_evidence", {"dead_flag": True}, {"dead_flag": True, "dead_on": DAY, "dead_evidence": "-"}),
        (
            "removed_after_installed",
            {"installed_on": NEXT, "removed_on": DAY},
            {"installed_on": DAY, "removed_on": DAY},
        ),
    ),
    "cable_member": (("not_itself", {"structure_id": 1, "cable_id": 1}, {"structure_id": 1, "cable_id": 2}),),
    "admin_unit": (("dates", {"valid_from": NEXT, "valid_to": DAY}, {"valid_from": DAY, "valid_to": DAY}),),
    "admin_succession": (
        ("not_itself", {"predecessor_id": 1, "successor_id": 1}, {"predecessor_id": 1, "successor_id": 2}),
        ("successor", {"kind": "abolish", "successor_id": 1}, {"kind": "abolish"}),
    ),
    "role_assignment": (
        ("ck_role_assignment_not_public", {"role": "public"}, {"role": "operator"}),
        (
            "ck_role_assignment_valid_period",
            {"valid_from": NEXT, "valid_to": DAY},
            {"valid_from": DAY, "valid_to": DAY},
        ),
    ),
    "user_account": (
        ("ck_user_account_disabled_at", {"is_active": True, "disabled_at": MOMENT}, {"is_active": True}),
        ("ck_user_account_disabled_at", {"is_active": False}, {"is_active": False, "disabled_at": MOMENT}),
    ),
    "tariff": (
        ("price", {"price": 0}, {"price": 1}),
        ("tax_rate", {"tax_rate": 101}, {"tax_rate": 100}),
        ("dates", {"valid_from": "2026-01-07", "valid_to": DAY}, {"valid_from": NEXT, "valid_to": DAY}),
        ("one_place", {"admin_unit_id": 1, "structure_id": 1}, {"structure_id": 1}),
        ("basis_given", {"legal_basis": " "}, {"legal_basis": "-"}),
    ),
    "finding": (
        ("case_handled", {"case_id": 1}, {"case_id": 1, "handled_at": MOMENT}),
        ("case_whole", {"case_id": 1}, {"case_id": 1, "case_workflow": "violation"}),
    ),
    "occupation": (
        ("contract_shown", {"state": "contract_shown"}, {"state": "contract_shown", "contract_number": "1"}),
        ("contract_whole", {"contract_number": "1"}, {"contract_number": "1", "contract_on": DAY}),
        ("noted_not_notified", {"state": "noted", "number": "1"}, {"state": "noted"}),
        ("notified_has_number", {"notified_at": MOMENT}, {"notified_at": MOMENT, "number": "1"}),
        ("occupant", {"state": "notified"}, {"state": "notified", "occupant_organisation_id": 1}),
        ("quantity", {"quantity": 0}, {"quantity": 1}),
        ("referred", {"state": "referred"}, {"state": "referred", "referred_at": MOMENT}),
        ("regularised", {"state": "closed_regularised"}, {"state": "closed_regularised", "request_number": "1"}),
        ("regularising", {"state": "regularising"}, {"state": "regularising", "undertaking": "regularise"}),
        ("remove_by", {"undertaking": "remove"}, {"undertaking": "remove", "remove_by": DAY}),
        ("removed", {"state": "closed_removed"}, {"state": "closed_removed", "removed_on": DAY}),
        ("removed_after_found", {"found_on": NEXT, "removed_on": DAY}, {"found_on": DAY, "removed_on": DAY}),
        (
            "removing",
            {"state": "removing", "undertaking": "regularise"},
            {"state": "removing", "undertaking": "remove"},
        ),
        ("unclaimed", {"state": "unclaimed", "occupant_organisation_id": 1}, {"state": "unclaimed"}),
    ),
    "violation": (
        ("decided", {"state": "decided"}, {"state": "decided", "decision_number": "1"}),
        ("decision_after_minutes", {"minutes_on": NEXT, "decision_on": DAY}, {"minutes_on": DAY, "decision_on": DAY}),
        ("decision_whole", {"decision_number": "1"}, {}),
        ("minutes_before_decision", {"decision_number": "1"}, {"decision_number": "1", "minutes_number": "1"}),
        ("minutes_made", {"state": "transferred"}, {"state": "transferred", "minutes_number": "1"}),
        ("minutes_not_made", {"state": "time_barred", "minutes_number": "1"}, {"state": "time_barred"}),
        ("minutes_whole", {"minutes_number": "1"}, {}),
        ("not_yet_decided", {"state": "minutes_made", "decision_number": "1"}, {"state": "minutes_made"}),
        ("remedy_due", {"state": "remedying"}, {"state": "remedying", "remedy_due_on": DAY}),
        ("transferred", {"state": "transferred"}, {"state": "transferred", "transferred_to": "other"}),
    ),
    "case_clock": (
        ("due_at", {"state": "running"}, {"state": "running", "due_at": MOMENT}),
        ("ended_at", {"state": "stopped"}, {"state": "stopped", "ended_at": MOMENT}),
        ("ended_at", {"state": "running", "ended_at": MOMENT}, {"state": "running"}),
        ("paused_at", {"state": "paused"}, {"state": "paused", "paused_at": MOMENT}),
        (
            "stated",
            {"term_id": None, "reminders": [], "extra": 1},
            {"term_id": None, "reminders": [], "due_at": MOMENT},
        ),
        ("term", {"term_id": 1, "reminders": [1]}, {"term_id": 1}),
    ),
    "organisation_succession": (
        ("withdrawn", {"withdrawn_at": MOMENT}, {"withdrawn_at": MOMENT, "withdrawn_reason": "-"}),
    ),
    "legal_term": (
        ("length", {"length": 0}, {"length": 1}),
        ("cited", {"citation": " "}, {"citation": "-"}),
        ("withdrawn", {"withdrawn_reason": "-"}, {"withdrawn_reason": "-", "withdrawn_at": MOMENT}),
    ),
    "colocation_request": (
        ("draft_not_filed", {"state": "draft", "filed_at": MOMENT}, {"state": "draft"}),
        ("filed", {"state": "under_review"}, {"state": "under_review", "filed_at": MOMENT}),
        ("filed_has_number", {"filed_at": MOMENT}, {"filed_at": MOMENT, "number": "1"}),
        ("decided", {"state": "accepted"}, {"state": "accepted", "decided_at": MOMENT}),
        ("decided_by", {"decided_at": MOMENT}, {"decided_at": MOMENT, "decided_by_id": 1}),
        (
            "two_parties",
            {"requester_organisation_id": 1, "owner_organisation_id": 1},
            {"requester_organisation_id": 1, "owner_organisation_id": 2},
        ),
        ("upgrade_by", {"state": "upgrading"}, {"state": "upgrading", "upgrade_by": DAY}),
        ("term", {"term_months": 0}, {"term_months": 1}),
    ),
    "colocation_item": (
        ("accepted_has_place", {"decision": "accepted"}, {"decision": "accepted", "place_id": 1}),
        ("accepted_is_reserved", {"decision": "accepted"}, {"decision": "accepted", "entry_id": 1}),
        ("reserved_is_accepted", {"decision": "pending", "entry_id": 1}, {"decision": "accepted", "entry_id": 1}),
        ("rejected_has_ground", {"decision": "rejected"}, {"decision": "pending"}),
        ("decided", {"decision": "pending", "decided_at": MOMENT}, {"decision": "pending"}),
        ("quantity", {"quantity": 0}, {"quantity": 1}),
    ),
    "colocation_agreement": (
        ("period", {"starts_on": DAY, "ends_on": DAY}, {"starts_on": DAY, "ends_on": NEXT}),
        ("price", {"price_vnd": 1, "is_defence": True}, {"price_vnd": 0, "is_defence": True}),
        ("price", {"price_vnd": -1, "is_defence": False}, {"price_vnd": 1, "is_defence": False}),
        ("defence_sublets_nothing", {"is_defence": True, "sublease": False}, {"is_defence": True}),
        ("disputed_from", {"state": "disputed"}, {"state": "disputed", "disputed_from": "active"}),
        ("installed", {"state": "active"}, {"state": "active", "installed_on": DAY}),
        ("removed", {"state": "removal_reported"}, {"state": "terminated", "removed_on": DAY}),
        ("removed", {"state": "terminated", "installed_on": DAY}, {"state": "terminated"}),
        ("renewal", {"renewal_number": "1"}, {"state": "active"}),
        ("renewal", RENEWAL | {"state": "active", "ends_on": NEXT}, RENEWAL | {"state": "active", "ends_on": DAY}),
        ("renewal", RENEWAL | {"state": "removing", "ends_on": DAY}, RENEWAL | {"state": "active", "ends_on": DAY}),
        ("renewal_price", {"renewal_price_vnd": 1, "is_defence": True}, {"renewal_price_vnd": 0, "is_defence": True}),
    ),
    "import_batch": (
        ("applied_at", {"state": "applied"}, {"state": "applied", "applied_at": MOMENT}),
        ("undone_at", {"state": "undone"}, {"state": "undone", "undone_at": MOMENT}),
        ("undone_at", {"state": "applied", "undone_at": MOMENT}, {"state": "applied"}),
    ),
    "import_row": (("number", {"number": 0}, {"number": 1}),),
    "bulk_edit": (
        ("applied_at", {"applied_change_id": 1}, {"applied_change_id": 1, "applied_at": MOMENT}),
        ("applied_change", {"state": "applied"}, {"state": "applied", "applied_change_id": 1}),
        ("undone_at", {"state": "undone"}, {"state": "undone", "undone_at": MOMENT}),
        ("reason_given", {"reason": " "}, {"reason": "-"}),
    ),
    "route_list": (
        ("issued_has_decision", {"state": "issued"}, {"state": "issued", "decision_number": "1", "decided_on": DAY}),
    ),
    "attestation_round": (
        ("counts", {"confirmed": 2, "total": 1}, {"confirmed": 1, "total": 1}),
        ("term", {"opened_on": DAY, "due_on": DAY}, {"opened_on": DAY, "due_on": NEXT}),
    ),
    "structure_label": (("revoked_by", {"revoked_at": MOMENT}, {"revoked_at": MOMENT, "revoked_by_id": 1}),),
    "obstacle": (
        ("version_positive", {"version": 0}, {"version": 1}),
        ("numbered", {}, {"number": "1"}),
        ("described", {"subject": " ", "description": "-"}, {"subject": "-", "description": "-"}),
        ("assigned", {"agency_id": 1}, {"agency_id": 1, "assigned_at": MOMENT}),
        ("other_agency", {"agency_id": 1, "organisation_id": 1}, {"agency_id": 1, "organisation_id": 2}),
        ("raised", {"state": "raised", "agency_id": 1}, {"state": "raised"}),
        ("has_agency", {"state": "assigned"}, {"state": "escalated"}),
        ("answered_whole", {"answer": "-"}, {"answer": "-", "answer_kind": "guided", "answered_at": MOMENT}),
        ("answered", {"state": "assigned", "answered_at": MOMENT}, {"state": "closed", "answered_at": MOMENT}),
        ("rated", {"state": "answered", "rating": "solved"}, {"state": "closed", "rating": "solved"}),
        ("escalated", {"state": "escalated"}, {"state": "escalated", "escalated_at": MOMENT}),
    ),
    "building_notice": (
        ("version_positive", {"version": 0}, {"version": 1}),
        ("numbered", {}, {"number": "1"}),
        (
            "described",
            {"work": "-", "exemption": " ", "parameters": "-"},
            {"work": "-", "exemption": "-", "parameters": "-"},
        ),
        (
            "regime_receiver",
            {"regime": "telecom", "receiver": "commune"},
            {"regime": "commencement", "receiver": "commune"},
        ),
        ("built", {"state": "built"}, {"state": "built", "structure_id": 1}),
        ("checked_whole", {"acknowledged_at": MOMENT}, {}),
        ("acknowledged", {"state": "acknowledged"}, {"state": "acknowledged", "acknowledged_at": MOMENT}),
    ),
    "infra_plan": (
        ("version_positive", {"version": 0}, {"version": 1}),
        ("named", {"name": " "}, {"name": "-"}),
        ("days", {"valid_from": NEXT, "valid_to": DAY}, {"valid_from": DAY, "valid_to": DAY}),
        ("days", {"valid_from": DAY, "document_on": NEXT}, {"valid_from": DAY, "document_on": DAY}),
        ("issued_whole", {"number": "1"}, {}),
        ("issued", {"state": "issued"}, {"state": "issued", "document_on": DAY}),
        ("issued", {"state": "draft", "document_on": DAY}, {"state": "draft"}),
        ("ended", {"state": "ended"}, {"state": "ended", "valid_to": DAY}),
    ),
    "infra_plan_item": (
        ("coded", {"code": " "}, {"code": "-"}),
        ("allows", {"allows": []}, {"allows": ["manhole"]}),
        ("reach", {"kind": "zone", "reach_m": 5}, {"kind": "zone"}),
        ("reach", {"kind": "site"}, {"kind": "site", "reach_m": 5}),
        ("reach", {"kind": "site", "reach_m": 0}, {"kind": "street", "reach_m": 1}),
    ),
    "plan_conclusion": (
        ("version_positive", {"version": 0}, {"version": 1}),
        ("numbered", {}, {"number": "1"}),
        ("reasoned", {"reason": " "}, {"reason": "-"}),
        ("verdict", {"aspect": "plan"}, {"aspect": "plan", "verdict": "in_plan"}),
        ("verdict", {"aspect": "architecture", "verdict": "in_plan"}, {"aspect": "architecture"}),
        ("computed", {"aspect": "plan"}, {"aspect": "plan", "computed": "in_plan"}),
        ("architecture", {"aspect": "architecture"}, {"aspect": "architecture", "architecture": "fits"}),
    ),
    "joint_build": (
        ("version_positive", {"version": 0}, {"version": 1}),
        ("numbered", {}, {"number": "1"}),
        ("described", {"work": "-", "cost_share": " "}, {"work": "-", "cost_share": "-"}),
        ("sizes", {"height_m": 0}, {"height_m": 1}),
        ("offers", {"offered_places": -1}, {"offered_places": 0}),
        ("offered", {"offered_places": 0}, {"offered_bores": 1}),
        ("offered_bores", {"bores": 2, "offered_bores": 3}, {"bores": 2, "offered_bores": 2}),
        ("offered_bores", {"offered_bores": 1}, {"bores": 1, "offered_bores": 1}),
        ("days", {"closes_on": NEXT, "starts_in": DAY}, {"closes_on": DAY, "starts_in": DAY}),
        ("built", {"state": "answering", "structure_id": 1}, {"state": "joint", "structure_id": 1}),
    ),
    "joint_interest": (
        ("version_positive", {"version": 0}, {"version": 1}),
        ("numbered", {}, {"number": "1"}),
        ("other_side", {"announcer_id": 1, "organisation_id": 1}, {"announcer_id": 1, "organisation_id": 2}),
        ("amounts", {"places": 0}, {"places": 1}),
        ("needed", {"stated_at": MOMENT}, {"stated_at": MOMENT, "places": 1}),
        ("bores_whole", {"bores": 1}, {"bores": 1, "metres": 1}),
        ("stated", {"state": "stated"}, {"state": "stated", "stated_at": MOMENT}),
        ("silent", {"state": "silent", "stated_at": MOMENT}, {"state": "silent"}),
        ("late_if_stated", {"is_late": True}, {"is_late": True, "stated_at": MOMENT}),
        ("answered", {"state": "agreed"}, {"state": "agreed", "answered_at": MOMENT}),
        ("answer_stands", {"state": "stated", "answered_at": MOMENT}, {"state": "build_gone", "answered_at": MOMENT}),
        ("answer_whole", {"answered_at": MOMENT}, {"answered_at": MOMENT, "answer": "-"}),
    ),
    "offered_site": (
        ("version_positive", {"version": 0}, {"version": 1}),
        ("numbered", {}, {"number": "1"}),
        ("described", {"name": "-", "terms": " "}, {"name": "-", "terms": "-"}),
    ),
    "site_request": (
        ("version_positive", {"version": 0}, {"version": 1}),
        ("numbered", {}, {"number": "1"}),
        ("other_office", {"office_id": 1, "organisation_id": 1}, {"office_id": 1, "organisation_id": 2}),
        ("purposed", {"purpose": " "}, {"purpose": "-"}),
        ("answered", {"state": "refused"}, {"state": "refused", "answered_at": MOMENT}),
        ("answered", {"state": "sent", "answered_at": MOMENT}, {"state": "sent"}),
        ("answer_whole", {"answered_at": MOMENT}, {"answered_at": MOMENT, "answer": "-"}),
        ("granted", {"state": "granted"}, {"state": "granted", "granted_until": DAY}),
        ("days", {"wanted_from": NEXT, "granted_until": DAY}, {"wanted_from": DAY, "granted_until": DAY}),
    ),
}
EXPRESSION = text(
    "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint"
    " WHERE conrelid = CAST(:table AS regclass) AND conname = :name AND contype = 'c' AND convalidated"
)


def lets_pass(session, table, expression, row):
    """Whether a CHECK is true, or unknown, of a row."""
    statement = text(
        f"SELECT coalesce({expression.replace(':', chr(92) + ':')}, true)"  # noqa: S608
        f" FROM jsonb_populate_record(NULL\\:\\:{table}, CAST(:row AS jsonb))"
    )
    return session.scalar(statement, {"row": json.dumps(row)})


def test_each_check_refuses_what_it_is_for_and_no_more(ctx_of):
    wrong = []
    with ctx_of("so.khcn", read_only=True) as ctx:
        for table, checks in CHECKS.items():
            for name, refused, passes in checks:
                key = {"table": table, "name": f"ck_{table}_{name}"}
                expression = ctx.session.scalar(EXPRESSION, key)
                if expression is None:
                    wrong.append(f"{table} has no CHECK ck_{table}_{name}")
                    continue
                if lets_pass(ctx.session, table, expression, refused):
                    wrong.append(f"ck_{table}_{name} lets pass {refused}")
                if not lets_pass(ctx.session, table, expression, passes):
                    wrong.append(f"ck_{table}_{name} refuses {passes}")
    assert wrong == []


#: What there is once only, by the key that says so.
KEYS = {
    "uq_audit_event_change_id": "audit_event (change_id)",
    "uq_cable_member_cable_id_ordinal": "cable_member (cable_id, ordinal)",
    "uq_capacity_place_structure_id_label": "capacity_place (structure_id, label)",
    "uq_case_clock_open": "case_clock (workflow, case_id, name) WHERE (ended_at IS NULL)",
    "uq_case_clock_running": "case_clock (workflow, case_id) WHERE ((state)::text = 'running'::text)",
    "uq_colocation_agreement_request_id": "colocation_agreement (request_id)",
    "uq_colocation_item_entry_id": "colocation_item (entry_id)",
    "uq_colocation_item_request_id_structure_id": "colocation_item (request_id, structure_id)",
    "uq_colocation_offer_open": "colocation_offer (item_id) WHERE ((answer)::text = 'open'::text)",
    "uq_finding_once": "finding (origin, origin_id, structure_id, kind) NULLS NOT DISTINCT",
    "uq_legal_term_key_organisation_id_valid_from": (
        "legal_term (key, organisation_id, valid_from) NULLS NOT DISTINCT WHERE (withdrawn_at IS NULL)"
    ),
    "uq_organisation_succession_predecessor_id": (
        "organisation_succession (predecessor_id) WHERE (withdrawn_at IS NULL)"
    ),
    "uq_request_key_actor_id_endpoint_key": "request_key (actor_id, endpoint, key)",
    "uq_route_list_year": "route_list (year)",
    "uq_saved_search_default": "saved_search (user_id) WHERE is_default",
    "uq_saved_search_user_id_name": "saved_search (user_id, name)",
    "uq_structure_owner_organisation_id_own_code": "structure (owner_organisation_id, own_code)",
}
UNIQUE = text(
    "SELECT indexname, replace(replace(indexdef, 'CREATE UNIQUE INDEX ' || indexname || ' ON public.', ''),"
    " 'USING btree ', '') FROM pg_indexes WHERE schemaname = 'public' AND indexname = ANY(:names)"
)


def test_what_there_is_once_only_has_its_key(ctx_of):
    with ctx_of("so.khcn", read_only=True) as ctx:
        indexes = dict(ctx.session.execute(UNIQUE, {"names": list(KEYS)}).all())
    assert indexes == KEYS
