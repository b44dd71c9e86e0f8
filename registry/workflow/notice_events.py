"""The events of cases that notices report: they follow from the definition of the workflow.

The parties that a state waits for are notified when a case comes into it; the others are named by the move.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cache, partial
from itertools import product
from typing import Any, Final

from registry.kernel.i18n import _, _l
from registry.notices.events import NoticeEvent, Recipients
from registry.notices.models import Notice
from registry.workflow.definition import Assignee, Branch, Move, Workflow, same_state

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
#: Events that are about the term itself.
_OF_TERMS: Final = (REMINDER, RECALCULATED)
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
            by_when=_terms(workflow, name, recipients.act),
            bundled=name == RECALCULATED,
            binds=partial(_binds, workflow),
        )
        for name, recipients in declared.items()
        if tuple(recipients.items())
    }


def _declared(workflow: Workflow) -> Iterator[tuple[str, Recipients]]:
    if workflow.opening:
        yield OPENED, by_standing(workflow, workflow.opening, _assigned(workflow, workflow.start))
    for move in workflow.moves:
        entering = _entering(workflow, move)
        assigned = {name for state in move.targets for name in _assigned(workflow, state)}
        yield move.name, by_standing(workflow, (*move.acts, *entering, *move.notifies), {*assigned, *move.acts})
    yield from workflow.events.items()
    if workflow.deadlines:
        yield REMINDER, Recipients(act=_first_assignees(workflow, workflow.deadlines))
        yield RECALCULATED, by_standing(workflow, workflow.parties, _first_assignees(workflow, workflow.deadlines))
    if workflow.has_messages:
        yield MESSAGE, by_standing(workflow, workflow.parties, ())


def _entering(workflow: Workflow, move: Move) -> tuple[str, ...]:
    """The parties that get the case by a move: assigned in a state after it, and not in the one before."""
    if isinstance(move.target, Branch) and move.target.choose is same_state:
        return ()
    pairs = product(move.sources, move.targets)
    return tuple(dict.fromkeys(name for before, after in pairs for name in new_names(workflow, before, after)))


def new_names(workflow: Workflow, before: Any, after: Any) -> list[str]:
    assigned = _assigned(workflow, before)
    return [] if before is after else [name for name in _assigned(workflow, after) if name not in assigned]


def _assigned(workflow: Workflow, state: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(assignee.party for assignee in workflow.assignees_in(state)))


def _first_assignees(workflow: Workflow, states: Iterable[Any]) -> tuple[str, ...]:
    first = (workflow.assignees.get(state) for state in states)
    return tuple(dict.fromkeys(assignee.party for assignee in first if assignee is not None))


def by_standing(workflow: Workflow, names: Iterable[str], acting: Collection[str]) -> Recipients:
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


def _terms(workflow: Workflow, name: str, acting: Collection[str]) -> tuple[str, ...]:
    move = workflow.move(name)
    states = move.targets if move is not None else (workflow.start,) if name == OPENED else ()
    if name in _OF_TERMS:
        states = tuple(workflow.deadlines)
    elif acting:
        states = tuple(state for state in states if any(_is_bound(workflow, state, party) for party in acting))
    keys = (workflow.deadlines[state].term for state in states if state in workflow.deadlines)
    return tuple(dict.fromkeys(key for key in keys if key))


def _binds(workflow: Workflow, notice: Notice, party: str) -> bool:
    state = notice.params.get("state")
    if notice.event in _OF_TERMS or state is None:
        return True
    return not notice.params.get("is_proposal") and _is_bound(workflow, workflow.states(state), party)


def _is_bound(workflow: Workflow, state: Any, party: str) -> bool:
    """Whether a party acts within the term of a state: not where its only task there may be done at any time."""
    own = [assignee for assignee in workflow.assignees_in(state) if assignee.party == party]
    return not own or any(assignee.in_term for assignee in own)


def _task(workflow: Workflow, notice: Notice, party: str) -> str:
    """What a party that must act does in the state that the notice states."""
    state = notice.params.get("state")
    if state is None:
        return ""
    if notice.params.get("is_proposal"):
        return str(_("Trả lời đề nghị trong hồ sơ"))
    assignees = workflow.assignees_in(workflow.states(state))
    own = [assignee for assignee in assignees if assignee.party == party]
    tasks = (_acts(workflow, state, assignee) for assignee in own or assignees)
    return ", ".join(dict.fromkeys(task for task in tasks if task))


def _acts(workflow: Workflow, state: Any, assignee: Assignee) -> str:
    """The stated task of an assignee, or the labels of the primary moves, or else of the first others."""
    if assignee.act:
        return str(assignee.act)
    own = [move for move in workflow.moves_from(workflow.states(state)) if move.permission is assignee.permission]
    primary = [str(move.label) for move in own if move.tone == "primary"]
    return ", ".join(primary or [str(move.label) for move in own if move.tone == "secondary"][:_MOST_ACTS])


def notified_sentence(workflow: Workflow, name: str) -> str:
    """Who is notified of a move, for its page; "" where no one is."""
    event = events_of(workflow).get(name)
    if event is None:
        return ""
    labels = dict.fromkeys(str(event.parties[party].label) for _standing, party in event.recipients.items())
    return _("Được thông báo: %(parties)s.", parties=", ".join(labels))
