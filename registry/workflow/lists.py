"""Lists of cases for every workflow: one filter for the pages, exports and the site search."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import current_app, request, url_for
from sqlalchemy import ColumnElement, Select, false, func, or_, select
from werkzeug.datastructures import MultiDict

from registry.authz.actors import Ctx
from registry.authz.scopes import holds, visible
from registry.kernel.db.base import Choice
from registry.kernel.db.matching import contains_all
from registry.kernel.errors import Invalid
from registry.kernel.exports.lists import Args, Cell, Source, query_source
from registry.kernel.i18n import _, _l
from registry.kernel.i18n.stored import stored_text
from registry.kernel.paging import Cursor, Page, read_cursor, sign_cursor
from registry.kernel.search import GROUP_SIZE, Group, Hit, Link, Query, full_number
from registry.kernel.text import TextRefused, normalise
from registry.workflow.definition import Branch, Workflow
from registry.workflow.time_left import describe_time_left
from registry.workflow.worklist import WORKLIST_SIZE, WorklistItem, assigned_clause

PAGE_SIZE = 50
COUNTED_TO = 10_000
_MAX_QUERY_LENGTH = 200


@dataclass(frozen=True)
class CaseFilter:
    """Conditions of a list of cases: states, late ones, those that wait for the reader, search text."""

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
    """One page of the cases that the actor may see, newest first; `where` are the feature's own conditions."""
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
    """The visible cases with every search term in number or title, an exact number first."""
    model = workflow.model
    whole = full_number(query.text)
    numbered = func.coalesce(model.number == (whole or query.text.upper()), false())
    terms = query.words if whole is None else (whole,)
    found = select(model).where(visible(ctx, model, workflow.read), contains_all(model.search_text(), terms))
    return list(ctx.session.scalars(found.order_by(numbered.desc(), model.id.desc()).limit(size)))


def count_cases(ctx: Ctx, workflow: Workflow, chosen: CaseFilter, *where: ColumnElement[bool]) -> int:
    """The number of visible cases under a filter."""
    query = select(func.count()).select_from(workflow.model)
    return int(ctx.session.scalar(query.where(*filter_clauses(ctx, workflow, chosen), *where)) or 0)


def worklist_totals(ctx: Ctx, shown: Sequence[WorklistItem]) -> list[tuple[Workflow, int]]:
    """Workflows with more assigned cases than the worklist shows, each with the total."""
    shown_of = Counter(item.workflow for item in shown)
    full = [workflow for workflow, count in shown_of.items() if count >= WORKLIST_SIZE]
    totals = [(workflow, count_cases(ctx, workflow, CaseFilter(waiting=True))) for workflow in full]
    return [(workflow, total) for workflow, total in totals if total > shown_of[workflow]]


def filter_clauses(ctx: Ctx, workflow: Workflow, chosen: CaseFilter) -> list[ColumnElement[bool]]:
    """The WHERE conditions of a filter, visibility included."""
    model = workflow.model
    found: list[ColumnElement[bool]] = [visible(ctx, model, workflow.read)]
    if chosen.states:
        found.append(model.state.in_(chosen.states))
    if chosen.late:
        found.append(overdue_clause(ctx, workflow))
    if chosen.waiting:
        waiting = assigned_clause(ctx, workflow)
        found.append(false() if waiting is None else waiting)
    if chosen.q:
        whole = full_number(chosen.q)
        found.append(contains_all(model.search_text(), chosen.q.split() if whole is None else (whole,)))
    return found


def overdue_clause(ctx: Ctx, workflow: Workflow) -> ColumnElement[bool]:
    """Cases whose term is over, or in a state that only the end of a term leads to."""
    model = workflow.model
    clause: ColumnElement[bool] = or_(model.due_at <= ctx.now, model.state.in_(overdue_states(workflow)))
    return clause


def overdue_states(workflow: Workflow) -> list[Choice]:
    """The states that only the end of a term leads to.

    Branches are ignored: they often lead back to the state where the case was.
    """
    overdue = {deadline.overdue for deadline in workflow.deadlines.values()}
    straight = [move for move in workflow.moves if not isinstance(move.target, Branch)]
    lapsed = {target for move in straight if move.name in overdue for target in move.targets}
    by_people = {target for move in straight if move.name not in overdue for target in move.targets}
    return sorted(lapsed - by_people - set(workflow.final_states))


def read_case_filter(workflow: Workflow, args: MultiDict[str, str]) -> CaseFilter:
    """The filter of a query string; Invalid for a state that the workflow does not have."""
    states = tuple(args.getlist("state"))
    unknown = [state for state in states if state not in set(workflow.states)]
    if unknown:
        raise Invalid({"state": _("Không có trạng thái «%(state)s» trong quy trình này.", state=unknown[0][:60])})
    try:
        text = normalise(args.get("q", ""))[:_MAX_QUERY_LENGTH]
    except TextRefused as refused:
        raise Invalid({"q": str(refused)}) from refused
    return CaseFilter(states, args.get("late") == "1", args.get("waiting") == "1", text)


