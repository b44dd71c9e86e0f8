"""Open and move the sample cases of cases.toml through the services, as the accounts of the demonstration.

Days are counted back from the day of creation: the same day gives the same cases.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from registry.accounts.actor import actor_of
from registry.accounts.models import UserAccount
from registry.accounts.queries import find_organisation
from registry.authz.actors import SYSTEM_ACTOR, Actor, Ctx
from registry.building_notices.commands import SendNotice
from registry.building_notices.models import BuildingNotice
from registry.building_notices.service import send_notice
from registry.building_notices.workflow import BUILDING_NOTICE
from registry.campaigns.codes import CampaignKind, RemarkKind
from registry.campaigns.commands import AddRemark, GrantException, SaveEntries, WriteCampaign
from registry.campaigns.models import DAYS as CAMPAIGN_DAYS
from registry.campaigns.models import OperatorReport
from registry.campaigns.queries import campaign_of
from registry.campaigns.report_workflow import REPORTS
from registry.campaigns.rules import needs_reason
from registry.campaigns.service import add_remark, grant_exception, save_entries, write_campaign
from registry.campaigns.submission import figures_of, items_of
from registry.campaigns.workflow import CAMPAIGNS
from registry.capacity.models import CapacityPlace
from registry.colocation.agreements.models import ColocationAgreement
from registry.colocation.agreements.service import edit_contract
from registry.colocation.agreements.workflow import AGREEMENT
from registry.colocation.commands import EditContract, EditItem, EditRequest, StartRequests
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.service import edit_item, edit_request, start_requests
from registry.colocation.workflow import COLOCATION
from registry.demo.data import column_values, points_of, read_table
from registry.demo.plan_figures import create_plan_figures
from registry.demo.planning import create_areas, create_guidance, create_operator_plans, create_planning
from registry.demo.street_cases import create_street_cases, create_street_rules
from registry.files.storage import FileStore
from registry.incidents.codes import IncidentKind
from registry.incidents.commands import RateReport, SendReport, Whereabouts
from registry.incidents.models import Incident, IncidentReport
from registry.incidents.reporting import send_report
from registry.incidents.rules import digest_of, new_draft
from registry.incidents.satisfaction import rate_report
from registry.incidents.storm_file import GoodRow, ReadFile, units_today
from registry.incidents.storms import open_storm, store_file, take_rows
from registry.incidents.workflow import INCIDENT
from registry.inspections.codes import Answer, Reach
from registry.inspections.commands import DecideFinding, OpenPlan, ProposeCorrection, RecordResult
from registry.inspections.findings import decide_finding, list_findings
from registry.inspections.queries import ItemView, acts_on, checklist_of, get_plan, list_items
from registry.inspections.service import add_structures, open_plan, propose_correction, record_result
from registry.inspections.workflow import INSPECTION
from registry.kernel.clock import LOCAL_ZONE, local_date, utc_now
from registry.kernel.db.session import Database
from registry.kernel.fields import Field
from registry.kernel.geo.coordinates import parse_position
from registry.obstacles.commands import RaiseObstacle
from registry.obstacles.models import Obstacle
from registry.obstacles.service import raise_obstacle
from registry.obstacles.workflow import OBSTACLE
from registry.occupations.commands import OpenOccupation
from registry.occupations.models import Occupation
from registry.occupations.service import open_occupation
from registry.occupations.workflow import OCCUPATION
from registry.routelists.commands import OpenList, ProposeItem
from registry.routelists.models import ListState, RouteItem, RouteList
from registry.routelists.service import open_list, propose_item
from registry.routelists.workflow import ITEM
from registry.structures.commands import GivenPosition
from registry.structures.kinds import KINDS
from registry.structures.models import WGS84, Structure
from registry.upkeep.commands import ConfirmStructures, OpenRounds, RoundPart
from registry.upkeep.jobs import defer_confirm
from registry.upkeep.queries import SHOWN, unconfirmed_in
from registry.upkeep.service import confirm_structures, list_owners_to_ask, open_rounds_by_hand, running_rounds
from registry.violations.commands import LogViolation, ViolationFacts
from registry.violations.queries import find_kind
from registry.violations.service import log_violation
from registry.violations.workflow import VIOLATION
from registry.workflow.definition import FilesNeed, ItemsNeed, Need, Workflow
from registry.workflow.engine import fire, fire_by_clock, lock_case
from registry.workflow.messages import write_message

_ORIGIN: Final = "demo"
#: In the words of each report: clearing finds by them what no account opened.
SAMPLE_TEXT: Final = "(dữ liệu mẫu)"
_MORNING: Final = time(9, 30)

Entry = Mapping[str, Any]


@dataclass
class Stage:
    """The database, the moment of creation, and how many dated steps were made already."""

    database: Database
    now: datetime = field(default_factory=utc_now)
    steps: int = 0
    #: Where files are stored; without one there is no guidance.
    store: FileStore | None = None
    #: Numbers of the incidents, in the order of the file.
    incidents: list[str] = field(default_factory=list)

    @contextmanager
    def acting(self, username: str | None, days: int = 0) -> Iterator[Ctx]:
        """A transaction of an account (None: of the machine) so many days ago in the morning; 0 is the present.

        Each step of the past is a minute later in its day than the one before.
        """
        moment = utc_now()
        if days:
            self.steps += 1
            day = local_date(self.now) - timedelta(days=days)
            moment = datetime.combine(day, _MORNING, LOCAL_ZONE) + timedelta(minutes=self.steps)

        def actor(session: Session) -> Actor:
            if username is None:
                return SYSTEM_ACTOR
            query = select(UserAccount).where(UserAccount.username == username)
            account = session.scalars(query.options(joinedload(UserAccount.organisation))).one()
            return actor_of(session, account.id, moment)

        with self.database.transaction(actor, now=moment, origin=_ORIGIN) as ctx:
            yield ctx

    def resolve(self, entry: Entry) -> dict[str, Any]:
        """The values of an entry, relative days and years counted from today."""
        today = local_date(self.now)
        resolved = dict(entry)
        for name, value in entry.items():
            if isinstance(value, dict) and "in_days" in value:
                resolved[name] = today + timedelta(days=value["in_days"])
            elif isinstance(value, dict) and "in_years" in value:
                resolved[name] = today.year + value["in_years"]
        return resolved

    def move(self, workflow: Workflow, case_id: int, moves: Sequence[Entry]) -> None:
        """Make the moves of a case one after the other."""
        for entry in moves:
            with self.acting(entry.get("by"), entry["days"]) as ctx:
                if "by" not in entry:
                    fire_by_clock(ctx, workflow, lock_case(ctx, workflow, case_id), entry["name"])
                    continue
                case = ctx.session.get_one(workflow.model, case_id)
                move = workflow.move(entry["name"])
                fields = self.resolve(entry)
                data = {need.name: _need_value(ctx, case, need, fields) for need in (move.needs if move else ())}
                fire(ctx, workflow, case_id, entry["name"], data, version=case.version)


def _need_value(ctx: Ctx, case: Any, need: Need, entry: Entry) -> Any:
    if isinstance(need, FilesNeed):
        return entry.get(need.name, [])
    if isinstance(need, ItemsNeed) and need.name in entry:
        named = find_organisation(ctx.session, entry[need.name])
        return [named.id] if named else []
    if isinstance(need, ItemsNeed):
        return [number for number, _label in need.options(ctx, case)] if need.required or need.is_preset else []
    value = entry.get(need.name)
    return need.choices(value) if isinstance(need, Field) and need.choices and value else value


def create_cases(stage: Stage) -> None:
    """Requests, agreements, streets of this year's list, violations and occupations in all states with work to do."""
    table = read_table("cases")
    for entry in table["requests"]:
        _request(stage, entry, table)
    _route_items(stage, table)
    create_street_rules(stage, table)
    for entry in table["violations"]:
        _violation(stage, entry)
    for entry in table["occupations"]:
        _occupation(stage, entry)
    create_planning(stage, table)
    create_areas(stage, table)
    create_operator_plans(stage, table)
    if stage.store is not None:
        create_guidance(stage, table, stage.store)
    for entry in table["building_notices"]:
        _building_notice(stage, entry)
    create_street_cases(stage, table)
    for entry in table["obstacles"]:
        _obstacle(stage, entry)
    for entry in table["incidents"]:
        _incident(stage, entry)
    _storm(stage, table["storm"])
    for entry in table["inspections"]:
        _inspection(stage, entry)
    create_plan_figures(stage)
    for entry in table["campaigns"]:
        _campaign(stage, entry)


