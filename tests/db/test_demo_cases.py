"""The sample cases: something on every desk, the same each time, and taken out again with what hangs on them."""

import pytest
from sqlalchemy import text
from werkzeug.datastructures import MultiDict

from config.settings import Settings
from registry.authz.blueprint import DATABASE
from registry.demo import cases
from registry.demo.data import read_table
from registry.incidents.codes import IncidentState
from registry.kernel.db.session import Database
from registry.kernel.lists.view import LISTS
from registry.wiring import create_app
from registry.workflow.worklist import read_desk
from tests.support.demo import demo_url
from tests.support.live import context

__all__ = ["demo_url"]

STATES = """
    SELECT 'request ' || state FROM colocation_request UNION ALL SELECT 'street ' || state FROM route_item
     UNION ALL SELECT 'list ' || state FROM route_list UNION ALL SELECT 'violation ' || state FROM violation
     UNION ALL SELECT 'occupation ' || state FROM occupation UNION ALL SELECT 'obstacle ' || state FROM obstacle
     UNION ALL SELECT 'building notice ' || state FROM building_notice
     UNION ALL SELECT 'joint build ' || state FROM joint_build
     UNION ALL SELECT DISTINCT 'joint interest ' || state FROM joint_interest
     UNION ALL SELECT 'conclusion ' || state FROM plan_conclusion UNION ALL SELECT 'plan ' || state FROM infra_plan
     UNION ALL SELECT 'work ' || state FROM street_work
     UNION ALL SELECT DISTINCT 'incident ' || state FROM incident
     UNION ALL SELECT 'inspection ' || state FROM inspection_plan
     UNION ALL SELECT 'campaign ' || state FROM report_campaign
     UNION ALL SELECT 'report ' || state FROM operator_report
     UNION ALL SELECT 'agreement ' || state FROM colocation_agreement
     UNION ALL SELECT 'rule ' || state FROM street_rule
     UNION ALL SELECT 'site ' || state FROM offered_site
     UNION ALL SELECT 'site request ' || state FROM site_request
     ORDER BY 1
"""
WANTED = [
    "agreement contracting",
    "agreement installing",
    "building notice acknowledged",
    "building notice sent",
    "building notice sent",
    "building notice supplement",
    "campaign locked",
    "campaign open",
    "conclusion standing",
    *(f"incident {state}" for state in sorted(IncidentState)),
    "inspection issued",
    "joint build answering",
    "joint build joint",
    "joint build open",
    "joint interest agreed",
    "joint interest asked",
    "joint interest silent",
    "joint interest stated",
    "list collecting",
    "obstacle answered",
    "obstacle closed",
    "obstacle escalated",
    "obstacle raised",
    "occupation notified",
    "occupation unclaimed",
    "plan draft",
    "report accepted",
    "report accepted",
    "report entry",
    "report entry",
    "report entry",
    "report missing",
    "report returned",
    "report submitted",
    "request accepted",
    "request contracted",
    "request contracted",
    "request draft",
    "request overdue",
    "request rejected",
    "request returned",
    "request under_review",
    "request under_review",
    "request under_review",
    "rule announced",
    "rule cancelled",
    "rule closed",
    *["rule in_force"] * 5,
    "rule proposed",
    "site offered",
    "site offered",
    "site offered",
    "site request granted",
    "site request granted",
    "site request overdue",
    "site request sent",
    "site taken",
    "street agreed",
    "street proposed",
    "street returned",
    "street under_review",
    "violation minutes_made",
    "violation remedying",
    "violation reported",
    "violation transferred",
    "violation verifying",
    "work announced",
    "work announced",
    "work in_work",
    "work postponed",
]
SNAPSHOT = """
    SELECT o.code, r.state, s.own_code, i.decision, i.equipment, r.state_since
      FROM colocation_item i JOIN colocation_request r ON r.id = i.request_id JOIN structure s ON s.id = i.structure_id
      JOIN organisation o ON o.id = r.requester_organisation_id WHERE r.state NOT IN ('accepted', 'contracted')
     UNION ALL SELECT street_name, state, ST_AsText(line), work_kind, reason, state_since FROM route_item
     UNION ALL SELECT title, state, ST_AsText(place), given_place, description, state_since FROM violation
     UNION ALL SELECT o.equipment, o.state, s.own_code, o.marks, o.evidence, o.state_since
      FROM occupation o JOIN structure s ON s.id = o.structure_id
     ORDER BY 1, 2, 3, 4
"""
LEFT = (
    "colocation_request",
    "colocation_item",
    "route_list",
    "route_item",
    "violation",
    "incident",
    "incident_report",
    "incident_proof",
    "incident_storm",
    "incident_storm_file",
    "inspection_plan",
    "inspection_item",
    "inspection_correction",
    "report_campaign",
    "operator_report",
    "report_entry",
    "report_submission",
    "report_exception",
    "report_remark",
    "report_consolidation",
    "building_notice",
    "infra_plan",
    "infra_plan_item",
    "plan_conclusion",
    "street_work",
    "joint_build",
    "joint_interest",
    "offered_site",
    "site_request",
    "ppp_project",
    "obstacle",
    "occupation",
    "occupation_claim",
    "colocation_agreement",
    "colocation_offer",
    "colocation_as_built",
    "colocation_screening",
    "case_message",
    "finding",
    "case_event",
    "case_clock",
    "structure_disclosure",
    "notice",
)


def rows_of(database, query):
    with database.session() as session:
        return [tuple(row) for row in session.execute(text(query))]


def one(database, query):
    [(value,)] = rows_of(database, query)
    return value


