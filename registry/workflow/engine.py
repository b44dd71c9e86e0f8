"""The engine: the only code that changes the state of a case.

Order of a move: lock the row; check permission, version, state, needs and guard; run the effect; set the clock; write
event, audit record and notices. All happens in the caller's transaction. A case is always locked before capacity
slots, and those in the order of their ids, so that two moves never deadlock.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from registry.audit.chain import attempt, record, record_as
from registry.authz.actors import SYSTEM_ACTOR, Actor, Ctx
from registry.authz.permissions import P
from registry.authz.scopes import allowed_as_party, ended_notice, require, visible
from registry.authz.second_factor import require_recent_factor
from registry.kernel.context import written_first
from registry.kernel.db.alike import flush_alike
from registry.kernel.db.base import Choice
from registry.kernel.db.row_access import across_organisations
from registry.kernel.errors import Conflict, DomainError, Forbidden, Invalid, MoveRefused, NotFound
from registry.kernel.i18n import DEFAULT_LANGUAGE, _, force_locale, format_datetime
from registry.workflow.clocks import share_calendar_lock, sync_clock, sync_clocks
from registry.workflow.definition import Branch, Data, FilesNeed, ItemsNeed, Move, Workflow
from registry.workflow.models import CaseCounter, CaseEvent
from registry.workflow.notice_events import OPENED
from registry.workflow.notices import notify_moves, notify_opened

log = logging.getLogger(__name__)
#: Origin of what the clock does, in the change log.
CLOCK_ORIGIN = "clock"
#: Key of the values before and after a move, in what its event states.
CHANGES = "changes"
#: Most parts of a case that a notice names.
_MOST_PARTS = 5
_MORE = " (+%d)"


def open_case(ctx: Ctx, workflow: Workflow, case: Any, *, numbered: bool = False, state: Choice | None = None) -> Any:
    """Put a new case into the initial state; the caller has checked that the actor may open it.

    `numbered` assigns the public number at once, for cases that are never drafts. `state`: a later state, for a case
    whose facts are known as if its moves had been made.
    """
    if numbered:
        case.number = next(_next_numbers(ctx, workflow, 1))
    case.state = workflow.start if state is None else state
    case.state_since = case.created_at = ctx.now
    case.created_by_id = ctx.actor.id
    ctx.session.add(case)
    ctx.session.flush()
    _add_events(ctx, workflow, [(case, OPENED, None, {}, None, ctx.now)], actor=ctx.actor)
    sync_clock(ctx, workflow, case)
    if numbered:
        notify_opened(ctx, workflow, case)
    return case


def lock_case(ctx: Ctx, workflow: Workflow, case_id: int) -> Any:
    """The case, locked until the transaction ends; NotFound if the actor may not see it."""
    cases = lock_cases(ctx, workflow, [case_id])
    if case_id not in cases:
        raise no_case(workflow)
    return cases[case_id]


def lock_cases(ctx: Ctx, workflow: Workflow, case_ids: Collection[int]) -> dict[int, Any]:
    """The cases that the actor may see by id, locked in the order of the ids until the transaction ends."""
    share_calendar_lock(ctx)
    model = workflow.model
    query = select(model).where(model.id.in_(sorted(case_ids)), visible(ctx, model, workflow.read)).order_by(model.id)
    query = query.with_for_update(of=model).execution_options(populate_existing=True)
    return {case.id: case for case in ctx.session.scalars(query)}


def no_case(workflow: Workflow) -> NotFound:
    """The refusal of a case that does not exist, or that the actor may not see."""
    return NotFound(_("Không có “%(kind)s” này, hoặc không có quyền xem.", kind=workflow.case_label))


def check_version(case: Any, version: int | None) -> None:
    """Conflict if the case has changed since `version` was read."""
    if case.version != version:
        raise Conflict(
            _(
                "%(title)s đã thay đổi kể từ khi mở trang (nay: %(state)s, từ %(since)s); hãy đọc lại rồi quyết định.",
                title=case.number or case.title,
                state=case.state.label,
                since=format_datetime(case.state_since),
            ),
            {str(_("Trạng thái")): str(case.state.label)},
        )


def fire(
    ctx: Ctx, workflow: Workflow, case_id: int, move_name: str, data: Data | None = None, *, version: int | None
) -> Any:
    """Make a move for the actor, and the moves of terms that have ended before and after it; returns the case.

    NotFound, Forbidden, Conflict (another version), MoveRefused (another state, or a guard), Invalid (a need).
    """
    move = workflow.move(move_name)
    if move is None or move.by_clock:
        raise NotFound(_("Không có bước “%(name)s” trong quy trình này.", name=move_name))
    case = lock_case(ctx, workflow, case_id)
    require_move(ctx, workflow, case, move)
    require_recent_factor(ctx, move.permission)
    check_version(case, version)
    if _is_over(ctx, workflow, case):
        fire_by_clock(ctx, workflow, case, workflow.deadlines[case.state].overdue)
    return _make(ctx, workflow, case, move, data or {})


@dataclass(frozen=True)
class Moved:
    """What became of many cases, by id: all that the actor sees, which were moved, and why the others were not."""

    cases: Mapping[int, Any]
    done: Collection[int]
    refused: Mapping[int, DomainError]


def fire_many(
    ctx: Ctx,
    workflow: Workflow,
    move_name: str,
    versions: Mapping[int, int],
    data_of: Callable[[Any], Data],
) -> Moved:
    """`fire` for many cases with as many statements as for a few: what one is refused for keeps no other back.

    `data_of` gives the data of a case that is locked, or refuses it. For moves whose checks of one case do not depend
    on what becomes of the others by the same act. NotFound if there is no such move.
    """
    move = workflow.move(move_name)
    if move is None or move.by_clock:
        raise NotFound(_("Không có bước “%(name)s” trong quy trình này.", name=move_name))
    cases = lock_cases(ctx, workflow, versions)
    refused: dict[int, DomainError] = {case_id: no_case(workflow) for case_id in versions if case_id not in cases}
    done: list[int] = []
    ready = []
    permitted = _permitted_ids(ctx, workflow, move, list(cases))
    with move.reads(ctx, list(cases.values())) if move.reads is not None else nullcontext():
        for case_id, case in cases.items():
            try:
                data = data_of(case)
                check = _require_office if case_id in permitted else require_move
                check(ctx, workflow, case, move)
                require_recent_factor(ctx, move.permission)
                check_version(case, versions[case_id])
                if _is_over(ctx, workflow, case):
                    # The move of the term comes first, and is taken back with this one.
                    with attempt(ctx):
                        fire(ctx, workflow, case_id, move_name, data, version=versions[case_id])
                    done.append(case_id)
                else:
                    _check(ctx, case, move, data)
                    ready.append((case, data))
            except DomainError as refusal:
                refused[case_id] = refusal
        with across_organisations(ctx, workflow.model.__tablename__):
            done += [case.id for case in _change(ctx, workflow, move, ready)]
    return Moved(cases, done, refused)


def _permitted_ids(ctx: Ctx, workflow: Workflow, move: Move, case_ids: Sequence[int]) -> set[int]:
    """The cases among these for which the actor holds the permission of a move, by one statement."""
    model = workflow.model
    query = select(model.id).where(model.id.in_(case_ids), visible(ctx, model, move.permission))
    return set(ctx.session.scalars(query))


def _is_over(ctx: Ctx, workflow: Workflow, case: Any) -> bool:
    """Whether the term of a case has ended: at its 24:00, whether or not the job has run since."""
    return case.state in workflow.deadlines and case.due_at is not None and case.due_at <= ctx.now


def may_still_make(ctx: Ctx, workflow: Workflow, move: Move) -> bool:
    """Whether the actor's organisation can make a move: one that has ended can only close cases."""
    return ctx.actor.ended_on is None or move.name in workflow.closing


