"""Requests to the managers of a road, stretch by stretch, each with its term and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final

from sqlalchemy import select

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.dated_settings import setting, single_number
from registry.kernel.errors import Conflict, Invalid, MoveRefused, NotFound
from registry.kernel.fields import labels_of
from registry.kernel.i18n import _, _l
from registry.kernel.units import WORKING_DAY
from registry.routelists.models import ItemState, RouteItem
from registry.routelists.progress import day_problem
from registry.routelists.road_answer_models import RoadAnswer, RoadAnswerState, RoadManager
from registry.workflow.calendar import Term, TermUnit, compute_due_date
from registry.workflow.clocks import working_calendar

KIND: Final = "road_answer"
DAYS: Final = "routelist.road_answer_days"
SETTING: Final = single_number(
    DAYS, _l("Cơ quan quản lý đường trả lời trong"), _l("Danh mục tuyến"), WORKING_DAY, "1", "60"
)
S = RoadAnswerState
OPEN: Final = (S.NEW, S.IN_TREATMENT)
#: What an open request may become; "in treatment" once.
ANSWERS: Final = (S.IN_TREATMENT, S.AGREED, S.NOT_AGREED, S.NOT_COMPETENT, S.WITHDRAWN)
_LABELS: Final = labels_of(RoadAnswer)


def shown_state(answer: RoadAnswer, today: date) -> RoadAnswerState:
    """The state on a day: an open request whose last day is past is over its term."""
    return S.TERM_OVER if answer.state in OPEN and answer.due_on < today else answer.state


def answers_of(ctx: Ctx, item_id: int) -> list[RoadAnswer]:
    """The requests for a visible street, in the order of sending."""
    query = select(RoadAnswer).where(RoadAnswer.route_item_id == item_id)
    return list(ctx.session.scalars(query.order_by(RoadAnswer.sent_on, RoadAnswer.id)))


def last_day(ctx: Ctx, sent_on: date) -> date:
    """The last working day of the term of a request."""
    length = int(setting(ctx.session, DAYS, sent_on))
    sent_at = datetime.combine(sent_on, time(8), tzinfo=LOCAL_ZONE).astimezone(UTC)
    return compute_due_date(working_calendar(ctx), Term(length, TermUnit.WORKING_DAY), sent_at).last_on


def send(ctx: Ctx, item: RouteItem, values: Mapping[str, Any], handed_from: int | None = None) -> RoadAnswer:
    """Record a request to a manager for a stretch of an agreed street."""
    require(ctx, P.ROUTELIST_PROGRESS, item)
    if item.state is not ItemState.AGREED:
        raise MoveRefused(_("Chỉ gửi cơ quan quản lý đường về tuyến đã thống nhất đưa vào danh mục."))
    problem = day_problem(_LABELS["sent_on"], values["sent_on"], ctx.today)
    if problem is not None:
        raise Invalid({"sent_on": problem})
    answer = RoadAnswer(
        route_item_id=item.id,
        stretch=values["stretch"],
        manager=values["manager"],
        sent_on=values["sent_on"],
        due_on=last_day(ctx, values["sent_on"]),
        state=S.NEW,
        handed_from_id=handed_from,
        version=1,
    )
    ctx.session.add(answer)
    ctx.session.flush()
    record(ctx, f"{KIND}.send", KIND, answer.id)
    return answer


@dataclass(frozen=True)
class GiveAnswer:
    """What a request became; `handed_to`: the competent manager, of one that was not."""

    item: RouteItem
    answer_id: int
    version: int | None
    state: RoadAnswerState
    answered_on: date | None
    number: str | None = None
    note: str | None = None
    handed_to: RoadManager | None = None


def give_answer(ctx: Ctx, command: GiveAnswer) -> RoadAnswer:
    """Record an answer; one without competence hands the stretch over to another manager, with a new term."""
    require(ctx, P.ROUTELIST_PROGRESS, command.item)
    query = select(RoadAnswer).where(RoadAnswer.id == command.answer_id, RoadAnswer.route_item_id == command.item.id)
    answer = ctx.session.scalars(query.with_for_update()).one_or_none()
    if answer is None:
        raise NotFound(_("Tuyến này không có yêu cầu gửi cơ quan quản lý đường như vậy."))
    if answer.version != command.version:
        raise Conflict(_("Yêu cầu vừa được ghi trả lời; hãy đọc lại rồi ghi."), {})
    if answer.state not in OPEN or command.state not in ANSWERS or command.state is answer.state:
        raise MoveRefused(
            _(
                "Yêu cầu đang ở trạng thái “%(state)s” nên không ghi được “%(next)s”.",
                state=answer.state.label,
                next=command.state.label,
            )
        )
    problems = _problems(ctx, answer, command)
    if problems:
        raise Invalid(problems)
    answer.state = command.state
    answer.answered_on = None if command.state is S.IN_TREATMENT else command.answered_on
    answer.number, answer.note = command.number or answer.number, command.note or answer.note
    answer.version += 1
    ctx.session.flush()
    record(ctx, f"{KIND}.answer", KIND, answer.id)
    if command.state is S.NOT_COMPETENT:
        values = {"stretch": answer.stretch, "manager": command.handed_to, "sent_on": command.answered_on}
        send(ctx, command.item, values, answer.id)
    return answer


def _problems(ctx: Ctx, answer: RoadAnswer, command: GiveAnswer) -> dict[str, str]:
    problems: dict[str, str] = {}
    if command.state is not S.IN_TREATMENT:
        if command.answered_on is None:
            problems["answered_on"] = _("Chưa nhập; cần ngày trả lời, chuyển hoặc rút.")
        elif sentence := day_problem(_LABELS["answered_on"], command.answered_on, ctx.today):
            problems["answered_on"] = sentence
    if command.state is S.NOT_AGREED and not command.note:
        problems["note"] = _("Chưa nhập; cần lý do không chấp thuận.")
    if (command.state is S.NOT_COMPETENT) != (command.handed_to is not None):
        problems["handed_to"] = _("Chọn cơ quan được chuyển khi, và chỉ khi, không thuộc thẩm quyền.")
    elif command.handed_to is answer.manager:
        problems["handed_to"] = _("Cơ quan được chuyển phải khác “%(manager)s”.", manager=answer.manager.label)
    return problems
