"""The workflow of an obstacle: raised, assigned, answered or handed on, rated; late ones go to the province."""

from __future__ import annotations

from typing import Any, Final

from registry.accounts.models import Organisation
from registry.accounts.queries import find_organisation, list_agencies
from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field, required_fields
from registry.kernel.i18n import _, _l
from registry.kernel.text import shown
from registry.notices.events import Audience, Party, organisation_party
from registry.obstacles.codes import CODE, TONES, ObstacleState, Rating
from registry.obstacles.models import Obstacle
from registry.workflow.definition import Assignee, Data, Deadline, FilesNeed, Move, Workflow, text_need

S = ObstacleState
_AGENCY: Final = Field(
    "agency",
    _l("Cơ quan giải quyết"),
    max_length=200,
    required=True,
    hint=_l("Tên sở, UBND xã, phường hoặc UBND tỉnh; ví dụ: Sở Xây dựng."),
)
_LATE: Final = _l("Vướng mắc được báo cáo UBND tỉnh; cơ quan được giao vẫn trả lời được.")


def _agency_of(ctx: Ctx, data: Data) -> Organisation | None:
    organisation = find_organisation(ctx.session, data["agency"])
    return organisation if organisation in list_agencies(ctx) else None


def may_assign(ctx: Ctx, case: Obstacle, data: Data) -> None:
    """The agency exists today, has not got the obstacle already and did not raise it."""
    agency = _agency_of(ctx, data)
    name = shown(str(data["agency"]))
    if agency is None:
        problem = _("Không có cơ quan “%(name)s”; cần tên một sở, UBND xã, phường hoặc UBND tỉnh.", name=name)
    elif agency.id == case.agency_id:
        problem = _("%(name)s đang giải quyết %(number)s; hãy chọn cơ quan khác.", name=name, number=case.number)
    elif agency.id == case.organisation_id:
        problem = _(
            "%(name)s là đơn vị nêu %(number)s; cần một cơ quan khác giải quyết.", name=name, number=case.number
        )
    else:
        return
    raise Invalid({"agency": problem})


def assign(ctx: Ctx, case: Obstacle, data: Data) -> None:
    """The agency and the moment are noted."""
    agency = _agency_of(ctx, data)
    if agency is None:
        message = f"obstacle {case.id}: no agency"
        raise RuntimeError(message)
    case.agency_id, case.assigned_at = agency.id, ctx.now


def answer(ctx: Ctx, case: Obstacle, data: Data) -> None:
    """The answer is noted."""
    case.answer_kind, case.answer, case.answered_at = data["answer_kind"], data["answer"], ctx.now


def rate(ctx: Ctx, case: Obstacle, data: Data) -> None:
    """The rating closes it."""
    del ctx
    case.rating = Rating(data["rating"])


def reopen(ctx: Ctx, case: Obstacle, data: Data) -> None:
    """It waits for an agency again; the answer stays in its history."""
    del ctx, data
    case.agency_id = case.assigned_at = case.answer_kind = case.answer = case.answered_at = None


def escalate(ctx: Ctx, case: Obstacle, data: Data) -> None:
    """From now on the committee of the province reads it."""
    del data
    case.escalated_at = ctx.now


def _of_role(role: Role) -> Any:
    return lambda _ctx, _case: Audience(roles=frozenset({role}))


