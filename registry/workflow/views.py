"""Reads for the pages of cases: possible moves, timeline, assignee, progress."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.authz.scopes import allowed, visible
from registry.kernel.clock import local_date
from registry.kernel.db.base import Choice
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l, format_date, format_number
from registry.workflow.calendar_service import reason_text
from registry.workflow.definition import ItemsNeed, Move, Workflow
from registry.workflow.engine import CHANGES, end_terms, judges_itself, may_still_make
from registry.workflow.messages import list_messages, may_write
from registry.workflow.models import CaseEvent, CaseMessage
from registry.workflow.notice_events import OPENED, RECALCULATED
from registry.workflow.time_left import TimeLeft, overdue_states, times_left
from registry.workflow.worklist import assignee_label

#: Tones of states from which the main path does not continue.
_NO_WAY_ON: Final = ("bad", "dark")


@dataclass(frozen=True)
class CaseView:
    """What the page of every case shows around the facts of its feature."""

    workflow: Workflow
    moves: tuple[Move, ...]
    time_left: TimeLeft | None
    events: tuple[dict[str, Any], ...]
    #: The label of the party that must act now; empty at the end.
    assignee: str
    #: The messages of the parties, and whether the reader may write one.
    messages: Sequence[CaseMessage]
    may_write: bool
    #: The state in words.
    state_text: str
    #: Visited and following states, see `progress_steps`.
    steps: Sequence[dict[str, Any]]


def case_view(ctx: Ctx, workflow: Workflow, case: Any) -> CaseView:
    """The view of a case, as it stands after the moves of its ended terms."""
    moves = possible_moves(ctx, workflow, case)
    events = list_events(ctx, workflow, case.id)
    names, late = _item_names(ctx, workflow, case, events), _late_ids(workflow, events)
    fields = _changed_fields(ctx, workflow, case, events)
    return CaseView(
        workflow=workflow,
        moves=moves,
        time_left=times_left(ctx, workflow, [case]).get(case.id),
        events=tuple(_entry(workflow, event, names, fields, late=event.id in late) for event in events),
        assignee=assignee_label(ctx, workflow, case),
        messages=list_messages(ctx, workflow, case.id) if workflow.has_messages else (),
        may_write=may_write(ctx, workflow, case),
        state_text=workflow.texts_of_states(ctx, [case])[case.id],
        steps=progress_steps(workflow, *way_of(workflow, case, events)),
    )


def sees_case(ctx: Ctx, workflow: Workflow, case_id: int) -> bool:
    """Whether the actor may still read a case, such as after a move of theirs."""
    model = workflow.model
    query = select(model.id).where(model.id == case_id, visible(ctx, model, workflow.read))
    return ctx.session.scalar(query) is not None


def without_moves(view: CaseView, names: Collection[str]) -> CaseView:
    """A view without the buttons of some moves."""
    return replace(view, moves=tuple(move for move in view.moves if move.name not in names))


def possible_moves(ctx: Ctx, workflow: Workflow, case: Any) -> tuple[Move, ...]:
    """The moves that the actor can make now, after those of ended terms (`end_terms`)."""
    end_terms(ctx, workflow, case)
    moves = [move for move in workflow.moves_from(case.state) if not move.by_clock]
    permitted = {
        permission: allowed(ctx, permission, case) and not judges_itself(ctx, workflow, case, permission)
        for permission in {move.permission for move in moves}
    }
    moves = [move for move in moves if permitted[move.permission] and may_still_make(ctx, workflow, move)]
    moves = [move for move in moves if move.obstacle is None or move.obstacle(ctx, case) is None]
    # Where what a move may ask does not apply to the case, its button is enough.
    return tuple(
        replace(move, needs=move.needs_of(ctx, case)) if move.leaves_out is not None and move.asks_little else move
        for move in moves
    )


def list_events(ctx: Ctx, workflow: Workflow, case_id: int) -> list[CaseEvent]:
    """The events of a case, newest first."""
    query = select(CaseEvent).where(CaseEvent.workflow == workflow.code, CaseEvent.case_id == case_id)
    return list(ctx.session.scalars(query.order_by(CaseEvent.id.desc())))


def _item_names(ctx: Ctx, workflow: Workflow, case: Any, events: Sequence[CaseEvent]) -> dict[str, Mapping[int, str]]:
    """Need -> id -> name of the parts of the case that its events refer to."""
    stated_names = {name for event in events for name in event.said}
    needs = (need for move in workflow.moves for need in move.needs if isinstance(need, ItemsNeed))
    asked = {need.name: need.names for need in needs if need.names is not None and need.name in stated_names}
    return {name: names(ctx, case) for name, names in asked.items()}


def _late_ids(workflow: Workflow, events: Sequence[CaseEvent]) -> set[int]:
    """The events made after their term: in its last state, or in a state that its end led to."""
    over: set[str] = set()
    late = set()
    for event in reversed(events):
        over.add(event.move)
        move = workflow.move(event.move)
        if move is None or move.by_clock:
            continue
        missed = (
            deadline.overdue in over
            and state in move.sources
            and workflow.assignees[state].permission is move.permission
            for state, deadline in workflow.deadlines.items()
            if state in workflow.assignees
        )
        if any(missed) or (event.due_at is not None and event.due_at <= event.occurred_at):
            late.add(event.id)
    return late


def _changed_fields(ctx: Ctx, workflow: Workflow, case: Any, events: Sequence[CaseEvent]) -> dict[str, Field]:
    """The fields, by name, of the moves whose events state values before and after."""
    if not any(CHANGES in event.said for event in events):
        return {}
    changing = [move for move in workflow.moves if move.changes is not None]
    needs = [need for move in changing for need in move.needs_of(ctx, case) if isinstance(need, Field)]
    # The first declaration of a name is that of the column; later ones are headed for their own form.
    return {need.name: need for need in reversed(needs)}


def _changes_of(event: CaseEvent, fields: Mapping[str, Field]) -> list[dict[str, Any]]:
    """Each changed value after and before the move."""
    return [
        {
            "label": str(fields[name].label),
            "value": _("%(new)s, thay cho %(old)s", new=_changed(fields[name], new), old=_changed(fields[name], old)),
        }
        for name, old, new in event.said.get(CHANGES, ())
        if name in fields
    ]


def _changed(field: Field, value: Any) -> str:
    return "–" if value is None else format_value(field, value, {})


def _entry(
    workflow: Workflow,
    event: CaseEvent,
    names: Mapping[str, Mapping[int, str]],
    fields: Mapping[str, Field],
    *,
    late: bool,
) -> dict[str, Any]:
    if event.move == RECALCULATED:
        return _recalculated(event)
    move = workflow.move(event.move)
    if event.move in workflow.event_labels:
        return _noted(workflow, event)
    changed = {name for name, _old, _new in event.said.get(CHANGES, ())}
    changes = _changes_of(event, fields) + [
        _said_line(
            need.label, event.said[need.name], format_value(need, event.said[need.name], names.get(need.name, {}))
        )
        for need in (move.needs if move else ())
        if need.name in event.said and need.name not in changed
    ]
    return {
        "id": event.id,
        "move": event.move,
        "at": event.occurred_at,
        "action": str(move.done) if move else str(_l("Lập hồ sơ")) if event.move == OPENED else event.move,
        "actor": event.actor_label,
        "said": changes,
        "tone": "warn" if late else "neutral",
        "note": _("Sau thời hạn.") if late else None,
    }


def _said_line(label: Any, stored: Any, shown: Any) -> dict[str, Any]:
    """One line of what was said; `typed`: people's own words, not a label or a number of the program."""
    return {"label": str(label), "value": shown, "typed": isinstance(stored, str) and shown == stored}


