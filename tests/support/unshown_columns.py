"""Columns of tracked tables whose changes the audit log shows otherwise, or that never change: table -> names."""

import re

#: Keys, references, moments and positions: the log names things and persons by their subjects, and no position.
TECHNICAL = re.compile(
    r"id|version|search_text|state_since|number|.*_id|.*_at|(geom|place|line|given)(_\w+)?|\w+_(srid|operation|pdf)"
)
_IDENTITY = {
    # What a row is: a correction is another row, or the name of the thing says it.
    "legal_term": "key",
    "term_proposal": "key kind",
    "dated_setting": "key",
    "setting_proposal": "key kind owner",
    "indicator": "code subject unit computation direction filled_by",
    "structure": "code kind provenance is_sample",
    "tariff": "kind",
    "violation_kind": "code",
    "violation_competence": "authority",
    "violation_delegation": "authority",
    "guidance_document": "kind field issued_on summary is_public addressees addressed_ids due_on",
    "import_batch": "kind file_name file_format sha256 size_bytes",
    "inspection_correction": "field recorded found remark",
    "inspection_finding": "code text basis note suggested_act is_of_owner inspected_on remedy_due_on",
}
_OF_CASES = {
    # The page of the case shows them; what a move or an edit changed stands in its timeline.
    "colocation_request": (
        "is_defence kind contact_name contact_phone contact_email purpose wanted_from term_months upgrade_by"
        " decided_price_vnd decided_price_period"
    ),
    "colocation_agreement": (
        "is_defence payment technical_conditions duties access liability termination dispute_clause sublease"
        " renewal_by renewal_number renewal_ends_on renewal_price_vnd renewal_lines correction_by correction"
        " correction_reason ending_by ending_reason notice_by notice_ground notice_reason disputed_from"
    ),
    "report_campaign": ("kind period_from period_to cutoff_on opens_on due_on closes_on instructions audience form"),
    "operator_report": "due_on missing_reason",
    "route_list": "year edition",
    "route_item": (
        "merged_version order_key street_name from_place to_place work_kind is_urban linked_project"
        " wanted_from_year wanted_to_year"
        " planned_kinds length_m decision_number decided_on exception_reason side priority road_manager duct_m bores"
        " removed_cable_m cost_vnd cost_plan funding investor project_kind project_number"
    ),
    "violation": (
        "occurred_on is_continuing ended_on accuracy_m address description suspects transferred_to remedies"
        " owner_proved_on minutes_evidence complex_on signed_by minutes_delivered_on decision_delivered_on"
        " decision_form closed_on reopened_on complaint_accepted_on complaint_level state_before_complaint"
        " deferred_until complaint_settled_on group_id explain_until enforced_by deputy_name delegation"
    ),
    "inspection_plan": "purpose starts_on ends_on",
    "building_notice": (
        "regime receiver work kind address starts_on is_late exemption conformity plan_item parameters"
    ),
    "infra_plan": "name valid_from note",
    "plan_conclusion": "aspect computed verdict architecture reason basis",
    "joint_build": (
        "work kind address height_m length_m bores starts_in closes_on offered_places offered_bores cost_share"
    ),
    "joint_interest": "closes_on is_late",
    "offered_site": "kind name address room terms decision_number",
    "site_request": "purpose wanted_from",
    "obstacle": "subject field address description",
    "street_work": ("kind work from_place to_place is_dug width_m depth_m contact_name contact_phone note shape"),
    "street_rule": (
        "kind from_place to_place document_number document_on issuer valid_from valid_to note shape is_whole"
        " cancelled_on"
    ),
    "occupation": "equipment quantity marks found_on is_dead evidence undertaking",
    "incident": "agency_asked accuracy_m address is_published is_repeated reopened",
}
_DERIVED = {
    # Follow from columns that are shown, or are written by the program alone.
    "user_account": "email_key member_since",
    "role_assignment": "awaiting_since",
    "structure": "is_published",
    "priority_area": "reach_m shape area_m",
    "capacity_place": "free",
    "tariff": "monthly",
    "attestation_round": "reminded_on overdue_told_on",
    "import_batch": "mapping options found counts notes failure",
}
UNSHOWN = {
    table: " ".join(names[table] for names in (_IDENTITY, _OF_CASES, _DERIVED) if table in names)
    for table in {*_IDENTITY, *_OF_CASES, *_DERIVED}
}