def case_list_context(ctx: Ctx, workflow: Workflow, *where: ColumnElement[bool], **kept: str) -> dict[str, Any]:
    """The context of templates/workflow/list.html; `kept` are the feature's own query arguments."""
    chosen = read_case_filter(workflow, request.args)
    secret = str(current_app.config["SECRET_KEY"])
    page = list_cases(
        ctx, workflow, chosen, *where, cursor=read_cursor(secret, workflow.code, request.args.get("cursor"))
    )
    base = url_for(workflow.index)

    def address(cursor: Cursor | None) -> str | None:
        signed = sign_cursor(secret, workflow.code, cursor)
        return signed and list_url(base, chosen, kept, cursor=signed)

    return {
        "workflow": workflow,
        "page": page,
        "chosen": chosen,
        "kept": kept,
        "chips": filter_chips(base, workflow, chosen, kept),
        "left": {case.id: describe_time_left(ctx, case.due_at)[1:] for case in page.rows if case.due_at},
        "previous_url": address(page.previous),
        "next_url": address(page.next),
        "first_url": list_url(base, chosen, kept),
        "clear_url": f"{base}?{urlencode(kept)}" if kept else base,
    }


def list_url(base: str, chosen: CaseFilter, kept: dict[str, str], **more: str) -> str:
    """The address of a list with a filter and the feature's own query arguments."""
    pairs = [*kept.items(), *(("state", state) for state in chosen.states)]
    pairs += [(name, "1") for name in ("late", "waiting") if getattr(chosen, name)]
    pairs += [("q", chosen.q)] if chosen.q else []
    query = urlencode([*pairs, *more.items()])
    return f"{base}?{query}" if query else base


def filter_chips(base: str, workflow: Workflow, chosen: CaseFilter, kept: dict[str, str]) -> list[dict[str, str]]:
    """Each condition as a label with the address of the list without it."""

    def chip(label: str, value: str, **without: Any) -> dict[str, str]:
        rest = CaseFilter(**{**vars(chosen), **without})
        return {"label": label, "value": value, "remove_url": list_url(base, rest, kept)}

    found = [
        chip(
            _("Trạng thái"),
            str(workflow.states(state).label),
            states=tuple(other for other in chosen.states if other != state),
        )
        for state in chosen.states
    ]
    if chosen.late:
        found.append(chip(_("Thời hạn"), _("quá hạn"), late=False))
    if chosen.waiting:
        found.append(chip(_("Đến lượt"), _("bạn"), waiting=False))
    if chosen.q:
        found.append(chip(_("Từ khóa"), chosen.q, q=""))
    return found


def case_cells(of: Callable[[Any], Any]) -> list[Cell]:
    """The columns of every list of cases; `of` returns the case of a row."""
    return [
        Cell("number", _l("Số hồ sơ"), lambda row: of(row).number),
        Cell("title", _l("Nội dung"), lambda row: stored_text(of(row).title)),
        Cell("state", _l("Trạng thái"), lambda row: of(row).state),
        Cell("state_since", _l("Từ lúc"), lambda row: of(row).state_since, datetime),
        Cell("due_at", _l("Thời hạn"), lambda row: of(row).due_at, datetime),
        Cell("created_at", _l("Lập lúc"), lambda row: of(row).created_at, datetime),
    ]


def case_source(
    ctx: Ctx,
    workflow: Workflow,
    args: Args,
    query: Select[Any],
    cells: Sequence[Cell],
    *,
    chosen: tuple[tuple[str, str], ...] = (),
    geometry: Callable[[Any], bytes | None] | None = None,
) -> Source:
    """The export of the cases of `query` under the filter of a query string, newest first.

    `query` selects the workflow's model as its first column; `chosen` describes the feature's own conditions.
    """
    narrowed = read_case_filter(workflow, args)
    conditions = tuple((chip["label"], chip["value"]) for chip in filter_chips("", workflow, narrowed, {}))
    found = query.where(*filter_clauses(ctx, workflow, narrowed)).order_by(workflow.model.id.desc())
    return query_source(
        ctx,
        found,
        [*case_cells(lambda row: row[0]), *cells],
        chosen=(*chosen, *conditions),
        geometry=geometry,
        name_column="number",
    )


def search_cases(workflow: Workflow, **kept: str) -> Callable[[Ctx, Query], Group | None]:
    """The search source of one workflow; `kept` are query arguments for the link to its full list."""

    def source(ctx: Ctx, query: Query) -> Group | None:
        if query.near or not holds(ctx.actor, workflow.read):
            return None
        found = match_cases(ctx, workflow, query, GROUP_SIZE + 1)
        hits = [
            Hit(
                stored_text(case.title),
                Link(workflow.page, {"case_id": case.id}),
                case.number or _("bản nháp"),
                badge=(case.state.label, workflow.tones.get(case.state, "neutral")),
            )
            for case in found
        ]
        more = Link(workflow.index, {**kept, "q": query.text}) if len(hits) > GROUP_SIZE else None
        return Group(workflow.code, workflow.label, hits[:GROUP_SIZE], more)

    return source
