"""Write the notices of cases, by the events of their workflows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from registry.authz.actors import Ctx
from registry.notices.events import NOTICE_EVENTS, NoticeEvent, Recipients
from registry.notices.models import Notice
from registry.notices.service import compose, send
from registry.workflow.definition import Move, Workflow
from registry.workflow.notice_events import OPENED, RECALCULATED, REMINDER, by_standing, events_of, new_names
from registry.workflow.time_left import clocks_missed_by_holder
from registry.workflow.worklist import acting_assignees

#: A crowd of cases has one notice of an event in this time.
CROWD_PAUSE: Final = timedelta(hours=1)


def notify_opened(ctx: Ctx, workflow: Workflow, case: Any) -> None:
    """Notify those that a new case waits for; the notice of a crowd announces its own cases."""
    event = events_of(workflow).get(OPENED)
    if event is not None and workflow.crowd(ctx, case) is None:
        _write(ctx, workflow, case, event, (name for _standing, name in event.recipients.items()))


def notify_moves(ctx: Ctx, workflow: Workflow, move: Move, moved: Sequence[tuple[Any, Any, Mapping[str, Any]]]) -> None:
    """Notify the parties of a move that cases have just made: each with the state before, and what its notice says."""
    event = events_of(workflow).get(move.name)
    if event is None:
        return
    acting = _acting(ctx, workflow, [case for case, _before, _params in moved])
    notices = []
    for case, before, params in moved:
        entering = [name for name in new_names(workflow, before, case.state) if name in acting[case.id]]
        names = (*move.acts, *entering, *move.notifies)
        facts = {**params, "is_proposal": True} if move.acts else params
        recipients = by_standing(workflow, names, acting[case.id] | set(move.acts))
        notices.append(_compose(ctx, workflow, case, event, recipients, in_crowd=move.by_clock, **facts))
    send(ctx, [notice for notice in notices if notice is not None])


def notify_reminder(ctx: Ctx, workflow: Workflow, case: Any, last_on: str) -> None:
    """Remind the first assignee of a case of the end of its term."""
    assignee = workflow.assignees.get(case.state)
    if assignee is not None:
        event = events_of(workflow)[REMINDER]
        _write(ctx, workflow, case, event, (assignee.party,), acts=(assignee.party,), in_crowd=True, last_on=last_on)


def notify_event(ctx: Ctx, workflow: Workflow, case: Any, name: str, **params: Any) -> None:
    """Notify the parties of an event that is no move (`Workflow.events`), a message or a new due date."""
    event = events_of(workflow)[name]
    names = tuple(name for _standing, name in event.recipients.items())
    _write(ctx, workflow, case, event, names, in_crowd=name == RECALCULATED, **params)


def _acting(ctx: Ctx, workflow: Workflow, cases: Sequence[Any]) -> dict[int, set[str]]:
    """The parties that each case waits for now, by case id."""
    acting = acting_assignees(ctx, workflow, cases)
    return {case_id: {assignee.party for assignee in assignees} for case_id, assignees in acting.items()}


def _write(
    ctx: Ctx,
    workflow: Workflow,
    case: Any,
    event: NoticeEvent,
    names: Iterable[str],
    *,
    acts: Collection[str] = (),
    in_crowd: bool = False,
    **params: Any,
) -> None:
    recipients = by_standing(workflow, names, _acting(ctx, workflow, [case])[case.id] | set(acts))
    notice = _compose(ctx, workflow, case, event, recipients, in_crowd=in_crowd, **params)
    send(ctx, [] if notice is None else [notice])


def _compose(
    ctx: Ctx,
    workflow: Workflow,
    case: Any,
    event: NoticeEvent,
    recipients: Recipients,
    *,
    in_crowd: bool = False,
    **params: Any,
) -> Notice | None:
    crowd = workflow.crowd(ctx, case) if in_crowd else None
    shared = NOTICE_EVENTS.get(f"{crowd.kind}.{event.name}") if crowd is not None else None
    if crowd is not None and shared is not None:
        silent_since = ctx.now - CROWD_PAUSE
        why = {"why": params["why"]} if "why" in params else {}
        return compose(ctx, shared, crowd.id, case, recipients, silent_since=silent_since, **crowd.params, **why)
    facts = {"number": case.number or "", "title": case.title, "state": case.state.value}
    by_when = due_at_of(workflow, case)
    if by_when is not None and by_when > ctx.now:
        facts["by"] = by_when.isoformat()
    return compose(ctx, event, case.id, case, recipients, **facts, **params)


def due_at_of(workflow: Workflow, case: Any) -> datetime | None:
    """The end of the term that the next act has in a case, or the due date that the case states itself.

    None where that term was missed and a further one runs, such as the limitation after the term of a record: its end
    is no day for the act.
    """
    if case.state in clocks_missed_by_holder(workflow):
        return None
    if case.state in workflow.deadlines:
        due_at: datetime | None = case.due_at
        return due_at
    return workflow.stated_due_at(case) if workflow.stated_due_at is not None else None
