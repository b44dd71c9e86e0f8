"""Every workflow is sound: each state can be reached and left, each term ends by itself, each move may be made."""

import ast
import csv
import re
from itertools import chain

from registry.authz.actors import SYSTEM_ACTOR
from registry.authz.matrix import GRANTS
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.kernel.i18n import _l
from registry.wiring import create_app
from registry.workflow.definition import WORKFLOWS, Branch
from registry.workflow.documents import workflows_document
from registry.workflow.notice_events import OPENED, RECALCULATED, REMINDER
from tests.arch.sources import files, nodes_of, short
from tests.permissions.cases import TABLE
from tests.support.offenders import for_each, no_offenders

#: `create_app` makes them known; the settings' own defaults are enough for that.
create_app()
FLOWS = sorted(WORKFLOWS.values(), key=lambda flow: flow.code)
LAZY = type(_l("Lịch làm việc"))
each_workflow = for_each("flow", FLOWS, name=lambda flow: flow.code, mend="change its definition, or the rule here")


def test_there_are_workflows():
    assert "colocation" in WORKFLOWS


@each_workflow
def test_every_state_is_reached_from_the_start(flow):
    reached, waiting = {flow.start}, [flow.start]
    while waiting:
        state = waiting.pop()
        targets = {target for move in flow.moves_from(state) for target in move.targets} - reached
        reached |= targets
        waiting += targets
    assert reached == set(flow.states)


@each_workflow
def test_every_state_leads_to_an_end_or_to_the_last_step_of_the_usual_way(flow):
    """No case runs in circles for ever, whatever its state."""
    ending = {*flow.final_states, *flow.main_path[-1:]}
    while True:
        more = {
            state
            for state in flow.states
            if state not in ending and any(set(move.targets) & ending for move in flow.moves_from(state))
        }
        if not more:
            break
        ending |= more
    assert ending == set(flow.states)


@each_workflow
def test_moves_and_their_states_are_the_workflow_s_own(flow):
    states = set(flow.states)
    for move in flow.moves:
        assert move.sources, move.name
        assert set(move.sources) | set(move.targets) <= states, move.name
        assert len(set(move.sources)) == len(move.sources), move.name
        assert not isinstance(move.target, Branch) or len(move.targets) > 1, move.name
    named = {*flow.assignees, *flow.deadlines, *flow.pauses, *flow.main_path, *flow.tones}
    assert named <= states


@each_workflow
def test_every_timed_state_is_left_by_a_move_of_the_clock_when_its_term_is_over(flow):
    for state, deadline in flow.deadlines.items():
        move = flow.move(deadline.overdue)
        assert move is not None, (state, deadline.overdue)
        assert move.by_clock, (state, move.name)
        assert state in move.sources, (state, move.name)
        assert state not in move.targets, (state, move.name)
        # The clock fills in no form.
        assert not [need.name for need in move.needs if need.required], move.name


@each_workflow
def test_the_clock_makes_only_moves_that_some_term_calls_for(flow):
    called = {deadline.overdue for deadline in flow.deadlines.values()} | flow.system_moves
    assert {move.name for move in flow.moves if move.by_clock} == called


@each_workflow
def test_the_job_of_the_clocks_may_see_the_cases(flow):
    assert holds(SYSTEM_ACTOR, flow.read)


@each_workflow
def test_a_state_that_pauses_has_no_term_of_law_and_leads_back_to_one(flow):
    for state in flow.pauses:
        assert state not in flow.deadlines or flow.deadlines[state].stated
        assert any(target in flow.deadlines for move in flow.moves_from(state) for target in move.targets)


@each_workflow
def test_whose_turn_it_is_may_make_a_move_there(flow):
    for state, turn in flow.assignees.items():
        assert turn.party in flow.parties, state
        assert turn.permission in {move.permission for move in flow.moves_from(state)}, state


@each_workflow
def test_it_is_somebody_s_turn_in_every_timed_state(flow):
    assert set(flow.deadlines) <= set(flow.assignees)


