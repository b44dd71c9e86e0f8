"""Remove the sample data with everything that refers to them; history and audit stay."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import Select, Table, delete, exists, func, not_, or_, select, text, update
from sqlalchemy.orm import Session

from registry.accounts.leaving_notices import ACCOUNT
from registry.audit.models import AuditEvent
from registry.building_notices.models import BuildingNotice
from registry.building_notices.workflow import BUILDING_NOTICE
from registry.cables.models import CableMember
from registry.campaigns.models import (
    Consolidation,
    OperatorReport,
    ReportCampaign,
    ReportEntry,
    ReportException,
    ReportRemark,
    ReportSubmission,
)
from registry.campaigns.report_workflow import REPORTS
from registry.campaigns.workflow import CAMPAIGNS
from registry.capacity.models import CapacityEntry, CapacityPlace
from registry.colocation.agreements.models import AsBuilt, ColocationAgreement
from registry.colocation.agreements.workflow import AGREEMENT
from registry.colocation.models import ColocationItem, ColocationOffer, ColocationRequest
from registry.colocation.screening.models import ColocationScreening
from registry.colocation.workflow import COLOCATION
from registry.demo.cases import SAMPLE_TEXT
from registry.demo.data import read_table
from registry.demo.structures import STREET_SOURCE
from registry.files.models import AttachmentLink
from registry.guidance.models import GuidanceDocument, GuidanceReceipt
from registry.guidance.queries import GUIDANCE
from registry.incidents.models import Incident, IncidentPhoto, IncidentProof, IncidentReport, Storm, StormFile
from registry.incidents.parties import STORM
from registry.incidents.workflow import INCIDENT
from registry.indicators.models import IndicatorValue, PlanTask, TaskState, UnitPopulation
from registry.infra_plans.models import InfraPlan, InfraPlanItem, PlanConclusion
from registry.infra_plans.workflow import CONCLUSION, PLAN
from registry.inspections.codes import CORRECTION, FINDING
from registry.inspections.models import InspectionCorrection, InspectionFinding, InspectionItem, InspectionPlan
from registry.inspections.workflow import INSPECTION
from registry.joint_builds.interest_workflow import INTEREST
from registry.joint_builds.models import JointBuild, JointInterest
from registry.joint_builds.workflow import BUILD
from registry.kernel.db.base import Base, table_of
from registry.kernel.db.history import history_of
from registry.labels.models import StructureLabel
from registry.money.models import PppProject, PppProjectStreet
from registry.notices.models import Notice, NoticeMail, NoticeRead
from registry.obstacles.models import Obstacle
from registry.obstacles.workflow import OBSTACLE
from registry.occupations.models import Occupation, OccupationClaim
from registry.occupations.workflow import OCCUPATION
from registry.offered_sites.models import OfferedSite, SiteRequest
from registry.offered_sites.workflow import REQUEST as SITE_REQUEST
from registry.offered_sites.workflow import SITE
from registry.operator_plans.models import OperatorPlan, OperatorPlanItem
from registry.priority_areas.models import PriorityArea
from registry.routelists.comments import KIND as COMMENT
from registry.routelists.joining_models import RouteJoinWindow, RouteNeed
from registry.routelists.models import RouteEditionItem, RouteItem, RouteList, RouteListEdition
from registry.routelists.progress_models import RouteBoardEntry, RouteStreetWork, RouteStructure, RouteWork
from registry.routelists.proposal_models import BudgetRun
from registry.routelists.road_answer_models import RoadAnswer
from registry.routelists.round_models import RouteAnswer, RouteAsked, RouteComment, RouteCommentReply, RouteRound
from registry.routelists.workbook_models import RouteWorkbook
from registry.routelists.workflow import ITEM, LIST
from registry.street_works.workflow import STREET_WORK
from registry.streetrules.workflow import RULE
from registry.streets.models import Street, StreetLine
from registry.streets.rule_models import StreetRule
from registry.streets.work_models import StreetWork
from registry.structures.kinds import KINDS
from registry.structures.models import Structure, StructureDisclosure
from registry.tariffs.models import Tariff
from registry.tariffs.service import KIND as TARIFF
from registry.upkeep.models import AttestationRound
from registry.upkeep.service import KIND as ROUND
from registry.villages.models import Village, VillageCoverage, VillageSuccession
from registry.villages.service import VILLAGE
from registry.violations.models import Violation, ViolationAct
from registry.violations.workflow import VIOLATION
from registry.workflow.definition import Workflow
from registry.workflow.models import CaseClock, CaseEvent, CaseMessage
from registry.workflow.referrals import ReferralRow

_SAMPLE: Final = select(Structure.id).where(Structure.is_sample).scalar_subquery()
_REMOVED: Final = "Công trình mẫu đã xóa"
_ROUND_OPENED: Final = "upkeep.open"
_VILLAGE_ADDED: Final = f"{VILLAGE}.add"


def remove_cases(session: Session, user_ids: Collection[int]) -> int:
    """Remove the cases that accounts of the demonstration opened, and all requests for sample structures; how many."""
    asked = select(ColocationItem.request_id).where(ColocationItem.structure_id.in_(_SAMPLE))
    screened = select(ColocationScreening.request_id).where(ColocationScreening.structure_id.in_(_SAMPLE))
    requests = _ids(
        session,
        select(ColocationRequest.id).where(
            ColocationRequest.created_by_id.in_(user_ids)
            | ColocationRequest.id.in_(asked)
            | ColocationRequest.id.in_(screened)
        ),
    )
    of_requests = ColocationItem.request_id.in_(requests)
    entries = _ids(session, select(ColocationItem.entry_id).where(of_requests, ColocationItem.entry_id.is_not(None)))
    agreements = _ids(session, select(ColocationAgreement.id).where(ColocationAgreement.request_id.in_(requests)))
    session.execute(delete(AsBuilt).where(AsBuilt.agreement_id.in_(agreements)))
    items = select(ColocationItem.id).where(of_requests)
    session.execute(delete(ColocationOffer).where(ColocationOffer.item_id.in_(items)))
    count = _remove_cases(session, AGREEMENT, agreements)
    session.execute(delete(ColocationItem).where(of_requests))
    session.execute(delete(ColocationScreening).where(ColocationScreening.request_id.in_(requests)))
    session.execute(delete(CapacityEntry).where(CapacityEntry.id.in_(entries)))
    count += _remove_cases(session, COLOCATION, requests)
    case_ids = select(ReferralRow.case_id).where(
        ReferralRow.case_workflow == VIOLATION.code, ReferralRow.structure_id.in_(_SAMPLE)
    )
    violations = select(Violation.id).where(Violation.created_by_id.in_(user_ids) | Violation.id.in_(case_ids))
    # Their papers go with them.
    sample_violations = _ids(session, violations)
    session.execute(delete(ViolationAct).where(ViolationAct.violation_id.in_(sample_violations)))
    count += _remove_cases(session, VIOLATION, sample_violations)
    session.execute(delete(ReferralRow).where(ReferralRow.structure_id.in_(_SAMPLE)))
    # Cases of other accounts on sample structures stay without the structure.
    session.execute(update(Violation).where(Violation.structure_id.in_(_SAMPLE)).values(structure_id=None))
    count += _remove_incidents(session, user_ids)
    # An incident that was reported by a label has no other place.
    session.execute(
        update(Incident)
        .where(Incident.structure_id.in_(_SAMPLE))
        .values(structure_id=None, address=func.coalesce(Incident.address, _REMOVED))
    )
    occupations = _ids(
        session,
        select(Occupation.id).where(Occupation.created_by_id.in_(user_ids) | Occupation.structure_id.in_(_SAMPLE)),
    )
    session.execute(delete(OccupationClaim).where(OccupationClaim.occupation_id.in_(occupations)))
    count += _remove_cases(session, OCCUPATION, occupations)
    count += _remove_plans(session, user_ids)
    _remove_filings(session, user_ids)
    session.execute(delete(PriorityArea).where(PriorityArea.source.endswith(SAMPLE_TEXT)))
    notices = _ids(
        session,
        select(BuildingNotice.id).where(
            BuildingNotice.created_by_id.in_(user_ids) | BuildingNotice.structure_id.in_(_SAMPLE)
        ),
    )
    count += _remove_cases(session, BUILDING_NOTICE, notices)
    count += _remove_builds(session, user_ids)
    obstacles = _ids(session, select(Obstacle.id).where(Obstacle.created_by_id.in_(user_ids)))
    count += _remove_cases(session, OBSTACLE, obstacles)
    count += _remove_sites(session, user_ids)
    count += _remove_inspections(session, user_ids)
    count += _remove_campaigns(session, user_ids)
    _remove_values(session, user_ids)
    _remove_villages(session, user_ids)
    _clear_results(session)
    count += _remove_streets(session, user_ids)
    session.execute(delete(StructureDisclosure).where(StructureDisclosure.structure_id.in_(_SAMPLE)))
    return count


def _remove_streets(session: Session, user_ids: Collection[int]) -> int:
    """Rules of streets, proposed streets and the lists without any other one, with all that was said of them."""
    rules = _ids(session, select(StreetRule.id).where(StreetRule.created_by_id.in_(user_ids)))
    count = _remove_cases(session, RULE, rules)
    route_items = _ids(session, select(RouteItem.id).where(RouteItem.created_by_id.in_(user_ids)))
    count += _remove_street_works(session, user_ids)
    _remove_notices(session, COMMENT, route_items)
    comments = select(RouteComment.id).where(RouteComment.route_item_id.in_(route_items))
    session.execute(delete(RouteCommentReply).where(RouteCommentReply.comment_id.in_(comments)))
    for of_item in (
        RouteComment,
        RouteEditionItem,
        RouteStreetWork,
        PppProjectStreet,
        RouteBoardEntry,
        RouteStructure,
        RouteWork,
        RouteNeed,
        RouteJoinWindow,
        RoadAnswer,
    ):
        session.execute(delete(of_item).where(of_item.route_item_id.in_(route_items)))
    count += _remove_cases(session, ITEM, route_items)
    empty = _ids(
        session,
        select(RouteList.id).where(
            RouteList.created_by_id.in_(user_ids), RouteList.id.not_in(select(RouteItem.route_list_id))
        ),
    )
    rounds = select(RouteRound.id).where(RouteRound.route_list_id.in_(empty))
    session.execute(delete(RouteAsked).where(RouteAsked.round_id.in_(rounds)))
    for of_list in (RouteRound, RouteAnswer, RouteWorkbook, BudgetRun):
        session.execute(delete(of_list).where(of_list.route_list_id.in_(empty)))
    session.execute(delete(RouteListEdition).where(RouteListEdition.route_list_id.in_(empty)))
    return count + _remove_cases(session, LIST, empty)


def _remove_incidents(session: Session, user_ids: Collection[int]) -> int:
    """Those that accounts of the demonstration opened, those of its reports, and their duplicates; with the storms."""
    sample = (
        select(IncidentReport.incident_id)
        .join(Incident, Incident.id == IncidentReport.incident_id)
        .where(Incident.structure_id.in_(_SAMPLE), IncidentReport.text.endswith(SAMPLE_TEXT))
    )
    storms = _ids(session, select(Storm.id).where(Storm.created_by_id.in_(user_ids)))
    own = or_(Incident.created_by_id.in_(user_ids), Incident.id.in_(sample), Incident.storm_id.in_(storms))
    incidents = _ids(session, select(Incident.id).where(own))
    # A duplicate has no report of its own any more: all went to the main incident.
    duplicates = select(Incident.id).where(Incident.duplicate_of_id.in_(incidents), Incident.id.not_in(incidents))
    incidents += _ids(session, duplicates)
    reports = select(IncidentReport.id).where(IncidentReport.incident_id.in_(incidents))
    session.execute(delete(IncidentPhoto).where(IncidentPhoto.report_id.in_(reports)))
    for table in (IncidentReport, IncidentProof):
        session.execute(delete(table).where(table.incident_id.in_(incidents)))
    count = _remove_cases(session, INCIDENT, incidents)
    session.execute(delete(StormFile).where(StormFile.storm_id.in_(storms)))
    _remove_with_notices(session, Storm, STORM, storms)
    return count


def _remove_inspections(session: Session, user_ids: Collection[int]) -> int:
    """Remove the plans that accounts of the demonstration made, and sample structures from all other plans."""
    plans = _ids(session, select(InspectionPlan.id).where(InspectionPlan.created_by_id.in_(user_ids)))
    of_plans = or_(InspectionItem.plan_id.in_(plans), InspectionItem.structure_id.in_(_SAMPLE))
    items = _ids(session, select(InspectionItem.id).where(of_plans))
    corrections = _ids(session, select(InspectionCorrection.id).where(InspectionCorrection.item_id.in_(items)))
    _remove_with_notices(session, InspectionCorrection, CORRECTION, corrections)
    findings = _ids(session, select(InspectionFinding.id).where(InspectionFinding.item_id.in_(items)))
    _remove_with_notices(session, InspectionFinding, FINDING, findings)
    session.execute(delete(InspectionItem).where(InspectionItem.id.in_(items)))
    return _remove_cases(session, INSPECTION, plans)


def _remove_campaigns(session: Session, user_ids: Collection[int]) -> int:
    """Remove the campaigns that accounts of the demonstration opened, with their reports and all that was frozen."""
    campaigns = _ids(session, select(ReportCampaign.id).where(ReportCampaign.created_by_id.in_(user_ids)))
    reports = _ids(session, select(OperatorReport.id).where(OperatorReport.campaign_id.in_(campaigns)))
    for table in (ReportEntry, ReportSubmission, ReportException, ReportRemark):
        session.execute(delete(table).where(table.report_id.in_(reports)))
    session.execute(delete(Consolidation).where(Consolidation.campaign_id.in_(campaigns)))
    return _remove_cases(session, REPORTS, reports) + _remove_cases(session, CAMPAIGNS, campaigns)


def _remove_values(session: Session, user_ids: Collection[int]) -> None:
    """Remove values and denominators that sample accounts entered, but those that another account corrected."""
    corrected = select(IndicatorValue.corrects_id).where(
        IndicatorValue.corrects_id.is_not(None), IndicatorValue.entered_by_id.not_in(user_ids)
    )
    stays = IndicatorValue.id.in_(corrected)
    for table, conditions in (
        (IndicatorValue, (IndicatorValue.entered_by_id.in_(user_ids), not_(stays))),
        (UnitPopulation, (UnitPopulation.entered_by_id.in_(user_ids),)),
        (VillageCoverage, (VillageCoverage.entered_by_id.in_(user_ids),)),
    ):
        _delete_fixed(session, table, *conditions)


def _clear_results(session: Session) -> None:
    """Tasks of plans lose the results that the demonstration stated."""
    sample = PlanTask.result.contains(SAMPLE_TEXT, autoescape=True)
    blank = {"state": TaskState.NOT_STARTED, "result": None, "result_on": None, "version": PlanTask.version + 1}
    session.execute(update(PlanTask).where(sample).values(**blank))


def _remove_villages(session: Session, user_ids: Collection[int]) -> None:
    """Remove the villages that accounts of the demonstration added, with what became of them and covers them."""
    added = select(AuditEvent.object_id).where(AuditEvent.action == _VILLAGE_ADDED, AuditEvent.actor_id.in_(user_ids))
    ids = set(_ids(session, select(Village.id).where(Village.id.in_(added))))
    later = ids
    while later:
        links = select(VillageSuccession.successor_id).where(VillageSuccession.predecessor_id.in_(later))
        later = set(_ids(session, links)) - ids
        ids |= later
    _delete_fixed(session, VillageCoverage, VillageCoverage.village_id.in_(ids))
    of_village = or_(VillageSuccession.predecessor_id.in_(ids), VillageSuccession.successor_id.in_(ids))
    session.execute(delete(VillageSuccession).where(of_village))
    session.execute(delete(Village).where(Village.id.in_(ids)))


def _delete_fixed(session: Session, table: Any, *conditions: Any) -> None:
    """Delete rows of a table that is written once."""
    name = table.__tablename__
    session.execute(text(f"ALTER TABLE {name} DISABLE TRIGGER append_only"))
    session.execute(delete(table).where(*conditions))
    session.execute(text(f"ALTER TABLE {name} ENABLE TRIGGER append_only"))


def _ids(session: Session, query: Select[Any]) -> list[int]:
    return list(session.scalars(query))


def _remove_cases(session: Session, workflow: Workflow, ids: list[int]) -> int:
    for table in (CaseEvent, CaseClock, CaseMessage):
        session.execute(delete(table).where(table.workflow == workflow.code, table.case_id.in_(ids)))
    for linked in (StructureDisclosure, AttachmentLink):
        session.execute(delete(linked).where(linked.subject_kind == workflow.code, linked.subject_id.in_(ids)))
    return _remove_with_notices(session, workflow.model, workflow.code, ids)


def _remove_plans(session: Session, user_ids: Collection[int]) -> int:
    plans = _ids(session, select(InfraPlan.id).where(InfraPlan.created_by_id.in_(user_ids)))
    conclusions = _ids(
        session,
        select(PlanConclusion.id).where(
            PlanConclusion.created_by_id.in_(user_ids)
            | PlanConclusion.structure_id.in_(_SAMPLE)
            | PlanConclusion.plan_id.in_(plans)
        ),
    )
    count = _remove_cases(session, CONCLUSION, conclusions)
    session.execute(delete(InfraPlanItem).where(InfraPlanItem.plan_id.in_(plans)))
    return count + _remove_cases(session, PLAN, plans)


def _remove_filings(session: Session, user_ids: Collection[int]) -> None:
    """Remove the yearly plans that accounts of the demonstration filed, and the guidance that they published."""
    plans = _ids(session, select(OperatorPlan.id).where(OperatorPlan.filed_by_id.in_(user_ids)))
    session.execute(delete(OperatorPlanItem).where(OperatorPlanItem.plan_id.in_(plans)))
    session.execute(delete(OperatorPlan).where(OperatorPlan.id.in_(plans)))
    documents = _ids(session, select(GuidanceDocument.id).where(GuidanceDocument.published_by_id.in_(user_ids)))
    session.execute(delete(GuidanceReceipt).where(GuidanceReceipt.document_id.in_(documents)))
    session.execute(
        delete(AttachmentLink).where(AttachmentLink.subject_kind == GUIDANCE, AttachmentLink.subject_id.in_(documents))
    )
    _remove_with_notices(session, GuidanceDocument, GUIDANCE, documents)


def _remove_sites(session: Session, user_ids: Collection[int]) -> int:
    """Remove the sites that accounts of the demonstration offered, with all requests for them, and their requests."""
    sites = _ids(session, select(OfferedSite.id).where(OfferedSite.created_by_id.in_(user_ids)))
    asked = or_(SiteRequest.created_by_id.in_(user_ids), SiteRequest.site_id.in_(sites))
    count = _remove_cases(session, SITE_REQUEST, _ids(session, select(SiteRequest.id).where(asked)))
    return count + _remove_cases(session, SITE, sites)


def _remove_builds(session: Session, user_ids: Collection[int]) -> int:
    """Remove the structures that accounts of the demonstration announced, with all registrations, and their own."""
    announced = or_(JointBuild.created_by_id.in_(user_ids), JointBuild.structure_id.in_(_SAMPLE))
    builds = _ids(session, select(JointBuild.id).where(announced))
    session.execute(update(BuildingNotice).where(BuildingNotice.joint_build_id.in_(builds)).values(joint_build_id=None))
    registered = or_(JointInterest.created_by_id.in_(user_ids), JointInterest.build_id.in_(builds))
    count = _remove_cases(session, INTEREST, _ids(session, select(JointInterest.id).where(registered)))
    return count + _remove_cases(session, BUILD, builds)


def _remove_with_notices(session: Session, model: Any, subject_kind: str, ids: list[int]) -> int:
    _remove_notices(session, subject_kind, ids)
    session.execute(delete(model).where(model.id.in_(ids)))
    return len(ids)


def remove_account_notices(session: Session, user_ids: list[int]) -> None:
    """Remove the notices that accounts of the demonstration were closed or moved; the accounts themselves stay."""
    _remove_notices(session, ACCOUNT, user_ids)


def _remove_notices(session: Session, subject_kind: str, ids: list[int]) -> None:
    notices = select(Notice.id).where(Notice.subject_kind == subject_kind, Notice.subject_id.in_(ids))
    for table in (NoticeMail, NoticeRead):
        session.execute(delete(table).where(table.notice_id.in_(notices)))
    session.execute(delete(Notice).where(Notice.subject_kind == subject_kind, Notice.subject_id.in_(ids)))


def remove_rounds(session: Session, user_ids: Collection[int]) -> None:
    """Remove the rounds of confirmation that accounts of the demonstration opened."""
    opened = select(AuditEvent.object_id).where(AuditEvent.action == _ROUND_OPENED, AuditEvent.actor_id.in_(user_ids))
    ids = _ids(session, select(AttestationRound.id).where(AttestationRound.id.in_(opened)))
    _remove_with_notices(session, AttestationRound, ROUND, ids)


def remove_prices(session: Session, user_ids: Collection[int]) -> int:
    """Remove the sample prices, those that accounts of the demonstration published and those of sample structures."""
    query = select(Tariff.id).where(
        or_(Tariff.published_by_id.is_(None), Tariff.published_by_id.in_(user_ids), Tariff.structure_id.in_(_SAMPLE))
    )
    return _remove_with_notices(session, Tariff, TARIFF, _ids(session, query))


def remove_structures(session: Session) -> int:
    """Remove the sample structures with their cables, labels, places, entries and files; how many structures."""
    places = select(CapacityPlace.id).where(CapacityPlace.structure_id.in_(_SAMPLE)).scalar_subquery()
    over = or_(CableMember.cable_id.in_(_SAMPLE), CableMember.structure_id.in_(_SAMPLE))
    session.execute(delete(CableMember).where(over))
    session.execute(delete(StructureLabel).where(StructureLabel.structure_id.in_(_SAMPLE)))
    session.execute(delete(CapacityEntry).where(CapacityEntry.place_id.in_(places)))
    session.execute(delete(CapacityPlace).where(CapacityPlace.structure_id.in_(_SAMPLE)))
    session.execute(
        delete(AttachmentLink).where(AttachmentLink.subject_kind == "structure", AttachmentLink.subject_id.in_(_SAMPLE))
    )
    kinds = {kind.model.__tablename__ for kind in KINDS.values()}
    for table in reversed(Base.metadata.sorted_tables):
        if table.name in kinds:
            _clear_references(session, table)
            session.execute(delete(table).where(table.c.id.in_(_SAMPLE)))
    base = table_of(Structure)
    _clear_references(session, base)
    removed = session.execute(delete(base).where(base.c.is_sample).returning(base.c.id))
    return len(removed.all())


def _remove_street_works(session: Session, user_ids: Collection[int]) -> int:
    """Remove the sample projects, and the announced works of sample accounts; how many works."""
    names = [entry["name"] for entry in read_table("cases")["ppp_projects"]]
    sample = select(PppProject.id).where(PppProject.name.in_(names))
    session.execute(delete(PppProjectStreet).where(PppProjectStreet.project_id.in_(sample)))
    session.execute(delete(PppProject).where(PppProject.name.in_(names)))
    works = _ids(session, select(StreetWork.id).where(StreetWork.created_by_id.in_(user_ids)))
    session.execute(delete(RouteStreetWork).where(RouteStreetWork.street_work_id.in_(works)))
    return _remove_cases(session, STREET_WORK, works)


def _clear_references(session: Session, target: Table) -> None:
    """Empty the references of other, real rows to sample rows of a table, such as a duct's manhole."""
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table is target and key.parent.nullable:
                session.execute(update(table).where(key.parent.in_(_SAMPLE)).values({key.parent.name: None}))


def remove_street_lines(session: Session) -> int:
    """Remove the sample lines, and their streets unless these are older or have another line since; how many lines.

    A street is no older than its sample line where one change wrote both.
    """
    lines, streets = history_of(StreetLine), history_of(Street)
    sample = delete(StreetLine).where(StreetLine.source == STREET_SOURCE).returning(StreetLine.street_id)
    street_ids = list(session.scalars(sample))
    if street_ids:
        earlier = streets.alias()
        changes = select(lines.c.change_id).where(lines.c.source == STREET_SOURCE)
        made_with = select(streets.c.id).where(
            streets.c.change_id.in_(changes),
            ~exists().where(earlier.c.id == streets.c.id, earlier.c.history_id < streets.c.history_id),
        )
        # A rule or work of another account keeps its street, which has no line any more.
        kept = (exists().where(model.street_id == Street.id) for model in (StreetLine, StreetRule, StreetWork))
        session.execute(delete(Street).where(Street.id.in_(set(street_ids)), Street.id.in_(made_with), ~or_(*kept)))
    return len(street_ids)
