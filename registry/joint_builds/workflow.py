"""The workflow of an announcement: open until its last day, then answered and ended by its announcer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.joint_builds.codes import (
    BUILD_CODE,
    BUILD_TONES,
    ENDED,
    UNDECIDED,
    JointBuildState,
    JointInterestState,
)
from registry.joint_builds.interest_workflow import INTEREST, LOSING, closing_of, is_over
from registry.joint_builds.models import JointBuild, JointInterest
from registry.joint_builds.settings import MOST_DISTANCE
from registry.kernel.dated_settings import setting
from registry.kernel.errors import Invalid, MoveRefused
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l, _n, format_number
from registry.kernel.text import register_code, shown
from registry.notices.events import ROLE_PARTIES, Audience, Party, organisation_party
from registry.structures import positions
from registry.structures.codes import Status
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.positions.areas import has_structure_within
from registry.workflow.definition import Assignee, Branch, Data, Deadline, Move, Workflow, same_state, text_need
from registry.workflow.engine import fire_by_clock, lock_case

B, N = JointBuildState, JointInterestState
_ACT: Final = _l("Trả lời các đơn vị, kết thúc phương án")


def _states_of(ctx: Ctx, build_id: int) -> list[JointInterestState]:
    """The states of the registrations of an announcement, which stay locked until the transaction ends."""
    query = select(JointInterest).where(JointInterest.build_id == build_id).order_by(JointInterest.id)
    rows = ctx.session.scalars(query.with_for_update().execution_options(populate_existing=True))
    return [row.state for row in rows]


def _present_states(ctx: Ctx, case: JointBuild) -> list[JointInterestState]:
    """The states of its registrations now, without a lock."""
    return list(ctx.session.scalars(select(JointInterest.state).where(JointInterest.build_id == case.id)))


def _unanswered(states: Sequence[JointInterestState]) -> str | None:
    waiting = states.count(N.STATED)
    return _n("Còn %(num)d đăng ký chưa trả lời; cần trả lời trước.", waiting) if waiting else None


def _not_joint(states: Sequence[JointInterestState]) -> str | None:
    """Why it does not end jointly: a registration waits for an answer, or none was agreed with."""
    if N.AGREED in states or N.STATED in states:
        return _unanswered(states)
    return _("Chưa thống nhất với đơn vị nào; chọn “Kết thúc, xây dựng riêng”.")


def _not_alone(states: Sequence[JointInterestState]) -> str | None:
    """Why it does not end alone: a registration waits for an answer, or one was agreed with."""
    agreed = states.count(N.AGREED)
    if not agreed or N.STATED in states:
        return _unanswered(states)
    return _n("Đã thống nhất với %(num)d đơn vị; chọn “Kết thúc, xây dựng chung”.", agreed)


def waits_to_join(ctx: Ctx, case: JointBuild) -> str | None:
    return _not_joint(_present_states(ctx, case))


def waits_to_build_alone(ctx: Ctx, case: JointBuild) -> str | None:
    return _not_alone(_present_states(ctx, case))


def may_join(ctx: Ctx, case: JointBuild, data: Data) -> None:
    """As the page said, with the registrations locked."""
    del data
    if problem := _not_joint(_states_of(ctx, case.id)):
        raise MoveRefused(problem)


def may_build_alone(ctx: Ctx, case: JointBuild, data: Data) -> None:
    """As the page said, with the registrations locked."""
    del data
    if problem := _not_alone(_states_of(ctx, case.id)):
        raise MoveRefused(problem)


def _ids_in(ctx: Ctx, build_id: int, states: Sequence[JointInterestState]) -> list[int]:
    query = select(JointInterest.id).where(JointInterest.build_id == build_id, JointInterest.state.in_(states))
    return list(ctx.session.scalars(query.order_by(JointInterest.id)))


def end_silence(ctx: Ctx, case: JointBuild, data: Data) -> None:
    """Who did not answer until now is silent, whether or not the job has run since the last day."""
    del data
    for interest_id in _ids_in(ctx, case.id, (N.ASKED,)):
        interest = lock_case(ctx, INTEREST, interest_id)
        if interest.state is N.ASKED:
            fire_by_clock(ctx, INTEREST, interest, "fall_silent")


def lose_registrations(ctx: Ctx, case: JointBuild, data: Data) -> None:
    """Who was asked, registered or was agreed with is notified; what it wrote stays."""
    del data
    _states_of(ctx, case.id)
    for interest_id in _ids_in(ctx, case.id, LOSING):
        fire_by_clock(ctx, INTEREST, lock_case(ctx, INTEREST, interest_id), "lose_build")


def _is_built(ctx: Ctx, case: JointBuild) -> str | None:
    del ctx
    return _("Phương án đã có công trình xây dựng.") if case.structure_id is not None else None


def own_structure(ctx: Ctx, data: Data) -> Structure | None:
    """The own structure of a typed code."""
    code = register_code(str(data["structure"]))
    query = select(Structure).where(
        Structure.code == code,
        Structure.owner_organisation_id.in_(sorted(ctx.actor.organisation_ids)),
        visible(ctx, Structure, P.STRUCTURE_EDIT),
    )
    return ctx.session.scalars(query).one_or_none()


def may_register(ctx: Ctx, case: JointBuild, data: Data) -> None:
    """The structure is the announcer's own, of the kind and at the place of the announcement, and has no other one."""
    structure, code = own_structure(ctx, data), shown(str(data["structure"]))
    if structure is None:
        problem: str | None = _(
            "Không có công trình “%(code)s” của đơn vị trong cơ sở dữ liệu; hãy đăng ký công trình trước.", code=code
        )
    else:
        problem = structure_problem(ctx, case, structure)
    if problem is not None:
        raise Invalid({"structure": problem})