def judges_itself(ctx: Ctx, workflow: Workflow, case: Any, permission: P) -> bool:
    """Whether the actor would act as an office on a case in which its own organisation is a party."""
    columns = (workflow.model.SIDES[side] for side in workflow.judged)
    if not any(getattr(case, column) in ctx.actor.organisation_ids for column in columns):
        return False
    return not allowed_as_party(ctx, permission, case)


def require_move(ctx: Ctx, workflow: Workflow, case: Any, move: Move) -> None:
    """Forbidden unless the actor may make the move of this case in some state."""
    require(ctx, move.permission, case)
    _require_office(ctx, workflow, case, move)


def _require_office(ctx: Ctx, workflow: Workflow, case: Any, move: Move) -> None:
    """Forbidden for an office that is a party of the case, and for an ended organisation unless the move closes it."""
    if judges_itself(ctx, workflow, case, move.permission):
        raise Forbidden(
            _(
                "Cơ quan của tài khoản này là một bên của %(title)s nên không thể “%(move)s”; cần một cơ quan khác.",
                title=case.number or case.title,
                move=move.label,
            )
        )
    if not may_still_make(ctx, workflow, move):
        raise Forbidden(ended_notice(ctx.actor))


def fire_by_clock(ctx: Ctx, workflow: Workflow, case: Any, move_name: str) -> Any:
    """Make the move of a term that has ended, and those of following terms that have ended; the case is locked."""
    move = workflow.move(move_name)
    if move is None or not move.by_clock:
        raise Forbidden
    return _make(ctx, workflow, case, move, {})