def _codes(ctx: Ctx, own_codes: Sequence[str]) -> tuple[str, ...]:
    """The provincial codes of sample structures, in the given order; those outside all communes were left out."""
    query = select(Structure.own_code, Structure.code).where(Structure.is_sample, Structure.own_code.in_(own_codes))
    codes = {row.own_code: row.code for row in ctx.session.execute(query)}
    return tuple(codes[own_code] for own_code in own_codes if own_code in codes)


def _request(stage: Stage, entry: Entry, table: Entry) -> None:
    with stage.acting(entry["by"], entry["days"]) as ctx:
        codes = _codes(ctx, entry["structures"])
        if not codes:
            return
        (request,) = start_requests(ctx, StartRequests(codes))
        if entry.get("draft"):
            return
        content = stage.resolve(table["request"]) | {"contact_name": ctx.actor.display_name}
        edit_request(ctx, EditRequest(request.id, request.version, column_values(ColocationRequest, content)))
        items = select(ColocationItem).where(ColocationItem.request_id == request.id).order_by(ColocationItem.id)
        for item in ctx.session.scalars(items).all():
            structure = ctx.session.get_one(Structure, item.structure_id)
            query = (
                select(CapacityPlace)
                .where(CapacityPlace.structure_id == item.structure_id, CapacityPlace.free >= 1)
                .order_by(CapacityPlace.id)
                .limit(1)
            )
            slot = ctx.session.scalars(query).first()
            values = column_values(ColocationItem, table["request_items"][structure.kind])
            if slot is not None and slot.height_m is not None:
                values["attach_height_m"] = slot.height_m
            top = KINDS[structure.kind].top_of(structure)
            if top is not None and values.get("attach_height_m") is not None:
                values["attach_height_m"] = min(values["attach_height_m"], top)
            edit_item(ctx, EditItem(request.id, item.id, request.version, slot.id if slot else None, values))
        fire(ctx, COLOCATION, request.id, "submit", {}, version=request.version)
        request_id = request.id
    stage.move(COLOCATION, request_id, entry.get("moves", ()))
    if "agreement" in entry:
        _agreement(stage, entry["agreement"], request_id)


