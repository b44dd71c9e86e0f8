"""Lists of cases: one filter, keyset paged, for every workflow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, false, func, or_, select

from registry.authz.actors import Ctx
from registry.authz.scopes import visible
from registry.kernel.db.base import Choice
from registry.kernel.db.matching import contains_all
from registry.kernel.paging import Cursor, Page
from registry.kernel.search import Query, full_number
from registry.workflow.definition import Fork, Workflow
from registry.workflow.desk import DESK_SIZE, DeskItem, waiting_clause

PAGE_SIZE = 50
COUNTED_TO = 10_000


@dataclass(frozen=True)
class CaseFilter:
    """What a list of cases is narrowed to: states, late ones, those that wait for the reader, words."""

    states: tuple[str, ...] = ()
    late: bool = False
    waiting: bool = False
    q: str = ""


def list_cases(
    ctx: Ctx,
    workflow: Workflow,
    chosen: CaseFilter,
    *where: ColumnElement[bool],
    cursor: Cursor | None = None,
    size: int = PAGE_SIZE,
) -> Page[Any]:
    """One page of the cases that the actor may see, the newest first; `where` are the feature's own conditions."""
    model = workflow.model
    conditions = [*filter_clauses(ctx, workflow, chosen), *where]
    backwards = cursor is not None and cursor.backwards
    query = select(model).where(*conditions)
    if cursor is not None:
        query = query.where(model.id > cursor.id if backwards else model.id < cursor.id)
    query = query.order_by(model.id if backwards else model.id.desc()).limit(size + 1)
    rows = list(ctx.session.scalars(query))
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    counted = select(model.id).where(*conditions).limit(COUNTED_TO + 1).subquery()
    total = int(ctx.session.scalar(select(func.count()).select_from(counted)) or 0)
    return Page(
        rows,
        Cursor(None, rows[-1].id, backwards=False) if (more or backwards) and rows else None,
        Cursor(None, rows[0].id, backwards=True) if (cursor is not None and (more or not backwards)) and rows else None,
        total,
        COUNTED_TO,
    )


def match_cases(ctx: Ctx, workflow: Workflow, query: Query, size: int) -> list[Any]:
    """The cases that the actor may see whose number or title has every word in it, the one of that number first."""
    model = workflow.model
    whole = full_number(query.text)
    numbered = func.coalesce(model.number == (whole or query.text.upper()), false())
    words = query.words if whole is None else (whole,)
    wanted = select(model).where(visible(ctx, model, workflow.read), contains_all(model.words(), words))
    return list(ctx.session.scalars(wanted.order_by(numbered.desc(), model.id.desc()).limit(size)))


def count_cases(ctx: Ctx, workflow: Workflow, chosen: CaseFilter, *where: ColumnElement[bool]) -> int:
    """How many cases the actor may see under a filter: the number on the figure that opens the list."""
    query = select(func.count()).select_from(workflow.model)
    return int(ctx.session.scalar(query.where(*filter_clauses(ctx, workflow, chosen), *where)) or 0)


def desk_totals(ctx: Ctx, shown: Sequence[DeskItem]) -> list[tuple[Workflow, int]]:
    """The workflows of which the desk shows only the first cases, each with how many wait for the actor in all."""
    shown_of = Counter(item.workflow for item in shown)
    full = [workflow for workflow, count in shown_of.items() if count >= DESK_SIZE]
    totals = [(workflow, count_cases(ctx, workflow, CaseFilter(waiting=True))) for workflow in full]
    return [(workflow, total) for workflow, total in totals if total > shown_of[workflow]]


def filter_clauses(ctx: Ctx, workflow: Workflow, chosen: CaseFilter) -> list[ColumnElement[bool]]:
    """The WHERE of a filter, what the actor may see included."""
    model = workflow.model
    found: list[ColumnElement[bool]] = [visible(ctx, model, workflow.read)]
    if chosen.states:
        found.append(model.state.in_(chosen.states))
    if chosen.late:
        found.append(late_clause(ctx, workflow))
    if chosen.waiting:
        waiting = waiting_clause(ctx, workflow)
        found.append(false() if waiting is None else waiting)
    if chosen.q:
        whole = full_number(chosen.q)
        found.append(contains_all(model.words(), chosen.q.split() if whole is None else (whole,)))
    return found


def late_clause(ctx: Ctx, workflow: Workflow) -> ColumnElement[bool]:
    """Cases whose term is over, or in a state that only the end of a term leads to."""
    model = workflow.model
    clause: ColumnElement[bool] = or_(model.due_at <= ctx.now, model.state.in_(late_states(workflow)))
    return clause


def late_states(workflow: Workflow) -> list[Choice]:
    """The states that mean that a term was missed; one that people lead to as well, such as a refusal, does not.

    A fork does not say where it leads, and often back to where the case was: it speaks neither for nor against.
    """
    overdue = {deadline.overdue for deadline in workflow.deadlines.values()}
    straight = [move for move in workflow.moves if not isinstance(move.target, Fork)]
    lapsed = {target for move in straight if move.name in overdue for target in move.targets}
    by_people = {target for move in straight if move.name not in overdue for target in move.targets}
    return sorted(lapsed - by_people - set(workflow.ends))
