"""Saves of cases that may still be edited, by kind and action of their audit event."""

from decimal import Decimal

from sqlalchemy import select

from registry.campaigns.codes import CampaignKind
from registry.campaigns.commands import ComposeQuestions, SaveEntries, WriteCampaign
from registry.campaigns.models import OperatorReport, ReportCampaign, ReportEntry
from registry.campaigns.rules import Item
from registry.campaigns.service import compose_questions, save_entries, write_campaign
from registry.colocation.agreements.models import ColocationAgreement
from registry.colocation.agreements.service import edit_contract
from registry.colocation.commands import EditContract, EditItem, EditRequest
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.service import edit_item, edit_request
from registry.inspections.commands import EditPlan, OpenPlan
from registry.inspections.models import InspectionPlan
from registry.inspections.service import edit_plan
from registry.occupations.commands import EditOccupation
from registry.occupations.models import Occupation
from registry.occupations.service import edit_occupation
from registry.routelists.commands import EditRouteItem
from registry.routelists.models import RouteItem
from registry.routelists.service import edit_item as edit_street
from registry.streetrules.commands import WriteRule
from registry.streetrules.service import write_rule
from registry.streets.rule_models import StreetRule
from registry.violations.commands import EditViolation, ViolationFacts
from registry.violations.models import Violation
from registry.violations.service import edit_violation
from tests.factories import (
    agreements,
    campaigns,
    colocation,
    inspections,
    occupations,
    routelists,
    street_rules,
    violations,
)
from tests.factories.planned_routes import street
from tests.support.saves import Save, version_of, whole


def violation_facts(ctx_of):
    violation_id = violations.log(ctx_of)

    def write(ctx, number):
        facts = ViolationFacts(kind="bad_cabling", description=f"Cáp võng {number} m")
        version = version_of(ctx, Violation, violation_id)
        edit_violation(ctx, EditViolation(violation_id=violation_id, version=version, facts=facts))

    return Save("kiemtra1", write, whole(Violation, Violation.id == violation_id))


def occupation(ctx_of):
    occupation_id = occupations.noted(ctx_of)

    def write(ctx, number):
        values = occupations.FOUND | {"quantity": 5 + number}
        edit_occupation(ctx, EditOccupation(occupation_id, version_of(ctx, Occupation, occupation_id), values))

    return Save("viettel", write, whole(Occupation, Occupation.id == occupation_id))


def request_contact(ctx_of):
    request_id, _item_id, _place_id = _drafted(ctx_of)

    def write(ctx, number):
        values = colocation.CONTENT | {"purpose": f"Phủ sóng 5G khu dân cư số {number}"}
        edit_request(ctx, EditRequest(request_id, version_of(ctx, ColocationRequest, request_id), values))

    return Save("vnpt", write, whole(ColocationRequest))


def request_item(ctx_of):
    request_id, item_id, place_id = _drafted(ctx_of)

    def write(ctx, number):
        values = colocation.ON_A_TOWER | {"antennas": 5 + number}
        version = version_of(ctx, ColocationRequest, request_id)
        edit_item(ctx, EditItem(request_id, item_id, version, place_id, values))

    return Save("vnpt", write, whole(ColocationItem))


def _drafted(ctx_of):
    with ctx_of("viettel") as ctx:
        code = colocation.tower(ctx).code
    with ctx_of("vnpt") as ctx:
        request = colocation.fill(ctx, colocation.draft(ctx, code))
        (item,) = colocation.items_of(ctx, request)
        return request.id, item.id, item.place_id


def contract(ctx_of):
    agreement_id, _code = agreements.agreed(ctx_of)

    def write(ctx, number):
        values = agreements.terms(ctx.today, contract_number=f"{number}/HĐ-2026")
        edit_contract(ctx, EditContract(agreement_id, agreements.get(ctx, agreement_id).version, values))

    return Save("viettel", write, whole(ColocationAgreement))


def inspection_plan(ctx_of):
    plan_id = inspections.plan(ctx_of)

    def write(ctx, number):
        plan = ctx.session.get_one(InspectionPlan, plan_id)
        facts = OpenPlan(plan.unit_id, f"Kiểm tra lần {number}", plan.starts_on, plan.ends_on)
        edit_plan(ctx, EditPlan(plan_id, plan.version, facts))

    return Save("ubnd.xa", write, whole(InspectionPlan))


def street_rule(ctx_of):
    with ctx_of("quantri") as ctx:
        street(ctx, "Quốc lộ 47", (0, 0), (1000, 0))
    rule_id = street_rules.draft(ctx_of, "Quốc lộ 47")

    def write(ctx, number):
        values = street_rules.VALUES | {"document_number": f"{number}/QĐ-UBND"}
        version = version_of(ctx, StreetRule, rule_id)
        write_rule(ctx, WriteRule(values, "Quốc lộ 47", None, None, rule_id, version))

    return Save("so.xaydung", write, whole(StreetRule))


def proposed_street(ctx_of):
    item_id = routelists.propose(ctx_of)

    def write(ctx, number):
        values = routelists.values(reason=f"Cáp treo sà thấp {number} m")
        edit_street(ctx, EditRouteItem(item_id, version_of(ctx, RouteItem, item_id), values, ("cable_duct",)))

    return Save("ubnd.xa", write, whole(RouteItem))


def campaign_facts(ctx_of):
    campaign_id = campaigns.campaign(ctx_of, begun=False)

    def write(ctx, number):
        facts = {"kind": CampaignKind.YEARLY, "instructions": f"Gửi {number} bản", **vars(campaigns.DAYS)}
        audience = campaigns.ids_of(ctx, ("viettel", "vnpt"))
        version = version_of(ctx, ReportCampaign, campaign_id)
        write_campaign(ctx, WriteCampaign("Báo cáo năm 2026", facts, audience, campaign_id, version))

    return Save("so.khcn", write, whole(ReportCampaign))


def campaign_questions(ctx_of):
    campaign_id = campaigns.campaign(ctx_of, begun=False, kind=CampaignKind.AD_HOC)

    def write(ctx, number):
        items = {1: Item("poles", f"Số cột {number}", "cột", "", None, "")}
        compose_questions(ctx, ComposeQuestions(campaign_id, version_of(ctx, ReportCampaign, campaign_id), items))

    return Save("so.khcn", write, whole(ReportCampaign))


def report(ctx_of):
    campaign_id = campaigns.campaign(ctx_of)
    report_id = campaigns.report_of(ctx_of, campaign_id, "viettel")
    campaigns.save(ctx_of, "viettel", report_id)

    def write(ctx, number):
        stored = ctx.session.scalars(select(ReportEntry).where(ReportEntry.report_id == report_id)).all()
        entries = {entry.item: (Decimal(100 + number), "Đếm lại") for entry in stored}
        save_entries(ctx, SaveEntries(report_id, version_of(ctx, OperatorReport, report_id), entries))

    return Save("viettel", write, whole(ReportEntry, ReportEntry.report_id == report_id))


SAVES_OF_CASES = {
    "agreement agreement.edit": contract,
    "campaign campaign.edit": campaign_facts,
    "campaign campaign.questions": campaign_questions,
    "colocation colocation.edit": request_contact,
    "colocation colocation.edit_item": request_item,
    "inspection inspection.edit": inspection_plan,
    "occupation occupation.edit": occupation,
    "operator_report operator_report.edit": report,
    "routeitem routeitem.edit": proposed_street,
    "streetrule streetrule.edit": street_rule,
    "violation violation.edit": violation_facts,
}