def _agreement(stage: Stage, entry: Entry, request_id: int) -> None:
    with stage.acting(entry["by"]) as ctx:
        query = select(ColocationAgreement).where(ColocationAgreement.request_id == request_id)
        agreement = ctx.session.scalars(query).one()
        contract = column_values(ColocationAgreement, stage.resolve(entry["contract"]))
        edit_contract(ctx, EditContract(agreement.id, agreement.version, contract))
        agreement_id = agreement.id
    stage.move(AGREEMENT, agreement_id, entry["moves"])
    with stage.acting(entry["message_by"]) as ctx:
        write_message(ctx, AGREEMENT, agreement_id, entry["message"])


def _route_items(stage: Stage, table: Entry) -> None:
    year = local_date(stage.now).year
    with stage.acting(table["route_list"]["by"], table["route_list"]["days"]) as ctx:
        route_list = ctx.session.scalar(select(RouteList).where(RouteList.year == year))
        if route_list is not None and route_list.state is ListState.ISSUED:
            return
        list_id = (route_list or open_list(ctx, OpenList(year))).id
    for entry in table["route_items"]:
        points = points_of(entry["route"])
        geojson = json.dumps({"type": "LineString", "coordinates": points})
        line = GivenPosition(geojson, "\n".join(f"{lat:.6f}, {lon:.6f}" for lon, lat in points), WGS84, "")
        values = column_values(RouteItem, stage.resolve(entry))
        with stage.acting(entry["by"], entry["days"]) as ctx:
            item_id = propose_item(ctx, ProposeItem(list_id, values, tuple(entry["kinds"]), line)).id
        stage.move(ITEM, item_id, entry.get("moves", ()))