def end_terms(ctx: Ctx, workflow: Workflow, case: Any) -> None:
    """Make the moves of the ended terms of a case that is to be shown, so that what is offered is what is accepted.

    A read-only transaction that finds one begins again after them, once (`written_first`). A refused move is logged,
    and the case is shown as it stands: the job tries again.
    """
    if not _is_over(ctx, workflow, case):
        return
    if ctx.read_only:
        written_first(ctx, f"terms:{workflow.code}:{case.id}", lambda write: _end_terms_first(write, workflow, case.id))
    else:
        _end_terms(ctx, workflow, case.id)


def _end_terms_first(ctx: Ctx, workflow: Workflow, case_id: int) -> bool:
    """`_end_terms` as the system: who only reads a case has changed nothing."""
    ctx.origin = CLOCK_ORIGIN
    record_as(ctx, SYSTEM_ACTOR)
    _end_terms(replace(ctx, actor=SYSTEM_ACTOR), workflow, case_id)
    return True


def _end_terms(ctx: Ctx, workflow: Workflow, case_id: int) -> None:
    try:
        with attempt(ctx):
            case = lock_case(ctx, workflow, case_id)
            # Another transaction may have made the move meanwhile.
            if _is_over(ctx, workflow, case):
                fire_by_clock(ctx, workflow, case, workflow.deadlines[case.state].overdue)
    except DomainError:
        log.exception("the ended term of %s %s could not be followed", workflow.code, case_id)


def touch(ctx: Ctx, workflow: Workflow, case: Any, what: str, *, new_version: bool = True, **details: Any) -> None:
    """Record a change of a case's content; raises its version unless the change cannot affect decisions."""
    touch_each(ctx, workflow, [case], what, new_version=new_version, **details)


def touch_each(
    ctx: Ctx, workflow: Workflow, cases: Sequence[Any], what: str, *, new_version: bool = True, **details: Any
) -> None:
    """`touch` for several cases, with as many statements as for one."""
    for case in cases:
        case.version += new_version
    flush_alike(ctx.session, cases)
    for case in cases:
        _record(ctx, workflow, case, what, details)


def note_event(
    ctx: Ctx, workflow_code: str, case: Any, what: str, *, due_at: datetime | None = None, **params: str
) -> None:
    """Add an event without a change of state to a case's history (`Workflow.event_labels`); `due_at`: its term."""
    ctx.session.add(
        CaseEvent(
            workflow=workflow_code,
            case_id=case.id,
            move=what,
            from_state=case.state.value,
            to_state=case.state.value,
            occurred_at=ctx.now,
            actor_id=ctx.actor.id,
            actor_label=ctx.actor.display_name,
            due_at=due_at,
            said=params,
        )
    )
    ctx.session.flush()


