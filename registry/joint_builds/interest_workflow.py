"""The workflow of what one organisation registers in an announcement: asked, registered or declined, answered.

Who registers locks its registration alone and reads the announcement; who ends or withdraws an announcement locks it
and then its registrations. So the two wait for each other and never deadlock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.joint_builds.codes import INTEREST_CODE, INTEREST_TONES, UNDECIDED, JointInterestState
from registry.joint_builds.models import JointBuild, JointInterest
from registry.joint_builds.rules import need_hints, need_problems, needs_of
from registry.kernel.clock import end_of_day
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field, fields_named, fields_of
from registry.kernel.i18n import _, _l, format_date
from registry.notices.events import organisation_party
from registry.structures.kinds import KINDS
from registry.workflow.definition import Assignee, Data, Deadline, Move, Workflow, text_need

N = JointInterestState
NEEDED: Final = ("places", "at_height_m", "bores", "metres", "remark")
#: Who needs something states these, as far as the kind has them.
_AMOUNTS: Final = frozenset({"places", "bores", "metres"})
_LABELS: Final = {name: field.label for name, field in fields_of(JointInterest).items()}
_NEEDS: Final = fields_named(JointInterest, *NEEDED)
_UNSTATED: Final = (N.ASKED, N.NO_NEED, N.WITHDRAWN, N.SILENT)
#: What ends with a withdrawn announcement.
LOSING: Final = (N.ASKED, N.STATED, N.AGREED)


def build_of(ctx: Ctx, case: JointInterest) -> JointBuild:
    """The announcement of a registration as it stands now, read without a lock."""
    if ctx.read_only:
        return ctx.session.get_one(JointBuild, case.build_id)
    query = select(JointBuild).where(JointBuild.id == case.build_id).execution_options(populate_existing=True)
    return ctx.session.scalars(query).one()


def _has_ended(ctx: Ctx, case: JointInterest) -> str | None:
    build = build_of(ctx, case)
    if build.state in UNDECIDED:
        return None
    return _(
        "%(number)s đang ở trạng thái “%(state)s” nên không nhận đăng ký nữa.",
        number=build.number,
        state=build.state.label,
    )


def _window_is_over(ctx: Ctx, case: JointInterest) -> str | None:
    ended = _has_ended(ctx, case)
    if ended is not None or case.closes_on >= ctx.today:
        return ended
    return _(
        "Đã hết hạn đăng ký ngày %(day)s; nội dung đã đăng ký không sửa, không rút được nữa.",
        day=format_date(case.closes_on),
    )


def _window_is_open(ctx: Ctx, case: JointInterest) -> str | None:
    if case.closes_on < ctx.today:
        return _has_ended(ctx, case)
    return _(
        "Trả lời sau khi hết hạn đăng ký ngày %(day)s, để các đơn vị được xem xét như nhau.",
        day=format_date(case.closes_on),
    )


def _left_out(ctx: Ctx, case: JointInterest) -> frozenset[str]:
    kind = KINDS[build_of(ctx, case).kind]
    return frozenset(NEEDED) - needs_of(kind) - {"remark"}


def _amounts(ctx: Ctx, case: JointInterest) -> tuple[Field, ...]:
    """What must be stated of a structure of this kind."""
    kind = KINDS[build_of(ctx, case).kind]
    return tuple(replace(field, required=True) for field in _NEEDS if field.name in needs_of(kind) & _AMOUNTS)


def may_state(ctx: Ctx, case: JointInterest, data: Data) -> None:
    """The need fits what is to be built."""
    problems = need_problems(build_of(ctx, case), _LABELS, data)
    if problems:
        raise Invalid(problems)


def state_need(ctx: Ctx, case: JointInterest, data: Data) -> None:
    """The need is noted, late after the last day."""
    for name in NEEDED:
        setattr(case, name, data.get(name))
    case.stated_at, case.is_late = ctx.now, case.closes_on < ctx.today


def forget_need(ctx: Ctx, case: JointInterest, data: Data) -> None:
    """A need that was withdrawn before is cleared."""
    del ctx, data
    case.places = case.at_height_m = case.bores = case.metres = case.stated_at = None
    case.is_late = False


def _stated_before(ctx: Ctx, case: JointInterest) -> Mapping[str, Any]:
    del ctx
    values = {name: getattr(case, name) for name in NEEDED}
    return {name: value for name, value in values.items() if value is not None}


def _hints(ctx: Ctx, case: JointInterest) -> Mapping[str, str]:
    return need_hints(build_of(ctx, case))


def answer(ctx: Ctx, case: JointInterest, data: Data) -> None:
    case.answered_at, case.answer = ctx.now, data["answer"]


def closing_of(case: JointBuild | JointInterest) -> datetime:
    """The end of the last day to register."""
    return end_of_day(case.closes_on)


def is_over(ctx: Ctx, model: Any) -> ColumnElement[bool]:
    """SQL: the last day to register has passed."""
    closed: ColumnElement[bool] = model.closes_on < ctx.today
    return closed


INTEREST: Final = Workflow(
    code=INTEREST_CODE,
    label=_l("Đăng ký tham gia xây dựng, sử dụng chung"),
    one=_l("Đăng ký tham gia"),
    prefix="NC",
    model=JointInterest,
    states=JointInterestState,
    start=N.ASKED,
    moves=(
        Move(
            "state",
            _l("Đăng ký nhu cầu"),
            _l("Đã đăng ký nhu cầu"),
            _UNSTATED,
            N.STATED,
            P.JOINT_INTEREST_STATE,
            needs=_NEEDS,
            leaves_out=_left_out,
            case_needs=_amounts,
            guard=may_state,
            obstacle=_has_ended,
            effect=state_need,
            notifies=("announcer",),
            presets=_stated_before,
            hints=_hints,
            tone="primary",
        ),
        Move(
            "change",
            _l("Sửa đăng ký"),
            _l("Đã sửa đăng ký"),
            (N.STATED,),
            N.STATED,
            P.JOINT_INTEREST_STATE,
            needs=_NEEDS,
            leaves_out=_left_out,
            case_needs=_amounts,
            guard=may_state,
            obstacle=_window_is_over,
            effect=state_need,
            notifies=("announcer",),
            presets=_stated_before,
            hints=_hints,
        ),
        Move(
            "decline",
            _l("Không có nhu cầu"),
            _l("Không có nhu cầu"),
            (N.ASKED, N.SILENT, N.WITHDRAWN),
            N.NO_NEED,
            P.JOINT_INTEREST_STATE,
            needs=(text_need("text", _l("Ghi chú"), required=False),),
            obstacle=_has_ended,
            effect=forget_need,
        ),
        Move(
            "withdraw",
            _l("Rút đăng ký"),
            _l("Đã rút đăng ký"),
            (N.STATED,),
            N.WITHDRAWN,
            P.JOINT_INTEREST_STATE,
            needs=(text_need("text", _l("Lý do rút")),),
            obstacle=_window_is_over,
            notifies=("announcer",),
            tone="danger",
        ),
        Move(
            "agree",
            _l("Thống nhất"),
            _l("Đã thống nhất xây dựng, sử dụng chung"),
            (N.STATED,),
            N.AGREED,
            P.JOINT_INTEREST_ANSWER,
            needs=(text_need("answer", _l("Nội dung thống nhất")),),
            obstacle=_window_is_open,
            effect=answer,
            notifies=("owner",),
            tone="primary",
        ),
        Move(
            "refuse",
            _l("Không thống nhất"),
            _l("Không thống nhất"),
            (N.STATED,),
            N.REFUSED,
            P.JOINT_INTEREST_ANSWER,
            needs=(text_need("answer", _l("Lý do")),),
            obstacle=_window_is_open,
            effect=answer,
            notifies=("owner",),
        ),
        Move(
            "fall_silent",
            _l("Không trả lời"),
            _l("Hết hạn, không trả lời"),
            (N.ASKED,),
            N.SILENT,
            P.CLOCK,
            notifies=("owner",),
        ),
        Move(
            "lose_build",
            _l("Phương án đã rút"),
            _l("Đơn vị thông báo đã rút phương án"),
            LOSING,
            N.BUILD_GONE,
            P.CLOCK,
            notifies=("owner",),
        ),
    ),
    system_moves=frozenset({"lose_build"}),
    closing=frozenset({"decline", "withdraw"}),
    read=P.JOINT_INTEREST_READ,
    judged=(),
    page="joint_interests.detail_of_interest",
    index="joint_interests.index_of_interests",
    parties={
        "owner": organisation_party(_l("Đơn vị được hỏi"), lambda case: case.organisation_id),
        "announcer": organisation_party(_l("Đơn vị thông báo"), lambda case: case.announcer_id),
    },
    assignees={
        N.ASKED: Assignee("owner", P.JOINT_INTEREST_STATE),
        N.STATED: Assignee("announcer", P.JOINT_INTEREST_ANSWER, where=is_over, act=_l("Trả lời đăng ký")),
    },
    deadlines={
        N.ASKED: Deadline(
            "window",
            "",
            "fall_silent",
            _l("Đơn vị được ghi là không trả lời; vẫn đăng ký muộn được đến khi phương án kết thúc."),
            stated=closing_of,
            reminders=(3, 0),
        ),
    },
    main_path=(N.ASKED, N.STATED, N.AGREED),
    has_messages=True,
    opening=("owner",),
    tones=INTEREST_TONES,
)
