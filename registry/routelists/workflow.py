"""Two workflows: a proposed street through its review, and the list of a year to its decision.

An item's move locks the row of its list in share mode, issuing locks it exclusively: an item cannot enter a review
while its list is being issued.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import func, select, update

from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.kernel.days import PAPER
from registry.kernel.errors import Invalid, MoveRefused
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l, _n, format_date
from registry.notices.events import ROLE_PARTIES, Audience, Party
from registry.routelists.models import ItemState, ListState, RouteItem, RouteList
from registry.routelists.papers import CODE, freeze_list
from registry.workflow.definition import Assignee, Data, Deadline, FilesNeed, Move, Workflow, text_need

S = ItemState
L = ListState
_NUMBER = 100
#: Sở Xây dựng can still answer after its deadline.
_REVIEWABLE = (S.UNDER_REVIEW, S.OVERDUE)


def require_list_open(ctx: Ctx, case: RouteItem, data: Data) -> None:
    """An issued list does not change: it must be reopened first."""
    del data
    require_open(share_list_lock(ctx, case.route_list_id))


def share_list_lock(ctx: Ctx, list_id: int) -> RouteList:
    """The current list, which cannot be issued or reopened until the transaction ends."""
    query = select(RouteList).where(RouteList.id == list_id).with_for_update(read=True, of=RouteList)
    return ctx.session.scalars(query.execution_options(populate_existing=True)).one()


def require_open(route_list: RouteList) -> None:
    """MoveRefused if the list has been issued."""
    if route_list.state is ListState.ISSUED:
        raise MoveRefused(
            _(
                "Danh mục năm %(year)d đã ban hành theo Quyết định %(number)s ngày %(day)s; Sở Xây dựng phải mở lại"
                " danh mục trước.",
                year=route_list.year,
                number=route_list.decision_number,
                day=format_date(route_list.decided_on),
            )
        )


def decide(ctx: Ctx, case: RouteItem, data: Data) -> None:
    """Store who decided, and when."""
    del data
    case.decided_at, case.decided_by_id = ctx.now, ctx.actor.id


def clear_decision(ctx: Ctx, case: RouteItem, data: Data) -> None:
    """Remove the decisions of the review and of an earlier edition of the list."""
    del ctx, data
    case.decided_at, case.decided_by_id = None, None
    case.decision_number, case.decided_on = None, None


def unsettled_states() -> tuple[ItemState, ...]:
    """States of a submitted item that wait for Sở Xây dựng or the proposer."""
    return tuple(state for state in ItemState if state in ITEM.open_states and state is not ITEM.start)


def may_issue(ctx: Ctx, case: RouteList, data: Data) -> None:
    """Every submitted item is settled, and the decision is not in the future."""
    decided_on = data["decided_on"]
    if decided_on > ctx.today:
        raise Invalid(
            {
                "decided_on": _(
                    "Ngày quyết định %(day)s chưa đến; cần ngày không sau hôm nay (%(today)s).",
                    day=format_date(decided_on),
                    today=format_date(ctx.today),
                )
            }
        )
    mine = RouteItem.route_list_id == case.id
    waiting = ctx.session.execute(
        select(func.count(), func.min(RouteItem.number)).where(mine, RouteItem.state.in_(unsettled_states()))
    ).one()
    if waiting[0]:
        raise MoveRefused(
            _n(
                "Danh mục năm %(year)d còn %(num)d đề xuất chưa thẩm tra xong (ví dụ %(number)s);"
                " hãy trả lời hết rồi ban hành.",
                waiting[0],
                year=case.year,
                number=waiting[1],
            )
        )
    if ctx.session.scalar(select(RouteItem.id).where(mine, RouteItem.state == ItemState.AGREED).limit(1)) is None:
        raise MoveRefused(
            _("Danh mục năm %(year)d chưa có tuyến đường nào được thống nhất; chưa thể ban hành.", year=case.year)
        )


def issue(ctx: Ctx, case: RouteList, data: Data) -> None:
    """List and agreed items store the decision."""
    decision = {"decision_number": data["decision_number"], "decided_on": data["decided_on"]}
    case.decision_number, case.decided_on = decision["decision_number"], decision["decided_on"]
    items = update(RouteItem).where(RouteItem.route_list_id == case.id, RouteItem.state == ItemState.AGREED)
    ctx.session.execute(items.values(version=RouteItem.version + 1, **decision))


def reopen(ctx: Ctx, case: RouteList, data: Data) -> None:
    """A new edition begins; items keep the decision of the previous edition until the next one."""
    del ctx, data
    case.edition += 1
    case.decision_number, case.decided_on = None, None


def _proposer(ctx: Ctx, case: RouteItem) -> Audience:
    """The role in the street's commune: others of the same office may not see it."""
    del ctx
    return Audience(roles=frozenset({Role.COMMUNE_PC}), unit_ids=frozenset({case.commune_id}))


