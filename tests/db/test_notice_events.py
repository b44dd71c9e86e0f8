"""Events that notified no one, or the same office twice: each with those it concerns, one notice a reader."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from registry.accounts.commands import AddSuccession
from registry.accounts.models import Organisation
from registry.accounts.service import add_succession
from registry.campaigns.models import ReportCampaign
from registry.campaigns.workflow import CAMPAIGNS
from registry.colocation.agreements.workflow import AGREEMENT
from registry.files.pages import STORE
from registry.guidance.commands import PublishDocument
from registry.guidance.models import GuidanceKind
from registry.guidance.service import publish
from registry.incidents.codes import Agency, IncidentKind
from registry.incidents.models import Incident
from registry.incidents.storms import end_storm, open_storm
from registry.notices.events import Standing, standing_of
from registry.notices.models import Notice
from registry.notices.queries import addressed_to
from registry.routelists.models import RouteList
from registry.workflow.definition import WORKFLOWS
from registry.workflow.jobs import run_clocks
from registry.workflow.notice_events import MESSAGE, REMINDER, events_of
from tests.factories import campaigns, incidents, routelists, violations
from tests.factories.structures import organisation_id

PAPER = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


@pytest.fixture
def standings(ctx_of, cast):
    """A function: kind and event of a subject -> account -> standing of its notices, one entry each."""

    def read(kind, event, subject_id=None):
        standings_by_name = {}
        for username in cast:
            with ctx_of(username, read_only=True) as ctx:
                query = select(Notice).where(
                    Notice.subject_kind == kind, Notice.event == event, addressed_to(ctx.actor)
                )
                if subject_id is not None:
                    query = query.where(Notice.subject_id == subject_id)
                of_reader = [standing_of(notice, ctx.actor)[0] for notice in ctx.session.scalars(query)]
                if of_reader:
                    standings_by_name[username] = of_reader
        return standings_by_name

    return read


def test_the_course_of_a_storm_reaches_owners_departments_and_communes_once(ctx_of, standings):
    with ctx_of("so.khcn") as ctx:
        storm = open_storm(ctx, "Bão số 11").id
    opened = standings("incident_storm", "open", storm)
    assert opened["viettel"] == [Standing.ACT]
    assert opened["dienluc"] == [Standing.ACT]
    assert opened["ubnd.xa"] == [Standing.WATCH]
    with ctx_of("so.khcn") as ctx:
        end_storm(ctx, storm)
    ended = standings("incident_storm", "end", storm)
    assert ended.keys() == opened.keys()
    assert ended["vnpt"] == [Standing.AFFECTED]


def test_hundreds_of_overdue_cases_of_a_storm_are_one_notice_an_hour(ctx_of, database, standings):
    incident_ids = [incidents.assigned(ctx_of) for _each in range(3)]
    with ctx_of("so.khcn", now=incidents.NOW) as ctx:
        storm = open_storm(ctx, "Bão số 12").id
        for case in ctx.session.scalars(select(Incident).where(Incident.id.in_(incident_ids))):
            case.storm_id = storm
    run_clocks(database, incidents.NOW + timedelta(days=30))
    late = standings("incident_storm", "miss_safe", storm)
    assert late["viettel"] == [Standing.ACT]
    assert late["so.khcn"] == [Standing.WATCH]
    assert late["ubnd.xa"] == [Standing.WATCH]
    assert standings("incident", "miss_safe") == {}


def test_an_escalation_reaches_the_department_in_charge_once_and_the_commune(ctx_of, database, standings):
    incident_id, _code = incidents.report(ctx_of, kind=IncidentKind.CABLE_CUT)
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert ctx.session.get_one(Incident, incident_id).agency is Agency.LEAD
    run_clocks(database, incidents.NOW + timedelta(days=30))
    late = standings("incident", "miss_triage", incident_id)
    assert late["so.khcn"] == [Standing.ACT]
    assert late["ubnd.xa"] == late["kiemtra1"] == [Standing.WATCH]


def test_the_commune_that_assigned_a_case_gets_every_answer(ctx_of, standings):
    incident_id = incidents.assigned(ctx_of)
    incidents.move(ctx_of, "viettel", incident_id, "acknowledge")
    incidents.move(ctx_of, "viettel", incident_id, "make_safe", text="Đã rào chắn")
    for event in ("acknowledge", "make_safe"):
        assert len(standings("incident", event, incident_id)["ubnd.xa"]) == 1, event


def test_a_violation_that_is_opened_reaches_its_inspectors_and_the_commune(ctx_of, standings):
    violation_id = violations.log(ctx_of)
    opened = standings("violation", "open", violation_id)
    assert opened["ubnd.xa"] == [Standing.WATCH]
    assert "kiemtra1" not in opened, "its author"
    assert not opened.keys() & {"viettel", "vnpt", "dienluc"}


def test_the_end_of_the_limitation_is_not_named_as_the_day_of_a_record_that_is_late(ctx_of, database):
    violation_id = violations.log(ctx_of)
    run_clocks(database, violations.NOW + timedelta(days=10))
    with ctx_of("kiemtra1", read_only=True) as ctx:
        query = select(Notice).where(Notice.subject_kind == "violation", Notice.subject_id == violation_id)
        late = [notice for notice in ctx.session.scalars(query) if notice.event == "minutes_late"]
    assert late
    assert all("by" not in notice.params for notice in late)


def test_a_succession_reaches_both_and_the_other_parties_of_open_cases(ctx_of, standings):
    with ctx_of("quantri") as ctx:
        ids = [organisation_id(ctx.session, code) for code in ("vnpt", "viettel")]
        succession_id = add_succession(
            ctx,
            AddSuccession(
                predecessor_id=ids[0], successor_id=ids[1], effective_on=date(2027, 1, 1), legal_basis="QĐ 1/2026"
            ),
        ).id
    reached = standings("succession", "entered", succession_id)
    assert reached["vnpt"] == reached["viettel"] == [Standing.AFFECTED]
    assert reached["so.khcn"] == [Standing.WATCH]


def test_published_guidance_reaches_those_who_work_by_it(app, ctx_of, standings):
    with ctx_of("so.khcn") as ctx:
        command = PublishDocument(GuidanceKind.FORM, "Mẫu đề nghị", None, None, None, "mau.pdf", PAPER)
        document_id = publish(ctx, STORE.of(app), command).id
    reached = standings("guidance_document", "published", document_id) or standings(
        "guidance", "published", document_id
    )
    assert {"viettel", "dienluc", "ubnd.xa", "kiemtra1"} <= reached.keys()
    assert "so.khcn" not in reached


def test_an_issued_list_of_streets_reaches_operators_the_power_company_and_the_province(ctx_of, standings):
    routelists.agreed(ctx_of)
    with ctx_of("so.khcn", read_only=True) as ctx:
        listed = ctx.session.scalars(select(RouteList.id).order_by(RouteList.id.desc()).limit(1)).one()
    routelists.issue(ctx_of, listed, date(2026, 11, 24))
    reached = standings("routelist", "issue", listed)
    assert {"viettel", "vnpt", "dienluc", "ubnd.tinh", "ubnd.xa"} <= reached.keys()
    assert {len(each) for each in reached.values()} == {1}


def test_the_department_is_warned_of_organisations_that_no_notice_reaches(ctx_of):
    campaign_id = campaigns.campaign(ctx_of, begun=False)
    begin = CAMPAIGNS.move("begin")
    with ctx_of("so.khcn", read_only=True) as ctx:
        campaign = ctx.session.get_one(ReportCampaign, campaign_id)
        assert begin.current_values(ctx, campaign) == []
        silent = organisation_id(ctx.session, "so_tttt")
        ctx.session.expunge(campaign)
        campaign.audience = [*campaign.audience, silent]
        ((_label, names),) = begin.current_values(ctx, campaign)
        assert names == ctx.session.get_one(Organisation, silent).short_name


def test_each_party_gets_its_own_task_of_a_state_and_no_task_of_another(app):
    wrong = []
    with app.test_request_context():
        for workflow in WORKFLOWS.values():
            event = events_of(workflow).get(MESSAGE) or next(iter(events_of(workflow).values()))
            for state in workflow.open_states:
                assignees = workflow.assignees_in(state)
                notice = Notice(event=event.name, params={"state": state.value})
                tasks = {each.party: event.task_of(notice, each.party) for each in assignees}
                acts = {(each.party, str(each.act)) for each in assignees if each.act}
                wrong += [
                    (workflow.code, state, party, act)
                    for party, task in tasks.items()
                    for other, act in acts
                    if act in task and other != party and (party, act) not in acts
                ]
    assert wrong == []


def test_the_answer_to_a_proposal_is_not_due_by_the_term_of_the_other_side(app):
    asked, installing = events_of(AGREEMENT)["ask_ending"], {"state": "installing", "by": "2027-12-01"}
    with app.test_request_context():
        notice = Notice(event="ask_ending", params=installing)
        assert asked.task_of(notice, "owner") == "Trả lời đề nghị của bên sử dụng"
        assert (asked.binds(notice, "owner"), asked.binds(notice, "requester")) == (False, True)
        reminder = Notice(event=REMINDER, params=installing)
        assert events_of(AGREEMENT)[REMINDER].binds(reminder, "owner")