MOVES: Final = (
    Move(
        "assign",
        _l("Giao cơ quan giải quyết"),
        _l("Đã giao cơ quan giải quyết"),
        (S.RAISED, S.ESCALATED),
        S.ASSIGNED,
        P.OBSTACLE_ASSIGN,
        needs=(_AGENCY, text_need("text", _l("Ý kiến chỉ đạo"), required=False)),
        guard=may_assign,
        effect=assign,
        notifies=("owner",),
        tone="primary",
    ),
    Move(
        "hand_on",
        _l("Chuyển cơ quan khác"),
        _l("Đã chuyển cơ quan khác giải quyết"),
        (S.ASSIGNED,),
        S.ASSIGNED,
        P.OBSTACLE_ANSWER,
        needs=(_AGENCY, text_need("text", _l("Lý do chuyển"))),
        guard=may_assign,
        effect=assign,
        notifies=("agency", "owner", "lead"),
    ),
    Move(
        "answer",
        _l("Trả lời"),
        _l("Đã trả lời"),
        (S.ASSIGNED, S.ESCALATED),
        S.ANSWERED,
        P.OBSTACLE_ANSWER,
        needs=(*required_fields(Obstacle, "answer_kind", "answer"), FilesNeed("files", _l("Văn bản trả lời"))),
        effect=answer,
        notifies=("lead",),
        tone="primary",
    ),
    Move(
        "rate",
        _l("Đánh giá, đóng hồ sơ"),
        _l("Đơn vị nêu đã đánh giá"),
        (S.ANSWERED,),
        S.CLOSED,
        P.OBSTACLE_RAISE,
        needs=(*required_fields(Obstacle, "rating"), text_need("text", _l("Nhận xét"), required=False)),
        effect=rate,
        notifies=("agency", "lead"),
        tone="primary",
    ),
    Move(
        "reopen",
        _l("Đề nghị giải quyết tiếp"),
        _l("Đơn vị nêu đề nghị giải quyết tiếp"),
        (S.ANSWERED,),
        S.RAISED,
        P.OBSTACLE_RAISE,
        needs=(text_need("text", _l("Việc chưa được giải quyết")),),
        effect=reopen,
    ),
    Move(
        "withdraw",
        _l("Rút vướng mắc"),
        _l("Đơn vị nêu đã rút vướng mắc"),
        (S.RAISED, S.ASSIGNED, S.ESCALATED),
        S.WITHDRAWN,
        P.OBSTACLE_RAISE,
        needs=(text_need("text", _l("Lý do rút")),),
        notifies=("agency", "lead"),
        tone="danger",
    ),
    Move(
        "escalate",
        _l("Báo cáo UBND tỉnh"),
        _l("Quá hạn, đã báo cáo UBND tỉnh"),
        (S.RAISED, S.ASSIGNED),
        S.ESCALATED,
        P.CLOCK,
        effect=escalate,
        notifies=("owner", "agency", "lead", "province"),
    ),
    Move(
        "lapse",
        _l("Đóng hồ sơ chưa đánh giá"),
        _l("Hết hạn đánh giá, hồ sơ được đóng"),
        (S.ANSWERED,),
        S.CLOSED,
        P.CLOCK,
        notifies=("owner", "agency"),
    ),
)

OBSTACLE: Final = Workflow(
    code=CODE,
    label=_l("Khó khăn, vướng mắc"),
    one=_l("Vướng mắc"),
    prefix="VM",
    model=Obstacle,
    states=ObstacleState,
    start=S.RAISED,
    moves=MOVES,
    closing=frozenset({"withdraw", "rate"}),
    read=P.OBSTACLE_READ,
    judged=("owner",),
    page="obstacles.detail",
    index="obstacles.index",
    parties={
        "owner": organisation_party(_l("Đơn vị nêu vướng mắc"), lambda case: case.organisation_id),
        "agency": organisation_party(_l("Cơ quan được giao giải quyết"), lambda case: case.agency_id),
        "lead": Party(_l("Sở Khoa học và Công nghệ"), _of_role(Role.LEAD_DEPARTMENT), watches=True),
        "province": Party(_l("UBND tỉnh"), _of_role(Role.PROVINCIAL_PC), watches=True),
    },
    assignees={
        S.RAISED: Assignee("lead", P.OBSTACLE_ASSIGN),
        S.ASSIGNED: Assignee("agency", P.OBSTACLE_ANSWER, act=_l("Giải quyết và trả lời")),
        S.ESCALATED: Assignee("lead", P.OBSTACLE_ASSIGN, act=_l("Đôn đốc, giao cơ quan giải quyết")),
        S.ANSWERED: Assignee("owner", P.OBSTACLE_RAISE),
    },
    other_assignees={S.ESCALATED: Assignee("agency", P.OBSTACLE_ANSWER, act=_l("Giải quyết và trả lời"))},
    deadlines={
        S.RAISED: Deadline("assign", "obstacle.assign", "escalate", _LATE),
        S.ASSIGNED: Deadline("answer", "obstacle.answer", "escalate", _LATE),
        S.ANSWERED: Deadline("rating", "obstacle.rating", "lapse", _l("Hồ sơ được đóng mà không có đánh giá.")),
    },
    main_path=(S.RAISED, S.ASSIGNED, S.ANSWERED, S.CLOSED),
    has_messages=True,
    opening=("lead",),
    tones=TONES,
)