def _construction(ctx: Ctx, case: RouteItem | RouteList) -> Audience:
    del ctx, case
    return Audience(roles=frozenset({Role.CONSTRUCTION_DEPARTMENT}))


def _lead(ctx: Ctx, case: RouteItem | RouteList) -> Audience:
    del ctx, case
    return Audience(roles=frozenset({Role.LEAD_DEPARTMENT}))


def _communes(ctx: Ctx, case: RouteList) -> Audience:
    del ctx, case
    return Audience(roles=frozenset({Role.COMMUNE_PC}))


#: The owners of the lines that an issued list binds: operators, and the power company among other owners.
_AFFECTED: Final = (Role.OPERATOR.value, Role.INFRA_OWNER.value)
_PHOTOS: Final = FilesNeed("photos", _l("Ảnh hiện trạng, tài liệu"))
ITEM: Final = Workflow(
    code="routeitem",
    label=_l("Đề xuất tuyến đường"),
    one=_l("Hồ sơ đề xuất tuyến đường"),
    prefix="TD",
    model=RouteItem,
    states=ItemState,
    closing=frozenset({"withdraw"}),
    start=S.PROPOSED,
    moves=(
        Move(
            "submit",
            _l("Gửi Sở Xây dựng"),
            _l("Đã gửi Sở Xây dựng"),
            (S.PROPOSED,),
            S.UNDER_REVIEW,
            P.ROUTELIST_PROPOSE,
            needs=(_PHOTOS,),
            guard=require_list_open,
            notifies=("construction",),
            tone="primary",
            gives_number=True,
        ),
        Move(
            "agree",
            _l("Thống nhất đưa vào danh mục"),
            _l("Sở Xây dựng thống nhất đưa vào danh mục"),
            _REVIEWABLE,
            S.AGREED,
            P.ROUTELIST_REVIEW,
            needs=(text_need("text", _l("Ý kiến thẩm tra"), required=False),),
            guard=require_list_open,
            effect=decide,
            notifies=("proposer",),
            tone="primary",
        ),
        Move(
            "return",
            _l("Trả lại để bổ sung"),
            _l("Sở Xây dựng yêu cầu bổ sung"),
            _REVIEWABLE,
            S.RETURNED,
            P.ROUTELIST_REVIEW,
            needs=(text_need("text", _l("Cần bổ sung gì")),),
            guard=require_list_open,
            notifies=("proposer",),
        ),
        Move(
            "reject",
            _l("Không đưa vào danh mục"),
            _l("Sở Xây dựng không đưa vào danh mục"),
            (*_REVIEWABLE, S.RETURNED),
            S.REJECTED,
            P.ROUTELIST_REVIEW,
            needs=(text_need("reason", _l("Lý do không đưa vào")),),
            guard=require_list_open,
            effect=decide,
            notifies=("proposer",),
            tone="danger",
        ),
        Move(
            "resubmit",
            _l("Gửi lại"),
            _l("Đã bổ sung và gửi lại"),
            (S.RETURNED,),
            S.UNDER_REVIEW,
            P.ROUTELIST_PROPOSE,
            needs=(text_need("text", _l("Đã bổ sung gì"), required=False), _PHOTOS),
            guard=require_list_open,
            notifies=("construction",),
            tone="primary",
        ),
        Move(
            "withdraw",
            _l("Rút đề xuất"),
            _l("Đã rút đề xuất"),
            (S.PROPOSED, *_REVIEWABLE, S.RETURNED),
            S.WITHDRAWN,
            P.ROUTELIST_PROPOSE,
            needs=(text_need("reason", _l("Lý do rút"), required=False),),
            notifies=("construction",),
            tone="danger",
        ),
        Move(
            "review_again",
            _l("Thẩm tra lại"),
            _l("Sở Xây dựng thẩm tra lại"),
            (S.AGREED, S.REJECTED),
            S.UNDER_REVIEW,
            P.ROUTELIST_REVIEW,
            needs=(text_need("reason", _l("Vì sao thẩm tra lại")),),
            guard=require_list_open,
            effect=clear_decision,
            notifies=("proposer",),
        ),
        Move(
            "lapse",
            _l("Quá hạn thẩm tra"),
            _l("Sở Xây dựng chưa trả lời trong thời hạn"),
            (S.UNDER_REVIEW,),
            S.OVERDUE,
            P.CLOCK,
            notifies=("construction", "lead"),
        ),
    ),
    read=P.ROUTELIST_ITEMS,
    judged=(),
    files_permission=P.ROUTELIST_PAPERS,
    page="routelists.item",
    index="routelists.items",
    parties={
        "proposer": Party(_l("Đơn vị đề xuất"), _proposer),
        "construction": Party(_l("Sở Xây dựng"), _construction, watches=True),
        "lead": Party(_l("Sở Khoa học và Công nghệ"), _lead, watches=True),
    },
    assignees={
        S.PROPOSED: Assignee("proposer", P.ROUTELIST_PROPOSE),
        S.UNDER_REVIEW: Assignee("construction", P.ROUTELIST_REVIEW),
        S.OVERDUE: Assignee("construction", P.ROUTELIST_REVIEW),
        S.RETURNED: Assignee("proposer", P.ROUTELIST_PROPOSE),
    },
    deadlines={
        S.UNDER_REVIEW: Deadline(
            "review",
            "routelist.review",
            "lapse",
            _l("Hồ sơ mang dấu quá hạn; Sở Xây dựng vẫn phải trả lời."),
        )
    },
    pauses={S.RETURNED: _l("chờ đơn vị đề xuất bổ sung")},
    main_path=(S.PROPOSED, S.UNDER_REVIEW, S.AGREED),
    tones={
        S.PROPOSED: "neutral",
        S.UNDER_REVIEW: "info",
        S.RETURNED: "warn",
        S.OVERDUE: "bad",
        S.AGREED: "good",
        S.REJECTED: "bad",
        S.WITHDRAWN: "dark",
    },
)