@each_workflow
def test_parties_that_are_told_exist(flow):
    told = set(chain.from_iterable(move.notifies for move in flow.moves))
    assert told <= set(flow.parties)


@each_workflow
def test_every_permission_stands_in_the_matrix_and_somebody_holds_it(flow):
    for permission in {flow.read, *(move.permission for move in flow.moves if not move.by_clock)}:
        assert GRANTS.get(permission), permission
    assert not GRANTS[P.CLOCK]


@each_workflow
def test_names_are_unique_and_never_the_engine_s_own_words(flow):
    names = [move.name for move in flow.moves]
    assert len(set(names)) == len(names)
    assert not set(names) & {OPENED, REMINDER, RECALCULATED}
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in names)
    for move in flow.moves:
        needs = [need.name for need in move.needs]
        assert len(set(needs)) == len(needs), move.name


def test_prefixes_of_numbers_are_unique():
    prefixes = [flow.prefix for flow in FLOWS]
    assert len(set(prefixes)) == len(prefixes)


@each_workflow
def test_every_word_on_the_screen_can_be_translated(flow):
    words = [flow.label, *flow.pauses.values(), *(state.label for state in flow.states)]
    words += [party.label for party in flow.parties.values()]
    words += [deadline.consequence for deadline in flow.deadlines.values()]
    words += [word for move in flow.moves for word in (move.label, move.done, *(need.label for need in move.needs))]
    assert [str(word) for word in words if not isinstance(word, LAZY)] == []


@each_workflow
def test_every_move_has_reviewed_cells_both_to_be_asked_for_and_to_be_made(flow):
    """The object of such a row is called after a kind of case and the move: `request accept`."""
    moves = {move.name for move in flow.moves if not move.by_clock}
    for endpoint in ("workflow.step", "workflow.step_post"):
        tried = {}
        with TABLE.open(encoding="utf-8", newline="") as source:
            for row in csv.DictReader(source):
                if row["endpoint"] == endpoint and row["object"]:
                    case, _space, move = row["object"].rpartition(" ")
                    tried.setdefault(case, set()).add(move)
        assert any(moves == tried_moves for tried_moves in tried.values()), (endpoint, sorted(moves), tried)


@each_workflow
def test_the_document_tells_every_state_move_and_term(flow):
    section = workflows_document().split(f"(`{flow.code}`)\n")[1].split("\n## ")[0]
    for state in flow.states:
        assert f"| `{state.value}` | {state.label} |" in section
    for move in flow.moves:
        assert f"| `{move.name}`<br>{move.label} |" in section
    for state, deadline in flow.deadlines.items():
        assert deadline.stated or f"| `{deadline.term}` | `{state.value}` |" in section


def test_guard_and_effect_of_a_move_stand_with_its_declaration():
    """In the same module, or in another one of its workflow; what features share is in registry/workflow."""
    offenders, moves = [], 0
    for path in files(".py", under="registry/"):
        if "/workflow" not in short(path) and "_workflow" not in short(path):
            continue
        home = short(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        package = home[: home.index(".workflow") + len(".workflow")] if ".workflow" in home else home
        sources = {
            alias.asname or alias.name: node.module
            for node in nodes_of(path).get(ast.ImportFrom, ())
            for alias in node.names
        }
        for call in nodes_of(path).get(ast.Call, ()):
            if getattr(call.func, "id", "") != "Move":
                continue
            moves += 1
            for keyword in call.keywords:
                if keyword.arg not in ("guard", "effect", "obstacle"):
                    continue
                name = ast.unparse(keyword.value).split(".")[0].split("(")[0]
                source = sources.get(name, home)
                if not source.startswith((package, "registry.workflow")):
                    offenders.append(f"{short(path)}:{keyword.value.lineno}: {name} of {source}")
    assert moves > 100
    no_offenders(
        "guard and effect of a move stand with its declaration",
        offenders,
        "move the function into the module of the move, or into common.py of its workflow",
    )
