"""The worklist: cases assigned to the actor, and the actor's own cases that wait for others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, literal, not_, or_, select, union_all

from registry.authz.actors import Ctx
from registry.authz.directory import directory
from registry.authz.permissions import P
from registry.authz.scopes import holds, visible
from registry.kernel.clock import last_day
from registry.kernel.feature import ExtensionPoint
from registry.workflow.definition import WORKFLOWS, Assignee, Workflow
from registry.workflow.time_left import TimeLeft, times_left, urgent_end_of

WORKLIST_SIZE = 50
#: Days, today included, whose last days of terms are "this week".
_WEEK = timedelta(days=6)
#: The most urgent of the watched cases; the lists have the rest.
WATCHED_SIZE = 10
_MAX_ACTS = 2


class Urgency(StrEnum):
    """By when a case must be acted on."""

    OVERDUE = "overdue"
    TODAY = "today"
    WEEK = "week"
    LATER = "later"


@dataclass(frozen=True)
class WorklistItem:
    """One open case: who must act, and the time left."""

    workflow: Workflow
    case_id: int
    number: str | None
    title: str
    state: Any
    #: The state in words.
    state_text: str
    #: The end of the term that runs, or that was missed by who has to act.
    due_at: datetime | None
    #: The label of the party that must act, and what it is to do.
    assignee: str
    act: str
    time_left: TimeLeft | None
    urgency: Urgency
    #: Short names of the other organisations of the case.
    counterparts: tuple[str, ...] = ()
    #: The administrative unit in which it lies.
    unit_id: int | None = None


@dataclass(frozen=True)
class WorklistTask:
    """A task that is no case: text, address and status."""

    text: str
    url: str
    state: str


WORKLIST_TASKS = ExtensionPoint[Callable[[Ctx], Iterable[WorklistTask]]]("workflow.tasks")


def list_tasks(ctx: Ctx) -> list[WorklistTask]:
    """The tasks of the actor that are no cases."""
    return [task for source in WORKLIST_TASKS for task in source(ctx)]


@dataclass(frozen=True)
class Desk:
    """The open cases of the actor, the most urgent first."""

    #: Those that wait for the actor, at most WORKLIST_SIZE per workflow.
    assigned: list[WorklistItem]
    #: Those that the actor opened, or of their organisation, in which others must act; at most WATCHED_SIZE.
    watched: list[WorklistItem]


def read_desk(ctx: Ctx) -> Desk:
    """The desk of the actor; one statement finds the cases of all workflows."""
    lists = [each for workflow in WORKFLOWS.values() for each in _lists(ctx, workflow)]
    rows = ctx.session.execute(union_all(*lists)).all() if lists else []
    due: dict[str, dict[int, datetime | None]] = {}
    for row in rows:
        due.setdefault(row.workflow, {})[row.case_id] = row.due_at
    items = {code: _items(ctx, WORKFLOWS[code], due_of_cases) for code, due_of_cases in due.items()}

    def sheet(*, waits: bool) -> list[WorklistItem]:
        # A draft may have been thrown away since.
        mine = [item for row in rows if row.waits is waits and (item := items[row.workflow].get(row.case_id))]
        return sorted(mine, key=lambda item: (item.due_at is None, item.due_at or ctx.now, item.case_id))

    return Desk(assigned=sheet(waits=True), watched=sheet(waits=False))


def _lists(ctx: Ctx, workflow: Workflow) -> Iterator[Select[Any]]:
    """(workflow, case_id, due_at, waits) of the most urgent cases that wait for the actor, and for others."""
    term_end = urgent_end_of(workflow).label("due_at")
    waiting = assigned_clause(ctx, workflow)
    if waiting is not None:
        yield _most_urgent(workflow, term_end, waiting, WORKLIST_SIZE, waits=True)
    if holds(ctx.actor, workflow.read):
        others = _waiting_for_others(ctx, workflow, waiting)
        yield _most_urgent(workflow, term_end, others, WATCHED_SIZE, waits=False)


def _most_urgent(workflow: Workflow, term_end: Any, where: Any, most: int, *, waits: bool) -> Select[Any]:
    model = workflow.model
    return (
        select(
            literal(workflow.code).label("workflow"), model.id.label("case_id"), term_end, literal(waits).label("waits")
        )
        .where(where)
        .order_by(term_end.nulls_last(), model.id)
        .limit(most)
    )


def assigned_clause(ctx: Ctx, workflow: Workflow) -> Any:
    """The cases of a workflow in which the actor must act; None if that is never so."""
    model = workflow.model
    by_permission: dict[P, list[Any]] = {}
    clauses: list[ColumnElement[bool]] = []
    for state in workflow.states:
        for assignee in workflow.assignees_in(state):
            if not is_assigned(ctx, assignee):
                continue
            conditions = [condition(ctx, model) for condition in (assignee.where, assignee.mine) if condition]
            if conditions:
                clauses.append(and_(model.state == state, *conditions, visible(ctx, model, assignee.permission)))
            else:
                by_permission.setdefault(assignee.permission, []).append(state)
    clauses += [
        model.state.in_(states) & visible(ctx, model, permission) for permission, states in by_permission.items()
    ]
    return or_(*clauses) if clauses else None


def is_assigned(ctx: Ctx, assignee: Assignee) -> bool:
    """Whether the actor has the permission and role of an assignee."""
    return holds(ctx.actor, assignee.permission) and (not assignee.roles or bool(assignee.roles & ctx.actor.roles))


def _waiting_for_others(ctx: Ctx, workflow: Workflow, waiting: Any) -> ColumnElement[bool]:
    """The open cases of the actor's side that are not among those `waiting` for the actor."""
    model = workflow.model
    sides = [getattr(model, name).in_(ctx.actor.organisation_ids) for name in model.SIDES.values()]
    mine = or_(model.created_by_id == ctx.actor.id, *sides)
    others: ColumnElement[bool] = model.state.in_(workflow.open_states) & visible(ctx, model, workflow.read) & mine
    return others if waiting is None else others & not_(waiting)


