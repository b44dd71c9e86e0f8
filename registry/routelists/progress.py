"""The work on a street after the decision: moves of its item that leave its state as it is, and what they record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from sqlalchemy import func, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.files.models import Attachment, FileKind
from registry.files.queries import list_files
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field, fields_named, labels_of
from registry.kernel.i18n import _, _l, format_date
from registry.routelists.models import ItemState, RouteItem
from registry.routelists.progress_models import RouteWork, WorkState
from registry.streets.rule_models import StreetAct
from registry.streets.rule_queries import rules_at
from registry.workflow.definition import Data, FilesNeed, Move, text_need
from registry.workflow.models import CaseEvent

_LABELS: Final = labels_of(RouteWork)
_STARTED_ON, _DUE_ON, _ENDED_ON, _REMOVED_M, _LAID_M = fields_named(
    RouteWork, "started_on", "due_on", "ended_on", "removed_m", "laid_m"
)
#: The code of the workflow of items.
_CODE: Final = "routeitem"
#: Move -> what the photos that come with it show.
_PHOTOS: Final = {
    "start_work": _l("Ảnh trước thi công"),
    "report_work": _l("Ảnh thi công"),
    "finish_work": _l("Ảnh sau thi công"),
}
#: State of a street without work.
NOT_STARTED: Final = _l("Chưa khởi công")
#: The work goes on.
RUNNING: Final = (WorkState.STARTED, WorkState.IN_WORK)


def work_of(ctx: Ctx, item_id: int) -> RouteWork | None:
    """The work on a street; None for one that was not started."""
    return ctx.session.scalars(select(RouteWork).where(RouteWork.route_item_id == item_id)).one_or_none()


def works_of(ctx: Ctx, item_ids: Sequence[int]) -> dict[int, RouteWork]:
    """Item id -> its work, of those that have some."""
    query = select(RouteWork).where(RouteWork.route_item_id.in_(item_ids))
    return {work.route_item_id: work for work in ctx.session.scalars(query)} if item_ids else {}


def work_photos(ctx: Ctx, item: RouteItem) -> list[tuple[Any, list[Attachment]]]:
    """The photos of the work of an item whose papers the actor reads, by what they show: before, during, after.

    A file that came with a move has its moment.
    """
    events = select(CaseEvent.move, CaseEvent.occurred_at).where(
        CaseEvent.workflow == _CODE, CaseEvent.case_id == item.id, CaseEvent.move.in_(_PHOTOS)
    )
    move_at = {row.occurred_at: row.move for row in ctx.session.execute(events)}
    photos: dict[str, list[Attachment]] = {name: [] for name in _PHOTOS}
    for link in list_files(ctx, _CODE, item.id) if move_at else ():
        move = move_at.get(link.attachment.uploaded_at)
        if link.is_active and link.attachment.kind is FileKind.PHOTO and move is not None:
            photos[move].append(link.attachment)
    return [(_PHOTOS[name], files) for name, files in photos.items() if files]


def due_day(item: RouteItem, work: RouteWork | None) -> date | None:
    """The last day by which the street was to be finished."""
    return last_day_of(None if work is None else work.due_on, item.wanted_to_year)


def last_day_of(due_on: date | None, wanted_to_year: int | None) -> date | None:
    """The stated last day, else that of the last wanted year."""
    if due_on is not None:
        return due_on
    return None if wanted_to_year is None else date(wanted_to_year, 12, 31)


def is_late(item: RouteItem, work: RouteWork | None, today: date) -> bool:
    """Listed by a decision, neither finished nor stopped, and its day is over."""
    due = due_day(item, work)
    is_over = work is not None and work.state not in RUNNING
    return item.decision_number is not None and not is_over and due is not None and due < today


def state_text(work: RouteWork | None) -> str:
    return str(NOT_STARTED if work is None else work.state.label)


def item_state_texts(ctx: Ctx, cases: Sequence[RouteItem]) -> dict[int, str]:
    """The state of the work on items that were listed by a decision and started."""
    agreed = [case.id for case in cases if case.state is ItemState.AGREED and case.decision_number is not None]
    return {item_id: str(work.state.label) for item_id, work in works_of(ctx, agreed).items()}


def _unissued(ctx: Ctx, case: RouteItem) -> str | None:
    del ctx
    if case.decision_number is None:
        return _("Tuyến chưa có trong danh mục đã ban hành; ghi tiến độ sau khi có quyết định.")
    return None


def _may_start(ctx: Ctx, case: RouteItem) -> str | None:
    if (reason := _unissued(ctx, case)) is not None:
        return reason
    work = work_of(ctx, case.id)
    if work is not None and work.state is not WorkState.DROPPED:
        return _("Tuyến đã có tiến độ “%(state)s”.", state=work.state.label)
    return None


def _is_running(ctx: Ctx, case: RouteItem) -> str | None:
    if (reason := _unissued(ctx, case)) is not None:
        return reason
    work = work_of(ctx, case.id)
    if work is None or work.state not in RUNNING:
        return _("Tuyến chưa khởi công hoặc đã kết thúc (%(state)s).", state=state_text(work))
    return None


def _may_drop(ctx: Ctx, case: RouteItem) -> str | None:
    if (reason := _unissued(ctx, case)) is not None:
        return reason
    work = work_of(ctx, case.id)
    if work is not None and work.state not in RUNNING:
        return _("Tuyến đã có tiến độ “%(state)s”.", state=work.state.label)
    return None


def day_problem(label: Any, day: date | None, today: date) -> str | None:
    """The sentence for a day of something that happened and is still to come."""
    if day is None or day <= today:
        return None
    return _(
        "“%(label)s” là %(day)s, chưa đến; cần ngày không sau hôm nay (%(today)s).",
        label=label,
        day=format_date(day),
        today=format_date(today),
    )


def _days_past(ctx: Ctx, case: RouteItem, data: Data) -> None:
    del case
    problems = {
        name: sentence
        for name in ("started_on", "ended_on")
        if (sentence := day_problem(_LABELS[name], data.get(name), ctx.today)) is not None
    }
    if problems:
        raise Invalid(problems)


def _required(*fields: Field) -> tuple[Field, ...]:
    return tuple(replace(declared, required=True) for declared in fields)


def _write(ctx: Ctx, case: RouteItem, state: WorkState, data: Data, *names: str) -> None:
    work = work_of(ctx, case.id)
    if work is None:
        work = RouteWork(route_item_id=case.id)
        ctx.session.add(work)
    work.state = state
    for name in names:
        setattr(work, name, data.get(name))
    ctx.session.flush()


def _start(ctx: Ctx, case: RouteItem, data: Data) -> None:
    _write(ctx, case, WorkState.STARTED, {**data, "ended_on": None}, "started_on", "due_on", "ended_on")


def _report(ctx: Ctx, case: RouteItem, data: Data) -> None:
    _write(ctx, case, WorkState.IN_WORK, data, "due_on", "removed_m", "laid_m")


def _finish(ctx: Ctx, case: RouteItem, data: Data) -> None:
    _write(ctx, case, WorkState.DONE, data, "ended_on", "removed_m", "laid_m")


def _drop(ctx: Ctx, case: RouteItem, data: Data) -> None:
    _write(ctx, case, WorkState.DROPPED, data, "ended_on")


def _as_recorded(ctx: Ctx, case: RouteItem) -> dict[str, Any]:
    """What is recorded already: a report goes on from it."""
    work = work_of(ctx, case.id)
    names = ("due_on", "removed_m", "laid_m")
    return {} if work is None else {name: getattr(work, name) for name in names}


def _rules_of_street(ctx: Ctx, case: RouteItem) -> list[tuple[str, str]]:
    """The rules against digging in the street, with those that are to come: they are to be read before work starts."""
    geojson = ctx.session.scalar(select(func.ST_AsGeoJSON(RouteItem.line.expression)).where(RouteItem.id == case.id))
    if geojson is None:
        return []
    rules = rules_at(ctx.session, geojson, (StreetAct.DIG,), ctx.today)
    return [(rule.number, rule.sentence) for rule in rules]


MOVES: Final = (
    Move(
        "start_work",
        _l("Ghi khởi công"),
        _l("Đã khởi công"),
        (ItemState.AGREED,),
        ItemState.AGREED,
        P.ROUTELIST_PROGRESS,
        needs=(
            *_required(_STARTED_ON, _DUE_ON),
            FilesNeed("photos", _PHOTOS["start_work"], required=True, must_be_new=True),
        ),
        obstacle=_may_start,
        current_values=_rules_of_street,
        guard=_days_past,
        effect=_start,
        notifies=("proposer", "construction"),
    ),
    Move(
        "report_work",
        _l("Ghi tiến độ"),
        _l("Đang thi công"),
        (ItemState.AGREED,),
        ItemState.AGREED,
        P.ROUTELIST_PROGRESS,
        needs=(
            *_required(_DUE_ON),
            _REMOVED_M,
            _LAID_M,
            text_need("text", _l("Kết quả đã thực hiện"), required=False),
            FilesNeed("photos", _PHOTOS["report_work"]),
        ),
        obstacle=_is_running,
        effect=_report,
        presets=_as_recorded,
    ),
    Move(
        "finish_work",
        _l("Ghi hoàn thành"),
        _l("Đã hoàn thành"),
        (ItemState.AGREED,),
        ItemState.AGREED,
        P.ROUTELIST_PROGRESS,
        needs=(
            *_required(_ENDED_ON, _REMOVED_M, _LAID_M),
            FilesNeed("photos", _PHOTOS["finish_work"], required=True, must_be_new=True),
        ),
        obstacle=_is_running,
        guard=_days_past,
        effect=_finish,
        presets=_as_recorded,
        notifies=("proposer", "construction"),
    ),
    Move(
        "drop_work",
        _l("Ghi dừng, không thực hiện"),
        _l("Đã dừng, không thực hiện"),
        (ItemState.AGREED,),
        ItemState.AGREED,
        P.ROUTELIST_PROGRESS,
        needs=(*_required(_ENDED_ON), text_need("reason", _l("Lý do dừng"))),
        obstacle=_may_drop,
        guard=_days_past,
        effect=_drop,
        notifies=("proposer", "construction"),
        tone="danger",
    ),
)