def structure_problem(ctx: Ctx, case: JointBuild, structure: Structure) -> str | None:
    """Why an own structure was not built by this announcement."""
    code = structure.code
    if structure.kind != case.kind:
        return _(
            "%(code)s là %(kind)s, phương án ghi %(noted)s; hãy chọn công trình khác.",
            code=code,
            kind=KINDS[structure.kind].label,
            noted=KINDS[case.kind].label,
        )
    if structure.status is Status.REMOVED:
        return _(
            "%(code)s đang ở trạng thái “%(status)s”; hãy chọn công trình khác.",
            code=code,
            status=structure.status.label,
        )
    number = _announced_by(ctx, structure.id)
    if number is not None:
        return _("%(code)s đã gắn với phương án %(number)s.", code=code, number=number)
    if not _is_at_place(ctx, case, structure.id):
        return _(
            "%(code)s cách vị trí đã thông báo quá %(metres)s m; hãy kiểm tra mã hoặc vị trí công trình.",
            code=code,
            metres=format_number(_most_distance(ctx)),
        )
    return None


def _announced_by(ctx: Ctx, structure_id: int) -> str | None:
    return ctx.session.scalar(select(JointBuild.number).where(JointBuild.structure_id == structure_id))


def _most_distance(ctx: Ctx) -> int:
    return int(setting(ctx.session, MOST_DISTANCE, ctx.today))


def _is_at_place(ctx: Ctx, case: JointBuild, structure_id: int) -> bool:
    stands = has_structure_within(JointBuild.place_point_m, _most_distance(ctx), Structure.id == structure_id)
    query = select(JointBuild.id).where(JointBuild.id == case.id, stands)
    return positions.run(ctx, query).first() is not None


def register_built(ctx: Ctx, case: JointBuild, data: Data) -> None:
    """The structure is noted."""
    structure = own_structure(ctx, data)
    if structure is None:
        message = f"joint build {case.id}: no structure"
        raise RuntimeError(message)
    case.structure_id = structure.id


def _last_moment(case: JointBuild) -> datetime:
    """The last moment of the window: the term of the answer counts from the day after, whenever the job runs."""
    return closing_of(case) - timedelta(microseconds=1)


def _commune(_ctx: Ctx, case: JointBuild) -> Audience:
    return Audience(roles=frozenset({Role.COMMUNE_PC}), unit_ids=frozenset({case.unit_id}))