def _noted(workflow: Workflow, event: CaseEvent) -> dict[str, Any]:
    return {
        "move": event.move,
        "at": event.occurred_at,
        "action": str(workflow.event_labels[event.move]),
        "actor": event.actor_label,
        "said": [
            _said_line(label, event.said[name], event.said[name])
            for name, label in ({"reason": _l("Lý do")} | workflow.event_facts).items()
            if name in event.said
        ],
        "tone": "info",
        "note": None,
    }


def _recalculated(event: CaseEvent) -> dict[str, Any]:
    was, now = (format_date(date.fromisoformat(event.said[name])) for name in ("was", "is"))
    return {
        "move": event.move,
        "at": event.occurred_at,
        "action": _("Tính lại thời hạn: từ ngày %(was)s thành ngày %(now)s", was=was, now=now),
        "actor": event.actor_label,
        "said": [{"label": _("Lý do"), "value": reason_text(event.said["why"])}],
        "tone": "info",
        "note": None,
    }


def format_value(need: Any, value: Any, names: Mapping[int, str]) -> str:
    """The value of a need as text; `names` are those of the parts of the case by id."""
    choices = getattr(need, "choices", None)
    if choices is not None:
        return str(choices(value).label)
    if isinstance(value, list):
        return ", ".join(names.get(item, str(item)) for item in value)
    if isinstance(value, bool):
        return _("Có") if value else _("Không")
    kind = getattr(need, "python_type", str)
    if kind is bool:
        return _("Có") if str(value) == "True" else _("Không")
    if kind is Decimal:
        amount = Decimal(value)
        return str(need.unit.display(amount)) if need.unit else format_number(amount)
    return format_date(date.fromisoformat(value)) if kind is date else str(value)