def state_refusal(case: Any, move: Move) -> str:
    """Why a move is not possible in the state of a case."""
    return _(
        "%(title)s đang ở trạng thái “%(state)s” nên không thể “%(move)s”.",
        title=case.number or case.title,
        state=case.state.label,
        move=move.label,
    )


def check_obstacle(ctx: Ctx, case: Any, move: Move) -> None:
    """MoveRefused if the move has an obstacle now."""
    reason = move.obstacle(ctx, case) if move.obstacle is not None else None
    if reason is not None:
        raise MoveRefused(reason)


def _make(ctx: Ctx, workflow: Workflow, case: Any, move: Move, data: Data) -> Any:
    """Make an allowed move, after which the actor may no longer see the case."""
    with across_organisations(ctx, workflow.model.__tablename__):
        _check(ctx, case, move, data)
        (moved,) = _change(ctx, workflow, move, [(case, data)])
        return moved


def _check(ctx: Ctx, case: Any, move: Move, data: Data) -> None:
    """Refuse a move that the state, an obstacle, a need or the guard forbids; reads only."""
    if case.state not in move.sources:
        raise MoveRefused(state_refusal(case, move))
    check_obstacle(ctx, case, move)
    _check_needs(ctx, case, move, data)
    if move.guard is not None:
        move.guard(ctx, case, data)


@dataclass(frozen=True)
class _MovedCase:
    """A case that a move has changed: the state and the end of the term before, and what the event holds."""

    case: Any
    before: Choice
    met: datetime | None
    at: datetime
    data: Data
    event_data: Data


def _change(ctx: Ctx, workflow: Workflow, move: Move, checked: Sequence[tuple[Any, Data]]) -> list[Any]:
    """Make a move that has been checked for each case, with its data; the cases, after the moves of ended terms."""
    if not checked:
        return []
    numbers = _next_numbers(ctx, workflow, sum(move.gives_number and case.number is None for case, _data in checked))
    changes = [_change_one(ctx, workflow, move, case, data, numbers) for case, data in checked]
    sync_clocks(ctx, workflow, [each.case for each in changes])
    actor = SYSTEM_ACTOR if move.by_clock else ctx.actor
    events = [(e.case, move.name, e.before, e.event_data, e.met, e.at) for e in changes]
    _add_events(ctx, workflow, events, actor=actor)
    if workflow.papers is not None:
        with force_locale(DEFAULT_LANGUAGE):
            for each in changes:
                workflow.papers(ctx, each.case)
    moved = [(each.case, each.before, _parts(ctx, each.case, move, each.data)) for each in changes]
    notify_moves(ctx, workflow, move, moved)
    return [_settle(ctx, workflow, each) for each in changes]


def _change_one(ctx: Ctx, workflow: Workflow, move: Move, case: Any, data: Data, numbers: Iterator[str]) -> _MovedCase:
    """Number, effect, state and version of a case, which `sync_clocks` writes."""
    before: Choice = case.state
    met = case.due_at
    if move.gives_number and case.number is None:
        case.number = next(numbers)
    event_data = dict(data) | _changes(ctx, case, move, data)
    # Check constraints tie facts and state of a case: they are written together.
    with ctx.session.no_autoflush:
        if move.effect is not None:
            move.effect(ctx, case, data)
        target = move.target.choose(ctx, case) if isinstance(move.target, Branch) else move.target
    if target not in move.targets:
        message = f"{workflow.code}.{move.name} led to {target}, which it does not declare"
        raise RuntimeError(message)
    # A move at the end of a term takes effect at that end, whenever the job runs. The term may have ended before the
    # case came into this state: a contract may expire while its installation waits to be confirmed.
    by_term = move.by_clock and move.name not in workflow.system_moves
    at = max(min(met, ctx.now), case.state_since) if by_term and met is not None else ctx.now
    if target is not before:
        case.state = target
        case.state_since = at
    case.version += 1
    return _MovedCase(case, before, met, at, data, event_data)


