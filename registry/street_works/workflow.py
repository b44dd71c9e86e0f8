"""The workflow of announced work: announced, postponed as often as needed, in work, finished or cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, or_

from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.kernel.dated_settings import setting
from registry.kernel.days import APPOINTED, RECENT, later_problem
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, _l, format_date, format_date_near
from registry.notices.events import ROLE_PARTIES, Audience, Party, organisation_party
from registry.street_works.rules import period_problem
from registry.street_works.settings import NOTICE_REACH
from registry.streets.work_models import StreetWork, StreetWorkState
from registry.structures.positions.in_streets import communes_of_work, owners_along_work
from registry.workflow.definition import Assignee, Data, Move, Workflow, day_need, text_need

CODE: Final = "street_work"
S = StreetWorkState
_WAITING: Final = (S.ANNOUNCED, S.POSTPONED)
#: Who gets a notice of each change of the period.
_CONCERNED: Final = ("along", "communes", "construction", "lead")


def _not_yet(label: str, day: date, today: date) -> str:
    return _(
        "“%(label)s” là %(day)s, chưa đến; cần ngày không sau hôm nay (%(today)s).",
        label=label,
        day=format_date(day),
        today=format_date(today),
    )


def may_start(ctx: Ctx, case: StreetWork, data: Data) -> None:
    """The day has come."""
    del case
    if data["started_on"] > ctx.today:
        raise Invalid({"started_on": _not_yet(_("Ngày bắt đầu thực tế"), data["started_on"], ctx.today)})


def start(ctx: Ctx, case: StreetWork, data: Data) -> None:
    del ctx
    case.started_on = data["started_on"]


def may_postpone(ctx: Ctx, case: StreetWork, data: Data) -> None:
    """The new period is in order, still to come, and another one."""
    problem = period_problem(data["starts_on"], data["ends_on"], ctx.today)
    if problem is not None:
        raise Invalid({"ends_on": problem})
    if (data["starts_on"], data["ends_on"]) == (case.starts_on, case.ends_on):
        raise Invalid({"starts_on": _("Thời gian không đổi; cần ngày bắt đầu hoặc ngày hoàn thành khác.")})


def postpone(ctx: Ctx, case: StreetWork, data: Data) -> None:
    del ctx
    case.starts_on, case.ends_on = data["starts_on"], data["ends_on"]
    # What had begun begins again on its new day.
    case.started_on = None


def may_finish(ctx: Ctx, case: StreetWork, data: Data) -> None:
    """The day has come, and is not before the work began."""
    finished_on: date = data["finished_on"]
    problem = _not_yet(_("Ngày hoàn thành thực tế"), finished_on, ctx.today) if finished_on > ctx.today else None
    problem = problem or later_problem(
        (_("Ngày bắt đầu thực tế"), case.started_on), (_("Ngày hoàn thành thực tế"), finished_on)
    )
    if problem is not None:
        raise Invalid({"finished_on": problem})


def finish(ctx: Ctx, case: StreetWork, data: Data) -> None:
    del ctx
    case.finished_on = data["finished_on"]


def state_texts(ctx: Ctx, cases: Sequence[StreetWork]) -> dict[int, str]:
    """Work whose planned days have passed although it was not recorded as begun or finished."""
    texts = {}
    for case in cases:
        if case.state is S.IN_WORK and case.ends_on < ctx.today:
            texts[case.id] = _("Chưa ghi hoàn thành, quá ngày %(day)s", day=format_date_near(case.ends_on, ctx.today))
        elif case.state in _WAITING and case.starts_on < ctx.today:
            texts[case.id] = _("Chưa ghi bắt đầu, quá ngày %(day)s", day=format_date_near(case.starts_on, ctx.today))
    return texts


def _is_late(ctx: Ctx, _actor: object) -> ColumnElement[bool]:
    return or_(
        StreetWork.state.in_(_WAITING) & (StreetWork.starts_on < ctx.today),
        (StreetWork.state == S.IN_WORK) & (StreetWork.ends_on < ctx.today),
    )


def _owners(ctx: Ctx, case: StreetWork) -> Audience:
    """The owners of what stands along the line; the announcer is not given their names."""
    owners = owners_along_work(ctx, case.id, float(setting(ctx.session, NOTICE_REACH, ctx.today)))
    return Audience(organisation_ids=frozenset(owners - {case.organisation_id}))


def _communes(ctx: Ctx, case: StreetWork) -> Audience:
    return Audience(
        roles=frozenset({Role.COMMUNE_PC}), unit_ids=frozenset({case.unit_id, *communes_of_work(ctx, case.id)})
    )


STREET_WORK: Final = Workflow(
    code=CODE,
    label=_l("Thi công trên tuyến phố"),
    one=_l("Thông báo thi công trên tuyến phố"),
    prefix="TC",
    model=StreetWork,
    states=StreetWorkState,
    start=S.ANNOUNCED,
    moves=(
        Move(
            "start",
            _l("Ghi bắt đầu thi công"),
            _l("Đã bắt đầu thi công"),
            _WAITING,
            S.IN_WORK,
            P.STREET_WORK_ANNOUNCE,
            needs=(day_need("started_on", _l("Ngày bắt đầu thực tế"), RECENT),),
            guard=may_start,
            effect=start,
            presets=lambda ctx, _case: {"started_on": ctx.today},
            notifies=("along", "communes"),
            tone="primary",
        ),
        Move(
            "postpone",
            _l("Lùi thời gian"),
            _l("Đã lùi thời gian thi công"),
            (*_WAITING, S.IN_WORK),
            S.POSTPONED,
            P.STREET_WORK_ANNOUNCE,
            needs=(
                day_need("starts_on", _l("Dự kiến bắt đầu"), APPOINTED),
                day_need("ends_on", _l("Dự kiến hoàn thành"), APPOINTED),
                text_need("text", _l("Lý do lùi thời gian")),
            ),
            guard=may_postpone,
            effect=postpone,
            presets=lambda _ctx, case: {"starts_on": case.starts_on, "ends_on": case.ends_on},
            notifies=_CONCERNED,
        ),
        Move(
            "finish",
            _l("Ghi hoàn thành"),
            _l("Đã hoàn thành thi công"),
            (S.IN_WORK,),
            S.FINISHED,
            P.STREET_WORK_ANNOUNCE,
            needs=(
                day_need("finished_on", _l("Ngày hoàn thành thực tế"), RECENT),
                text_need("text", _l("Ghi chú"), required=False),
            ),
            guard=may_finish,
            effect=finish,
            presets=lambda ctx, _case: {"finished_on": ctx.today},
            notifies=("along", "communes"),
            tone="primary",
        ),
        Move(
            "cancel",
            _l("Hủy thi công"),
            _l("Đã hủy thi công"),
            (*_WAITING, S.IN_WORK),
            S.CANCELLED,
            P.STREET_WORK_ANNOUNCE,
            needs=(text_need("text", _l("Lý do hủy")),),
            notifies=_CONCERNED,
            tone="danger",
        ),
    ),
    closing=frozenset({"finish", "cancel"}),
    read=P.STREET_WORK_READ,
    judged=(),
    page="street_works.detail",
    index="street_works.index",
    state_texts=state_texts,
    parties={
        "owner": organisation_party(_l("Đơn vị thi công"), lambda case: case.organisation_id),
        "along": Party(_l("Chủ sở hữu công trình dọc tuyến"), _owners),
        "communes": Party(_l("UBND xã, phường có tuyến đi qua"), _communes, watches=True),
        "construction": ROLE_PARTIES[Role.CONSTRUCTION_DEPARTMENT.value],
        "lead": ROLE_PARTIES[Role.LEAD_DEPARTMENT.value],
    },
    assignees={
        state: Assignee("owner", P.STREET_WORK_ANNOUNCE, act=_l("Ghi tiến độ thi công"), where=_is_late)
        for state in (*_WAITING, S.IN_WORK)
    },
    main_path=(S.ANNOUNCED, S.IN_WORK, S.FINISHED),
    opening=_CONCERNED,
    event_labels={"edit": _l("Đã sửa thông báo thi công")},
    tones={
        S.ANNOUNCED: "info",
        S.POSTPONED: "warn",
        S.IN_WORK: "warn",
        S.FINISHED: "good",
        S.CANCELLED: "dark",
    },
)