def _violation(stage: Stage, entry: Entry) -> None:
    """Log an act, unless the law of its day does not know it."""
    with stage.acting(entry["by"], entry["days"]) as ctx:
        day = ctx.today - timedelta(days=1)
        if find_kind(ctx.session, entry["kind"], day, day) is None:
            return
        codes = _codes(ctx, [entry["structure"]])
        accused = find_organisation(ctx.session, entry.get("accused", ""))
        facts = ViolationFacts(
            kind=entry["kind"],
            description=entry["description"],
            structure_code=codes[0] if codes else None,
            organisation_id=accused.id if accused else None,
        )
        position = parse_position(entry["place"], "wgs84")
        command = LogViolation(facts=facts, occurred_on=day, place=position, accuracy_m=Decimal(5))
        violation_id = log_violation(ctx, command).id
    stage.move(VIOLATION, violation_id, entry.get("moves", ()))


def _occupation(stage: Stage, entry: Entry) -> None:
    with stage.acting(entry["by"], entry["days"]) as ctx:
        codes = _codes(ctx, [entry["structure"]])
        if not codes:
            return
        occupant = find_organisation(ctx.session, entry.get("occupant", ""))
        values = {"marks": None} | column_values(Occupation, stage.resolve(entry))
        command = OpenOccupation(codes[0], values, None, occupant.id if occupant else None)
        occupation_id = open_occupation(ctx, command).id
    stage.move(OCCUPATION, occupation_id, entry["moves"])


def _building_notice(stage: Stage, entry: Entry) -> None:
    with stage.acting(entry["by"], entry["days"]) as ctx:
        defaults = {"address": None, "plan_item": None}
        values = defaults | column_values(BuildingNotice, stage.resolve(entry))
        position = parse_position(entry["position"], "wgs84")
        notice_id = send_notice(ctx, SendNotice(values, entry["structure_kind"], position)).id
    stage.move(BUILDING_NOTICE, notice_id, entry.get("moves", ()))


def _obstacle(stage: Stage, entry: Entry) -> None:
    with stage.acting(entry["by"], entry["days"]) as ctx:
        values = {"address": None} | column_values(Obstacle, stage.resolve(entry))
        obstacle_id = raise_obstacle(ctx, RaiseObstacle(values)).id
    stage.move(OBSTACLE, obstacle_id, entry.get("moves", ()))


def _incident(stage: Stage, entry: Entry) -> None:
    """Report an incident as the public, by the label of a structure and with a place; its code is not kept."""
    with stage.acting(None, entry["days"]) as ctx:
        code = _codes(ctx, [entry["structure"]])[0]
        structure_id = ctx.session.scalars(select(Structure.id).where(Structure.code == code)).one()
        where = Whereabouts(structure_id=structure_id, place=parse_position(entry["place"], "wgs84"), accuracy_m=8)
        draft = new_draft()
        command = SendReport(
            draft=draft,
            where=where,
            kind=IncidentKind(entry["kind"]),
            is_dangerous=entry.get("is_dangerous", False),
            text=f"{entry['text']} {SAMPLE_TEXT}",
        )
        sent = send_report(ctx, draft, command)
        query = select(IncidentReport.incident_id).where(IncidentReport.code_digest == digest_of(sent))
        incident_id = ctx.session.scalars(query).one()
        number = ctx.session.get_one(Incident, incident_id).number
    stage.incidents.append(number or "")
    moves = [
        move | {"main_number": stage.incidents[move["of"]]} if "of" in move else move for move in entry.get("moves", ())
    ]
    stage.move(INCIDENT, incident_id, moves)
    if "satisfaction" in entry:
        with stage.acting(None, entry["rated_days"]) as ctx:
            rate_report(ctx, RateReport(sent, entry["satisfaction"], f"{entry['opinion']} {SAMPLE_TEXT}"))


