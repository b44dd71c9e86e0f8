"""The notices of cases: their events follow from the definition of the workflow.

Whoever a state waits for is notified when the case comes into it; the other parties of a move are named by the move.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from functools import cache, partial
from itertools import product
from typing import Any, Final

from registry.authz.actors import Ctx
from registry.kernel.i18n import _, _l
from registry.notices.events import NOTICE_EVENTS, NoticeEvent, Recipients
from registry.notices.models import Notice
from registry.notices.service import notify
from registry.workflow.definition import Assignee, Branch, Move, Workflow, same_state
from registry.workflow.worklist import acting_assignees

#: Events that are no moves.
OPENED: Final = "open"
REMINDER: Final = "reminder"
RECALCULATED: Final = "recalculated"
MESSAGE: Final = "message"
LABELS: Final = {
    OPENED: _l("Lập hồ sơ"),
    REMINDER: _l("Nhắc thời hạn"),
    RECALCULATED: _l("Tính lại hạn cuối"),
    MESSAGE: _l("Trao đổi trong hồ sơ"),
}
#: A crowd of cases has one notice of an event in this time.
CROWD_PAUSE: Final = timedelta(hours=1)
_MOST_ACTS: Final = 2


@cache
def events_of(workflow: Workflow) -> dict[str, NoticeEvent]:
    """The events of a workflow by name."""
    declared = dict(_declared(workflow))
    return {
        name: NoticeEvent(
            workflow.code,
            name,
            _label(workflow, name),
            workflow.parties,
            recipients,
            to_do=partial(_task, workflow),
            subject_label=workflow.label,
            by_when=_terms(workflow, name),
            bundled=name == RECALCULATED,
        )
        for name, recipients in declared.items()
        if tuple(recipients.items())
    }


def _declared(workflow: Workflow) -> Iterator[tuple[str, Recipients]]:
    if workflow.opening:
        yield OPENED, _sorted(workflow, workflow.opening, _assigned(workflow, workflow.start))
    for move in workflow.moves:
        entering = _entering(workflow, move)
        assigned = {name for state in move.targets for name in _assigned(workflow, state)}
        yield move.name, _sorted(workflow, (*move.acts, *entering, *move.notifies), {*assigned, *move.acts})
    yield from workflow.events.items()
    if workflow.deadlines:
        yield REMINDER, Recipients(act=_first_assignees(workflow, workflow.deadlines))
        yield RECALCULATED, _sorted(workflow, workflow.parties, _first_assignees(workflow, workflow.deadlines))
    if workflow.has_messages:
        yield MESSAGE, _sorted(workflow, workflow.parties, ())


def _entering(workflow: Workflow, move: Move) -> tuple[str, ...]:
    """The parties that get the case by a move: assigned in a state after it, and not in the one before."""
    if isinstance(move.target, Branch) and move.target.choose is same_state:
        return ()
    pairs = product(move.sources, move.targets)
    return tuple(dict.fromkeys(name for before, after in pairs for name in _new_names(workflow, before, after)))


def _new_names(workflow: Workflow, before: Any, after: Any) -> list[str]:
    assigned = _assigned(workflow, before)
    return [] if before is after else [name for name in _assigned(workflow, after) if name not in assigned]


def _assigned(workflow: Workflow, state: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(assignee.party for assignee in workflow.assignees_in(state)))


def _first_assignees(workflow: Workflow, states: Iterable[Any]) -> tuple[str, ...]:
    first = (workflow.assignees.get(state) for state in states)
    return tuple(dict.fromkeys(assignee.party for assignee in first if assignee is not None))


def _sorted(workflow: Workflow, names: Iterable[str], acting: Collection[str]) -> Recipients:
    """The parties by standing: those acting, the sides, the offices that watch."""
    once = tuple(dict.fromkeys(names))
    others = [name for name in once if name not in acting]
    return Recipients(
        act=tuple(name for name in once if name in acting),
        affected=tuple(name for name in others if not workflow.parties[name].watches),
        watch=tuple(name for name in others if workflow.parties[name].watches),
    )


def _label(workflow: Workflow, name: str) -> Any:
    move = workflow.move(name)
    return move.done if move is not None else workflow.event_labels.get(name) or LABELS.get(name, name)


def _terms(workflow: Workflow, name: str) -> tuple[str, ...]:
    move = workflow.move(name)
    states = move.targets if move is not None else (workflow.start,) if name == OPENED else ()
    deadlines = workflow.deadlines if name in (REMINDER, RECALCULATED) else states
    return tuple(dict.fromkeys(workflow.deadlines[state].term for state in deadlines if state in workflow.deadlines))


def _task(workflow: Workflow, notice: Notice) -> str:
    """What those who must act do in the state that the notice states."""
    state = notice.params.get("state")
    if state is None:
        return ""
    if notice.params.get("acts"):
        return str(_("Trả lời đề nghị trong hồ sơ"))
    tasks = (_acts(workflow, state, assignee) for assignee in workflow.assignees_in(workflow.states(state)))
    return ", ".join(dict.fromkeys(task for task in tasks if task))


def _acts(workflow: Workflow, state: Any, assignee: Assignee) -> str:
    """The stated task of an assignee, or the labels of the primary moves, or else of the first others."""
    if assignee.act:
        return str(assignee.act)
    own = [move for move in workflow.moves_from(workflow.states(state)) if move.permission is assignee.permission]
    primary = [str(move.label) for move in own if move.tone == "primary"]
    return ", ".join(primary or [str(move.label) for move in own if move.tone == "secondary"][:_MOST_ACTS])


def notify_opened(ctx: Ctx, workflow: Workflow, case: Any) -> None:
    """Notify those for whom a new case waits; the notice of a crowd announces its own cases."""
    event = events_of(workflow).get(OPENED)
    if event is not None and workflow.crowd(ctx, case) is None:
        _write(ctx, workflow, case, event, (name for _standing, name in event.recipients.items()))


def notify_move(ctx: Ctx, workflow: Workflow, case: Any, move: Move, before: Any, **params: Any) -> None:
    """Notify the parties of a move that was just made, from the state `before`."""
    event = events_of(workflow).get(move.name)
    if event is None:
        return
    acting = _acting(ctx, workflow, case)
    entering = [name for name in _new_names(workflow, before, case.state) if name in acting]
    names = (*move.acts, *entering, *move.notifies)
    if move.acts:
        params["acts"] = True
    _write(ctx, workflow, case, event, names, acts=move.acts, in_crowd=move.by_clock, **params)


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


def _acting(ctx: Ctx, workflow: Workflow, case: Any) -> set[str]:
    """The parties for whom a case waits now."""
    return {assignee.party for assignee in acting_assignees(ctx, workflow, [case])[case.id]}


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
    recipients = _sorted(workflow, names, _acting(ctx, workflow, case) | set(acts))
    crowd = workflow.crowd(ctx, case) if in_crowd else None
    shared = NOTICE_EVENTS.get(f"{crowd.kind}.{event.name}") if crowd is not None else None
    if crowd is not None and shared is not None:
        silent_since = ctx.now - CROWD_PAUSE
        notify(ctx, shared, crowd.id, case, recipients, silent_since=silent_since, **crowd.params)
        return
    facts = {"number": case.number or "", "title": case.title, "state": case.state.value}
    by_when = due_at_of(workflow, case)
    if by_when is not None and by_when > ctx.now:
        facts["by"] = by_when.isoformat()
    notify(ctx, event, case.id, case, recipients, **facts, **params)


def due_at_of(workflow: Workflow, case: Any) -> datetime | None:
    """The end of the term that runs in a case, or the due date that it states itself."""
    if case.state in workflow.deadlines:
        due_at: datetime | None = case.due_at
        return due_at
    return workflow.stated_due_at(case) if workflow.stated_due_at is not None else None