@pytest.fixture(scope="module")
def started(demo_url, tmp_path_factory):
    """The pools of the application and of the owner after a first start, and the application."""
    folder = tmp_path_factory.mktemp("demo")
    app = create_app(Settings(secret_key="x" * 40, data_dir=folder, database_url=demo_url, testing=True))
    web, owner = DATABASE.of(app), Database(demo_url)
    yield web, owner, app
    web.dispose()
    owner.dispose()


def test_there_are_cases_in_the_states_in_which_somebody_must_act(started):
    assert [row[0] for row in rows_of(started[1], STATES)] == WANTED


@pytest.mark.parametrize(
    ("username", "kinds"),
    [
        (
            "vnpt",
            {
                "building_notice",
                "colocation",
                "incident",
                "joint_build",
                "joint_interest",
                "occupation",
                "operator_report",
            },
        ),
        ("viettel", {"agreement", "colocation", "incident", "joint_interest"}),
        ("dienluc", {"agreement", "colocation", "obstacle", "occupation", "operator_report", "street_work"}),
        ("so.khcn", {"campaign", "colocation", "incident", "infra_plan", "obstacle", "operator_report", "violation"}),
        ("so.xaydung", {"obstacle", "routelist", "routeitem", "streetrule"}),
        ("so.taichinh", {"site_request"}),
        ("kkt.nghison", {"building_notice"}),
        ("ubnd.xa", {"building_notice", "routeitem", "site_request", "violation"}),
        ("kiemtra1", {"inspection", "violation"}),
    ],
)
def test_every_desk_has_something_of_its_own(started, username, kinds):
    with context(started[0], username, read_only=True) as ctx:
        assert {item.workflow.code for item in read_desk(ctx).assigned} == kinds


@pytest.mark.parametrize(
    ("username", "code"),
    [
        ("so.khcn", "obstacles"),
        ("so.khcn", "building-notices"),
        ("so.khcn", "infra-plans"),
        ("so.khcn", "priority-areas"),
        ("so.xaydung", "guidance"),
        ("so.khcn", "planned-structures"),
        ("viettel", "planned-structures"),
        ("kkt.nghison", "building-notices"),
        ("so.xaydung", "plan-conclusions"),
        ("viettel", "offered-sites"),
        ("so.khcn", "joint-builds"),
        ("so.xaydung", "joint-interests"),
        ("ubnd.xa", "site-requests"),
        ("so.xaydung", "street-works"),
        ("so.xaydung", "route-items"),
        ("so.taichinh", "ppp-projects"),
        ("so.taichinh", "fines"),
        ("so.taichinh", "offered-sites"),
    ],
)
def test_no_desk_of_an_agency_opens_empty(started, username, code):
    database, _owner, app = started
    with app.test_request_context(), context(database, username, read_only=True) as ctx:
        view = LISTS[code]
        assert view.count_rows(ctx, view.read(ctx, MultiDict())) > 0


def test_what_was_accepted_is_held_and_the_ledger_adds_up(started):
    held = one(started[1], "SELECT count(*) FROM capacity_entry WHERE case_number LIKE 'DC-%' AND state = 'reserved'")
    assert held == 4
    wrong = "SELECT count(*) FROM capacity_place WHERE total IS NOT NULL AND total <> used + reserved + blocked + free"
    assert one(started[1], wrong) == 0


def test_what_is_asked_for_hangs_where_its_place_is(started):
    query = """
        SELECT place.label, item.attach_height_m FROM colocation_item item JOIN capacity_place place
            ON place.id = item.place_id WHERE item.attach_height_m <> place.height_m
    """
    assert rows_of(started[1], query) == []


def test_a_case_whose_structures_lie_outside_all_communes_is_left_out(started):
    stage, before = cases.Stage(started[0]), rows_of(started[1], STATES)
    table = read_table("cases")
    cases._request(stage, {"by": "vnpt", "days": 1, "structures": ["NOT-WRITTEN"]}, table)
    cases._occupation(stage, table["occupations"][0] | {"structure": "NOT-WRITTEN"})
    assert rows_of(started[1], STATES) == before


def test_every_case_concerns_a_sample(started):
    real = """
        SELECT count(*) FROM structure s WHERE NOT s.is_sample AND s.id IN
               (SELECT structure_id FROM colocation_item UNION SELECT structure_id FROM violation
               UNION SELECT structure_id FROM occupation UNION SELECT structure_id FROM incident)
    """
    assert one(started[1], real) == 0
    assert one(started[1], "SELECT count(*) FROM violation WHERE structure_id IS NULL") == 0


def test_no_case_begins_where_a_structure_lies_that_is_not_published(started):
    placed = """
        WITH named (label, place) AS (
            SELECT number, place_m FROM incident WHERE place_m IS NOT NULL
            UNION ALL SELECT title, place_m FROM violation
            UNION ALL SELECT title, (ST_DumpPoints(ST_Transform(line, 5897))).geom FROM route_item
        )
        SELECT label, structure.own_code FROM named JOIN structure
            ON NOT structure.is_published AND ST_DWithin(structure.geom_m, named.place, 20)
    """
    assert rows_of(started[1], placed) == []


def test_minutes_of_a_violation_are_made_in_time_on_every_day_of_the_week():
    """Two working days are at least two days: what waits longer is overdue after some weekends only."""
    late = [
        entry["description"]
        for entry in read_table("cases")["violations"]
        for move in entry.get("moves", ())
        if move["name"] in {"verify", "minutes"} and entry["days"] - move["days"] > 2
    ]
    assert late == []