def _storm(stage: Stage, entry: Entry) -> None:
    """A storm with outages of stations, some of them restored."""
    with stage.acting(entry["by"], entry["days"]) as ctx:
        storm_id = open_storm(ctx, entry["name"]).id
    for sender, own_codes in entry["outages"].items():
        with stage.acting(sender, entry["days"]) as ctx:
            codes = _codes(ctx, own_codes)
            began = ctx.now - timedelta(hours=2)
            stations = {
                row.code: row
                for row in ctx.session.execute(
                    select(Structure.code, Structure.id, Structure.commune_id).where(Structure.code.in_(codes))
                )
            }
            units = units_today(ctx, {station.commune_id for station in stations.values()})
            rows = [
                GoodRow(
                    number,
                    stations[code].id,
                    units[stations[code].commune_id],
                    ctx.actor.organisation_id or 0,
                    IncidentKind.STATION_OUTAGE.value,
                    began.isoformat(),
                    (began + timedelta(hours=number)).isoformat() if number <= entry["restored"] else None,
                    SAMPLE_TEXT,
                )
                for number, code in enumerate(codes, 1)
            ]
            file_id = store_file(ctx, storm_id, "mat-lien-lac.csv", b"", ReadFile(rows, ())).id
        with stage.acting(sender) as ctx:
            while take_rows(ctx, file_id):
                pass


def _inspection(stage: Stage, entry: Entry) -> None:
    """Plan, issue and carry out an inspection; a failure becomes a violation where the law of the day knows its act."""
    fields = stage.resolve(entry)
    with stage.acting(entry["by"], entry["days"]) as ctx:
        codes = _codes(ctx, entry["structures"])
        unit_id = ctx.session.scalars(select(Structure.commune_id).where(Structure.code == codes[0])).one()
        command = OpenPlan(unit_id, entry["purpose"], fields["starts_on"], fields["ends_on"])
        plan_id = open_plan(ctx, command).id
    with stage.acting(entry["by"], entry["days"]) as ctx:
        add_structures(ctx, plan_id, codes)
    stage.move(INSPECTION, plan_id, entry["moves"])
    for result in entry["results"]:
        with stage.acting(result["by"], result["days"]) as ctx:
            (code,) = _codes(ctx, [result["structure"]])
            plan = get_plan(ctx, plan_id)
            view = next(listed for listed in list_items(ctx, plan) if listed.structure.code == code)
            record_result(ctx, _result(ctx, plan_id, view, result))
            item_id = view.item.id
            _refer_findings(ctx, view, result)
        if "correction" in result:
            with stage.acting(result["by"], result["days"]) as ctx:
                propose_correction(ctx, ProposeCorrection(plan_id, item_id, **result["correction"]))


def _refer_findings(ctx: Ctx, view: ItemView, entry: Entry) -> None:
    """Turn the findings that the entry names into cases, where the law of the day knows their acts."""
    acts = acts_on(ctx, ctx.today, ctx.today)
    for finding in list_findings(ctx, view):
        if finding.code in entry.get("refer", ()) and finding.suggested_act in acts:
            decide_finding(ctx, DecideFinding(finding.id, finding.suggested_act))


def _result(ctx: Ctx, plan_id: int, view: ItemView, entry: Entry) -> RecordResult:
    checks = {check.key: check for check in checklist_of(ctx, view.structure, ctx.today)}
    failing = set(entry.get("failing", ()))
    return RecordResult(
        plan_id=plan_id,
        item_id=view.item.id,
        version=view.item.version,
        inspected_on=ctx.today,
        reach=Reach.INSPECTED,
        answers={key: Answer.NO if key in failing else Answer.YES for key in checks},
        note=entry["note"],
    )


