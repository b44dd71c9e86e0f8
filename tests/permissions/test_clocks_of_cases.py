"""What is offered is what is taken, one second before and after the end of the terms of each workflow.

Tried are the moves that are offered, and those of the state that ends.

The cases are those that the moves of the reviewed table are tried with, one of each state in which a term runs.
"""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select

from registry.authz.scopes import visible
from registry.kernel.errors import DomainError, Forbidden, NotFound
from registry.workflow.definition import WORKFLOWS
from registry.workflow.engine import fire, state_refusal
from registry.workflow.views import possible_moves
from tests.permissions.test_moves import moves
from tests.support.offenders import no_offenders

SECOND = timedelta(seconds=1)
FLOWS = [flow for flow in WORKFLOWS.values() if flow.model.__module__.startswith("registry.") and flow.deadlines]


@pytest.fixture
def timed_cases(ctx_of, objects):
    """(Workflow, state, number of a case, end of its term, who makes moves): one of each state with such a case."""
    makers = {flow.code: set() for flow in FLOWS}
    for kind, name in moves():
        makers.setdefault(objects[kind]["workflow"], set()).add(name)
    cases = {}
    with ctx_of(None, read_only=True) as ctx:
        for flow in FLOWS:
            timed = select(flow.model).where(flow.model.due_at.is_not(None), flow.model.state.in_(flow.deadlines))
            for case in ctx.session.scalars(timed.order_by(flow.model.id)):
                value = (flow, case.state, case.id, case.due_at, sorted(makers[flow.code]))
                cases.setdefault((flow.code, case.state), value)
    return list(cases.values())


@contextmanager
def acting(database, ctx_of, name, moment):
    """A context whose changes are taken back."""
    savepoint = database._bind.begin_nested()
    with ctx_of(name, now=moment) as ctx:
        yield ctx
        ctx.memo["abort"] = True
    savepoint.rollback()


def is_taken(database, ctx_of, name, moment, workflow, case_id, version, move):
    """Whether a move is not refused for who makes it, nor for the state of the case; what it lacks does not count."""
    with acting(database, ctx_of, name, moment) as ctx:
        try:
            fire(ctx, workflow, case_id, move.name, version=version)
        except (Forbidden, NotFound):
            return False
        except DomainError as refusal:
            case = ctx.session.get(workflow.model, case_id)
            return refusal.message != state_refusal(case, move)
        return True


def test_what_is_offered_is_what_is_taken_around_the_end_of_each_term(database, ctx_of, timed_cases):
    wrong = []
    for workflow, state, case_id, due, names in timed_cases:
        for name in names:
            for moment in (due - SECOND, due + SECOND):
                what = (workflow.code, state.value, name, "before" if moment < due else "after")
                with acting(database, ctx_of, name, moment) as ctx:
                    model = workflow.model
                    query = select(model).where(model.id == case_id, visible(ctx, model, workflow.read))
                    case = ctx.session.scalar(query)
                    if case is None:
                        continue
                    version = case.version
                    offered = {move.name for move in possible_moves(ctx, workflow, case)}
                    current = case.state
                if (current is state) is not (moment < due):
                    wrong.append((*what, "is in", current.value))
                for move in workflow.moves:
                    # An obstacle is refused with a sentence of its own.
                    is_known = move.name in offered or (state in move.sources and move.obstacle is None)
                    if move.by_clock or not is_known:
                        continue
                    taken = is_taken(database, ctx_of, name, moment, workflow, case_id, version, move)
                    if taken is not (move.name in offered):
                        wrong.append((*what, move.name, "taken" if taken else "refused"))
    no_offenders("what is offered is what is taken", wrong, "follow the ended term before the page and before the act")


def test_each_workflow_with_terms_is_tried(timed_cases):
    assert {flow.code for flow, *_more in timed_cases} == {flow.code for flow in FLOWS}