def way_of(
    workflow: Workflow, case: Any, events: Sequence[CaseEvent]
) -> tuple[Sequence[Choice], Mapping[Choice, datetime]]:
    """The states that a case has visited in their order, and when each was entered last; `events` newest first."""
    visited = [workflow.states(event.to_state) for event in reversed(events)] or [case.state]
    entered = {
        workflow.states(event.to_state): event.occurred_at
        for event in reversed(events)
        if event.from_state != event.to_state
    }
    return visited, entered


def progress_steps(
    workflow: Workflow, visited: Sequence[Choice], entered: Mapping[Choice, datetime] | None = None
) -> Sequence[dict[str, Any]]:
    """The states that a case has visited, each once at its last visit, then the rest of the main path.

    `state` is done, now, next, or stopped for an end off the main path; `tone` colours states off the main path; `note`
    is the day on which a visited state was entered (of `entered`), and who will hold the case in one that follows. The
    rest is shown only for cases under way, also overdue: not after a refusal, nor once they have ended.
    """
    entered = entered or {}
    road, here = list(workflow.main_path), visited[-1]
    way = list(dict.fromkeys(reversed(visited)))[::-1]
    steps = [
        {
            "label": step.label,
            "state": "done",
            "tone": _tone_off(workflow, step),
            "note": format_date(local_date(entered[step])) if step in entered else "",
        }
        for step in way
    ]
    has_ended = here not in workflow.open_states
    if not has_ended:
        steps[-1]["state"] = "now"
    elif here not in road:
        steps[-1]["state"] = "stopped"
    stops = workflow.tones.get(here) in _NO_WAY_ON and here not in overdue_states(workflow)
    if has_ended or stops:
        return steps
    reached = max((road.index(step) for step in way if step in road), default=-1)
    return [
        *steps,
        *(
            {"label": step.label, "state": "next", "tone": "", "note": _holder_of(workflow, step)}
            for step in road[reached + 1 :]
        ),
    ]


def _holder_of(workflow: Workflow, state: Choice) -> str:
    """The label of who must act in a state of any case; empty where none must or it depends on the case."""
    holders = [each for each in workflow.assignees_in(state) if each.where is None]
    return _("Đang chờ: %(party)s", party=workflow.parties[holders[0].party].label) if holders else ""


def _tone_off(workflow: Workflow, state: Choice) -> str:
    return "" if state in workflow.main_path else workflow.tones.get(state, "neutral")


def last_moves_into(ctx: Ctx, workflow: str, case_id: int, states: Collection[str]) -> list[str]:
    """The moves that brought a case into some states from others, newest first."""
    query = (
        select(CaseEvent.move)
        .where(
            CaseEvent.workflow == workflow,
            CaseEvent.case_id == case_id,
            CaseEvent.to_state.in_(states),
            CaseEvent.from_state.not_in(states),
        )
        .order_by(CaseEvent.id.desc())
    )
    return list(ctx.session.scalars(query))