def _campaign(stage: Stage, entry: Entry) -> None:
    """Open a campaign, take the reports along their moves, and consolidate where the entry says so."""
    fields = stage.resolve(entry)
    with stage.acting(entry["by"], entry["days"]) as ctx:
        owners = [find_organisation(ctx.session, code) for code in entry["audience"]]
        command = WriteCampaign(
            entry["title"].format(year=fields["due_on"].year),
            {
                "kind": CampaignKind(entry["kind"]),
                "instructions": entry["instructions"],
                **{name: fields[name] for name in CAMPAIGN_DAYS},
            },
            tuple(owner.id for owner in owners if owner),
        )
        campaign_id = write_campaign(ctx, command).id
    stage.move(CAMPAIGNS, campaign_id, [move for move in entry["moves"] if move["name"] == "begin"])
    for report_entry in entry["reports"]:
        _report(stage, campaign_id, report_entry)
    stage.move(CAMPAIGNS, campaign_id, [move for move in entry["moves"] if move["name"] != "begin"])


def _report(stage: Stage, campaign_id: int, entry: Entry) -> None:
    """Fill in a report from the register and the given figures, and make its moves; one without `by` stays empty."""
    with stage.acting("so.khcn") as ctx:
        owner = find_organisation(ctx.session, entry["organisation"])
        query = select(OperatorReport.id).where(OperatorReport.campaign_id == campaign_id)
        report_id = ctx.session.scalars(query.where(OperatorReport.organisation_id == (owner.id if owner else 0))).one()
    if "by" in entry:
        with stage.acting(entry["by"], entry["days"]) as ctx:
            report = ctx.session.get_one(OperatorReport, report_id)
            campaign, figures = campaign_of(ctx, report), entry.get("figures", {})
            figures_by_code, entries = figures_of(ctx, campaign, report), {}
            for item in items_of(campaign):
                its = figures_by_code[item.code]
                its = replace(its, value=Decimal(figures[item.code]) if item.code in figures else its.value)
                entries[item.code] = (its.value, entry["reason"] if needs_reason(item, its) else None)
            save_entries(ctx, SaveEntries(report_id, report.version, entries))
    for kind, text in entry.get("remarks", {}).items():
        with stage.acting(entry["by"], entry["days"]) as ctx:
            add_remark(ctx, AddRemark(report_id, RemarkKind(kind), text))
    stage.move(REPORTS, report_id, entry.get("moves", ()))
    if "until" in entry:
        with stage.acting("so.khcn", entry["days"]) as ctx:
            until = stage.resolve(entry)["until"]
            grant_exception(ctx, GrantException(report_id, until, entry["until_reason"]))


def create_rounds(stage: Stage) -> None:
    """Ask every owner that is not asked already to confirm its structures; some confirm their first ones."""
    entry = read_table("cases")["rounds"]
    with stage.acting(entry["by"], entry["days"]) as ctx:
        asked = running_rounds(ctx)
        owner_ids = [owner.id for owner in list_owners_to_ask(ctx) if owner.id not in asked]
    for owner_id in owner_ids:
        # Each in a change of its own: clearing finds by it the account that opened the round.
        with stage.acting(entry["by"], entry["days"]) as ctx:
            open_rounds_by_hand(ctx, OpenRounds(owner_id))
    for username in entry["confirmed_by"]:
        # In the present: structures changed meanwhile keep their order of versions.
        with stage.acting(username) as ctx:
            owner = find_organisation(ctx.session, username)
            running = running_rounds(ctx).get(owner.id) if owner else None
            if running is None:
                continue
            left = unconfirmed_in(ctx, running, RoundPart(entry["confirmed_kind"]))
            first = select(Structure.id, Structure.version).where(*left).order_by(Structure.own_code).limit(SHOWN)
            ticked = tuple((row.id, row.version) for row in ctx.session.execute(first))
            if ticked:
                confirm_structures(ctx, ConfirmStructures(running.id, ticked), defer_confirm)
