"""What was decided is what was read (P21), and a step is taken once: every move of every workflow, by one who may.

The cases are the taken cells of the route of moves in the reviewed table, so a new move without a cell fails there.
"""

from datetime import timedelta
from itertools import groupby

import pytest
from sqlalchemy import func, select

from registry.audit.models import AuditEvent
from registry.workflow.definition import WORKFLOWS
from registry.workflow.models import CaseEvent
from tests.permissions.cases import TAKEN, address, body, table
from tests.support.offenders import no_offenders

ENDPOINT = "workflow.step_post"
#: Changes and steps that a move adds, where it begins or changes another case too, or where the next step is due
#: at once (of a rule announced after its first day); the change is one of all.
STEPS = {
    "request contract": [1, 2],
    "request ask_contract": [1, 2],
    "incident merge": [1, 2],
    "campaign begin": [1, 3],
    "rule announce": [1, 2],
    # Those that were asked and did not answer, too.
    "joint_build build_alone": [1, 4],
    "joint_build join": [1, 3],
    "joint_build withdraw": [1, 4],
}


def moves():
    """(Object, one of the cast) for each move that somebody may make; the first of those who may."""
    rows, cast = table()
    moves_taken = []
    for row in rows:
        takers = [name for name in cast if row[name] in TAKEN]
        if row["endpoint"] == ENDPOINT and takers:
            moves_taken.append((row["object"], takers[0]))
    return moves_taken


#: All moves pass one place that compares versions: of each workflow some are tried, all of them as a trial.
SOME, ALL = False, pytest.param(True, marks=pytest.mark.trial)


def tried(objects, is_whole):
    """The moves that are tried: of each workflow the first, each fourth after it and those of `STEPS`; or all."""
    if is_whole:
        return moves()
    of_workflow = groupby(moves(), key=lambda move: objects[move[0]]["workflow"])
    numbered = [pair for _workflow, moves_of_workflow in of_workflow for pair in enumerate(moves_of_workflow)]
    return [move for number, move in numbered if number % 4 == 0 or move[0] in STEPS]


def events(database):
    """How many audit events and steps of cases there are."""
    counts = [select(func.count()).select_from(model) for model in (AuditEvent, CaseEvent)]
    return [database._bind.execute(count).scalar_one() for count in counts]


@pytest.fixture
def steps(app, database, objects, members, clock):
    """A function: object, member, changes of the body -> the answer, and what it added to audit and steps."""

    def post(kind, name, **changes):
        values = objects[""] | objects[kind] | members[name].given
        # A step is taken after the one that led to it.
        clock.advance(timedelta(milliseconds=1))
        before = events(database)
        answer = members[name].open(address(app, ENDPOINT, values), "POST", body(ENDPOINT, kind, values) | changes)
        added = [after - earlier for after, earlier in zip(events(database), before, strict=True)]
        return answer, added

    return post


def test_every_move_is_among_the_cases(app, objects):
    del app
    tried = {(objects[kind]["workflow"], objects[kind]["move"]) for kind, _name in moves()}
    declared = {
        (flow.code, move.name)
        for flow in WORKFLOWS.values()
        for move in flow.moves
        if not move.by_clock and flow.model.__module__.startswith("registry.")
    }
    assert declared - tried == set()
    assert {code for code, _move in tried} == {
        "agreement",
        "building_notice",
        "campaign",
        "colocation",
        "incident",
        "infra_plan",
        "inspection",
        "joint_build",
        "joint_interest",
        "obstacle",
        "occupation",
        "offered_site",
        "operator_report",
        "plan_conclusion",
        "routelist",
        "site_request",
        "routeitem",
        "street_work",
        "streetrule",
        "violation",
    }


@pytest.mark.parametrize("is_whole", [SOME, ALL], ids=["some", "all"])
def test_a_step_on_another_version_than_was_read_is_refused_and_leaves_nothing(database, objects, steps, is_whole):
    """The version before, the one after and none at all, in turn: one place compares them for all moves."""
    wrong = []
    for number, (kind, name) in enumerate(tried(objects, is_whole)):
        savepoint = database._bind.begin_nested()
        read = int(body(ENDPOINT, kind, objects[""] | objects[kind])["version"])
        version = (str(read - 1), str(read + 1), "")[number % 3]
        answer, added = steps(kind, name, version=version)
        if answer.status_code != 409 or added != [0, 0] or "Traceback" in answer.text:
            wrong.append((kind, name, version, answer.status_code, added))
        savepoint.rollback()
    no_offenders(
        "a step on another version than was read is refused and leaves nothing",
        wrong,
        "let the engine compare the version before it acts",
    )


@pytest.mark.parametrize("is_whole", [SOME, ALL], ids=["some", "all"])
def test_a_step_taken_twice_has_one_effect(database, objects, steps, is_whole):
    wrong = []
    for kind, name in tried(objects, is_whole):
        savepoint = database._bind.begin_nested()
        first, once = steps(kind, name)
        second, twice = steps(kind, name)
        savepoint.rollback()
        refused = second.status_code in (403, 404, 409)
        if first.status_code != 303 or once != STEPS.get(kind, [1, 1]) or not refused or twice != [0, 0]:
            wrong.append((kind, name, first.status_code, once, second.status_code, twice))
    no_offenders("a step taken twice has one effect", wrong, "let the engine compare the version before it acts")