def _settle(ctx: Ctx, workflow: Workflow, change: _MovedCase) -> Any:
    """Announce a new state, and make the move of its term if that has ended already; the case."""
    case = change.case
    if workflow.announce is not None and case.state is not change.before:
        workflow.announce(ctx, case)
    if case.state is not change.before and _is_over(ctx, workflow, case):
        return fire_by_clock(ctx, workflow, case, workflow.deadlines[case.state].overdue)
    return case


def _check_needs(ctx: Ctx, case: Any, move: Move, data: Mapping[str, Any]) -> None:
    missing = {
        need.name: _("Chưa nhập “%(label)s”; bước “%(move)s” cần nội dung này.", label=need.label, move=move.label)
        for need in move.needs_of(ctx, case)
        if need.required and data.get(need.name) in (None, "", (), [])
    }
    if missing:
        raise Invalid(missing)


def _changes(ctx: Ctx, case: Any, move: Move, data: Data) -> dict[str, Any]:
    """What the move changes, for its event: name of the field, value before and after."""
    changes = move.changes(ctx, case, data) if move.changes is not None else ()
    return {CHANGES: [[field.name, before, after] for field, before, after in changes]} if changes else {}


def _next_numbers(ctx: Ctx, workflow: Workflow, count: int) -> Iterator[str]:
    """The next numbers of the year; the counter stays locked until the commit, so that numbers have no gaps."""
    if not count:
        return iter(())
    year = ctx.today.year
    first = insert(CaseCounter).values(workflow=workflow.code, year=year, last=count)
    after = {"last": CaseCounter.last + count}
    query = first.on_conflict_do_update(index_elements=["workflow", "year"], set_=after).returning(CaseCounter.last)
    last: int = ctx.session.scalars(query).one()
    return (f"{workflow.prefix}-{year}-{number:06d}" for number in range(last - count + 1, last + 1))


def _add_events(
    ctx: Ctx,
    workflow: Workflow,
    events: Sequence[tuple[Any, str, Choice | None, Data, datetime | None, datetime]],
    *,
    actor: Actor,
) -> None:
    """Add to the history of each case: the move, the state before, its data, the end of the term before, and when."""
    ctx.session.add_all(
        CaseEvent(
            workflow=workflow.code,
            case_id=case.id,
            move=move,
            from_state=None if before is None else before.value,
            to_state=case.state.value,
            occurred_at=at,
            actor_id=actor.id,
            actor_label=actor.display_name,
            due_at=met,
            said={name: json_value(value) for name, value in data.items() if value not in (None, "", (), [])},
        )
        for case, move, before, data, met, at in events
    )
    ctx.session.flush()
    for case, move, before, *_more in events:
        _record(ctx, workflow, case, move, {"from": before.value if before else None, "to": case.state.value})


def _record(ctx: Ctx, workflow: Workflow, case: Any, what: str, details: Mapping[str, Any]) -> None:
    side: str | None = getattr(type(case), "SIDES", {}).get("owner")
    record(
        ctx,
        f"{workflow.code}.{what}",
        workflow.code,
        case.id,
        on_behalf_of_id=getattr(case, side) if side else None,
        number=case.number,
        version=case.version,
        **details,
    )


def _parts(ctx: Ctx, case: Any, move: Move, data: Data) -> dict[str, str]:
    """The parts of the case that the move is about, by name, for its notice; none if it is about the whole case."""
    names = [
        need.names(ctx, case).get(part, "")
        for need in move.needs
        if isinstance(need, ItemsNeed) and need.names is not None and need.in_notices
        for part in data.get(need.name) or ()
    ]
    more = _MORE % (len(names) - _MOST_PARTS) if len(names) > _MOST_PARTS else ""
    text = ", ".join(name for name in names[:_MOST_PARTS] if name) + more
    return {"parts": text} if text else {}


def json_value(value: Any) -> Any:
    """A form value as JSON stores it."""
    if isinstance(value, Choice):
        return value.value
    if isinstance(value, (list, tuple)):
        return [json_value(item) for item in value]
    if isinstance(value, (Decimal, date)):
        return str(value)
    return value


def file_needs(move: Move) -> list[FilesNeed]:
    return [need for need in move.needs if isinstance(need, FilesNeed)]