def _items(ctx: Ctx, workflow: Workflow, due: Mapping[int, datetime | None]) -> dict[int, WorklistItem]:
    """Case id -> its entry, for the cases whose ends of term are given."""
    cases = ctx.session.scalars(select(workflow.model).where(workflow.model.id.in_(due))).all()
    states = workflow.texts_of_states(ctx, cases)
    left, acting = times_left(ctx, workflow, cases), acting_assignees(ctx, workflow, cases)
    others = {case.id: _other_sides(ctx, case) for case in cases}
    every_other = {organisation_id for sides in others.values() for organisation_id in sides}
    names = directory().organisation_names(ctx, every_other) if every_other else {}
    area = workflow.model.AREA
    return {
        case.id: WorklistItem(
            workflow,
            case.id,
            case.number,
            case.title,
            case.state,
            states[case.id],
            due[case.id],
            _party_label(workflow, acting[case.id]),
            _next_action(ctx, workflow, case, acting[case.id]),
            left.get(case.id),
            _urgency(ctx, due[case.id]),
            tuple(names[organisation_id] for organisation_id in others[case.id] if organisation_id in names),
            getattr(case, area) if area is not None else None,
        )
        for case in cases
    }


def _urgency(ctx: Ctx, due_at: datetime | None) -> Urgency:
    """The group of a case by the end of its term; one without a term, or with a paused one, can wait."""
    if due_at is None:
        return Urgency.LATER
    if due_at <= ctx.now:
        return Urgency.OVERDUE
    last_on = last_day(due_at)
    if last_on <= ctx.today:
        return Urgency.TODAY
    return Urgency.WEEK if last_on <= ctx.today + _WEEK else Urgency.LATER


def _other_sides(ctx: Ctx, case: Any) -> list[int]:
    """The organisations of a case that are not the actor's, in the order of its sides."""
    sides = [getattr(case, column) for column in type(case).SIDES.values()]
    return list(dict.fromkeys(each for each in sides if each is not None and each not in ctx.actor.organisation_ids))


def assignee_label(ctx: Ctx, workflow: Workflow, case: Any) -> str:
    """The label of the party that must act in a case now; empty if there is none."""
    return _party_label(workflow, acting_assignees(ctx, workflow, [case])[case.id])


def acting_assignees(ctx: Ctx, workflow: Workflow, cases: Sequence[Any]) -> dict[int, list[Assignee]]:
    """Case id -> the assignees of its state that have something to do in it; their conditions are one query."""
    model, of = workflow.model, {case.id: workflow.assignees_in(case.state) for case in cases}
    asked = {id(each): each.where(ctx, model) for those in of.values() for each in those if each.where is not None}
    held: dict[int, set[int]] = {}
    if asked:
        columns = [clause.label(f"holds_{number}") for number, clause in enumerate(asked.values())]
        for case_id, *holds_now in ctx.session.execute(select(model.id, *columns).where(model.id.in_(sorted(of)))):
            held[case_id] = {key for key, holding in zip(asked, holds_now, strict=True) if holding}
    return {
        case_id: [each for each in those if each.where is None or id(each) in held.get(case_id, ())]
        for case_id, those in of.items()
    }


def _party_label(workflow: Workflow, acting: Sequence[Assignee]) -> str:
    return str(workflow.parties[acting[0].party].label) if acting else ""


def _next_action(ctx: Ctx, workflow: Workflow, case: Any, acting: Sequence[Assignee]) -> str:
    """What the actor is to do in a case, as text."""
    for assignee in acting:
        if is_assigned(ctx, assignee) and _is_side(ctx, case, assignee):
            return str(assignee.act) or _default_acts(ctx, workflow, case, assignee)
    return ""


def _is_side(ctx: Ctx, case: Any, assignee: Assignee) -> bool:
    """Whether the actor belongs to the assigned party, if that party is a side of the case."""
    side = type(case).SIDES.get(assignee.party)
    return side is None or getattr(case, side) in ctx.actor.organisation_ids


def _default_acts(ctx: Ctx, workflow: Workflow, case: Any, assignee: Assignee) -> str:
    """The labels of the possible primary moves, or else of the first others."""
    own = [
        move
        for move in workflow.moves_from(case.state)
        if move.permission is assignee.permission and (move.obstacle is None or move.obstacle(ctx, case) is None)
    ]
    primary = [str(move.label) for move in own if move.tone == "primary"]
    others = [str(move.label) for move in own if move.tone == "secondary"]
    return ", ".join(dict.fromkeys(primary or others[:_MAX_ACTS]))