LIST: Final = Workflow(
    code=CODE,
    label=_l("Danh mục tuyến đường"),
    one=_l("Hồ sơ danh mục tuyến đường"),
    prefix="DM",
    model=RouteList,
    states=ListState,
    start=L.COLLECTING,
    moves=(
        Move(
            "issue",
            _l("Ban hành danh mục"),
            _l("Đã ban hành danh mục"),
            (L.COLLECTING,),
            L.ISSUED,
            P.ROUTELIST_ISSUE,
            needs=(
                Field("decision_number", _l("Số quyết định"), max_length=_NUMBER, required=True),
                Field("decided_on", _l("Ngày quyết định"), required=True, python_type=date, span=PAPER),
                FilesNeed("files", _l("Quyết định ban hành")),
            ),
            guard=may_issue,
            effect=issue,
            notifies=("communes", *_AFFECTED, "lead", Role.PROVINCIAL_PC.value),
            tone="primary",
        ),
        Move(
            "reopen",
            _l("Mở lại để sửa đổi, bổ sung"),
            _l("Mở lại danh mục để sửa đổi, bổ sung"),
            (L.ISSUED,),
            L.COLLECTING,
            P.ROUTELIST_ISSUE,
            needs=(text_need("reason", _l("Vì sao mở lại")),),
            effect=reopen,
            notifies=("communes", *_AFFECTED, "lead", Role.PROVINCIAL_PC.value),
            tone="danger",
        ),
    ),
    papers=freeze_list,
    read=P.ROUTELIST_READ,
    judged=(),
    page="routelists.detail",
    index="routelists.index",
    parties={
        "construction": Party(_l("Sở Xây dựng"), _construction, watches=True),
        "communes": Party(_l("UBND xã, phường"), _communes),
        **ROLE_PARTIES,
        "lead": Party(_l("Sở Khoa học và Công nghệ"), _lead, watches=True),
    },
    assignees={L.COLLECTING: Assignee("construction", P.ROUTELIST_ISSUE)},
    main_path=(L.COLLECTING, L.ISSUED),
    tones={L.COLLECTING: "info", L.ISSUED: "good"},
)