BUILD: Final = Workflow(
    code=BUILD_CODE,
    label=_l("Phương án xây dựng, sử dụng chung"),
    one=_l("Phương án xây dựng"),
    prefix="XC",
    model=JointBuild,
    states=JointBuildState,
    start=B.OPEN,
    moves=(
        Move(
            "join",
            _l("Kết thúc, xây dựng chung"),
            _l("Đã thống nhất xây dựng, sử dụng chung"),
            (B.ANSWERING, B.OVERDUE),
            B.JOINT,
            P.JOINT_BUILD_ANNOUNCE,
            needs=(text_need("text", _l("Phương án đã thống nhất")),),
            guard=may_join,
            obstacle=waits_to_join,
            effect=end_silence,
            notifies=("lead", "commune"),
            tone="primary",
        ),
        Move(
            "build_alone",
            _l("Kết thúc, xây dựng riêng"),
            _l("Xây dựng riêng"),
            (B.ANSWERING, B.OVERDUE),
            B.ALONE,
            P.JOINT_BUILD_ANNOUNCE,
            needs=(text_need("text", _l("Ghi chú"), required=False),),
            guard=may_build_alone,
            obstacle=waits_to_build_alone,
            effect=end_silence,
            notifies=("lead", "commune"),
        ),
        Move(
            "register_built",
            _l("Ghi công trình đã xây dựng"),
            _l("Đã ghi công trình xây dựng theo phương án"),
            ENDED,
            Branch(ENDED, same_state),
            P.JOINT_BUILD_ANNOUNCE,
            needs=(
                Field(
                    "structure",
                    _l("Mã công trình trong cơ sở dữ liệu"),
                    max_length=40,
                    required=True,
                    hint=_l("Công trình đã đăng ký của đơn vị."),
                ),
            ),
            guard=may_register,
            obstacle=_is_built,
            effect=register_built,
            notifies=("lead",),
        ),
        Move(
            "withdraw",
            _l("Rút phương án"),
            _l("Đã rút phương án"),
            (*UNDECIDED, *ENDED),
            B.WITHDRAWN,
            P.JOINT_BUILD_ANNOUNCE,
            needs=(text_need("text", _l("Lý do rút")),),
            obstacle=_is_built,
            effect=lose_registrations,
            notifies=("lead", "commune"),
            tone="danger",
        ),
        Move(
            "close",
            _l("Hết hạn đăng ký"),
            _l("Hết hạn đăng ký tham gia"),
            (B.OPEN,),
            B.ANSWERING,
            P.CLOCK,
            notifies=("owner",),
        ),
        Move(
            "miss",
            _l("Quá hạn trả lời"),
            _l("Quá hạn trả lời các đơn vị"),
            (B.ANSWERING,),
            B.OVERDUE,
            P.CLOCK,
            notifies=("owner", "lead"),
        ),
    ),
    closing=frozenset({"withdraw"}),
    read=P.JOINT_BUILD_READ,
    judged=(),
    page="joint_builds.detail",
    index="joint_builds.index",
    parties={
        "owner": organisation_party(_l("Đơn vị thông báo"), lambda case: case.organisation_id),
        "lead": ROLE_PARTIES[Role.LEAD_DEPARTMENT.value],
        "construction": ROLE_PARTIES[Role.CONSTRUCTION_DEPARTMENT.value],
        "commune": Party(_l("UBND xã, phường"), _commune, watches=True),
    },
    assignees={
        B.OPEN: Assignee("owner", P.JOINT_BUILD_ANNOUNCE, where=is_over, act=_ACT),
        B.ANSWERING: Assignee("owner", P.JOINT_BUILD_ANNOUNCE, act=_ACT),
        B.OVERDUE: Assignee("owner", P.JOINT_BUILD_ANNOUNCE, act=_ACT),
    },
    deadlines={
        B.OPEN: Deadline(
            "window",
            "",
            "close",
            _l("Đơn vị chưa trả lời được ghi là không trả lời; đơn vị thông báo trả lời các đăng ký."),
            stated=closing_of,
        ),
        B.ANSWERING: Deadline(
            "answer",
            "joint_build.answer",
            "miss",
            _l("Phương án được đánh dấu quá hạn, Sở Khoa học và Công nghệ được thông báo; vẫn trả lời được."),
            start=_last_moment,
        ),
    },
    main_path=(B.OPEN, B.ANSWERING, B.JOINT),
    opening=("lead", "construction", "commune"),
    tones=BUILD_TONES,
)
