"""Two workflows: a proposed street through its review, and the list of a year to its decision.

An item's move locks the row of its list in share mode, issuing locks it exclusively: an item cannot enter a review
while its list is being issued.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, Final

from sqlalchemy import func, insert, literal, select, update

from registry.accounts.models import Organisation, OrganisationKind
from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.kernel.days import PAPER
from registry.kernel.errors import Invalid, MoveRefused
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l, _n, format_date
from registry.notices.events import ROLE_PARTIES, Audience, Party
from registry.routelists import joining, merging, progress
from registry.routelists.common import require_open, share_list_lock, shared_lists
from registry.routelists.content import FROZEN, agreed_in, content_hash, list_conflict, list_digest, list_facts
from registry.routelists.doubles import exception_of, read_doubles
from registry.routelists.models import (
    ItemState,
    ListState,
    RouteEditionItem,
    RouteItem,
    RouteList,
    RouteListEdition,
)
from registry.routelists.papers import CODE, freeze_list
from registry.routelists.progress_models import WorkState
from registry.routelists.queries import next_item, searched_text
from registry.routelists.rounds import ROUND_MOVES, ROUND_PARTIES, require_comments_over
from registry.routelists.rules import WAITING
from registry.workflow.definition import Assignee, Data, Deadline, FilesNeed, Move, Workflow, text_need

S = ItemState
L = ListState
_NUMBER = 100
#: Event of a street that was split.
SPLIT: Final = "split"


def require_list_open(ctx: Ctx, case: RouteItem, data: Data) -> None:
    """An issued list does not change: it must be reopened first."""
    del data
    require_open(share_list_lock(ctx, case.route_list_id))


@contextmanager
def read_for_moves(ctx: Ctx, cases: Sequence[RouteItem]) -> Iterator[None]:
    """Read the lists and proposers of streets at once."""
    proposers = select(Organisation).where(Organisation.id.in_({case.organisation_id for case in cases}))
    # The session holds what it has read as long as somebody does.
    organisations = ctx.session.scalars(proposers).all()
    with shared_lists(ctx, {case.route_list_id for case in cases}):
        yield
    del organisations


@contextmanager
def read_for_exceptions(ctx: Ctx, cases: Sequence[RouteItem]) -> Iterator[None]:
    """The same, and what makes a reason necessary."""
    with read_for_moves(ctx, cases), read_doubles(ctx, cases):
        yield


def may_send(ctx: Ctx, case: RouteItem, data: Data) -> None:
    """The list takes streets, and the street has its line."""
    require_list_open(ctx, case, data)
    if case.length_m is None:
        raise MoveRefused(
            _("%(title)s chưa có vị trí; hãy sửa đề xuất, vẽ tuyến trên bản đồ rồi gửi.", title=case.title)
        )


def not_started(ctx: Ctx, case: RouteItem) -> str | None:
    """Why a street is not reviewed again: its work goes on, or is done."""
    work = None if case.decision_number is None else progress.work_of(ctx, case.id)
    if work is None or work.state is WorkState.DROPPED:
        return None
    return _("Tuyến đang ở tiến độ “%(state)s”; dừng công việc trước khi thẩm tra lại.", state=work.state.label)


def decide(ctx: Ctx, case: RouteItem, data: Data) -> None:
    """Store who decided, and when."""
    del data
    case.decided_at, case.decided_by_id = ctx.now, ctx.actor.id


def clear_decision(ctx: Ctx, case: RouteItem, data: Data) -> None:
    """Remove the decision of the review; that of an issued edition stays with the item."""
    del ctx, data
    case.decided_at, case.decided_by_id = None, None


def unsettled_states() -> tuple[ItemState, ...]:
    """States of a submitted item that wait for Sở Xây dựng or the proposer."""
    return tuple(state for state in ItemState if state in ITEM.open_states and state is not ITEM.start)


def may_issue(ctx: Ctx, case: RouteList, data: Data) -> None:
    """Every submitted item is settled, no comments are awaited, and the decision is not in the future."""
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
    require_comments_over(ctx, case)
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
    """List and agreed items store the decision; the edition stores the items as they are now."""
    decision = {"decision_number": data["decision_number"], "decided_on": data["decided_on"]}
    case.decision_number, case.decided_on = decision["decision_number"], decision["decided_on"]
    agreed, hashed = agreed_in(case.id), content_hash(ctx, case.id)
    ctx.session.execute(update(RouteItem).where(*agreed).values(version=RouteItem.version + 1, **decision))
    edition = RouteListEdition(
        route_list_id=case.id, edition=case.edition, issued_at=ctx.now, sha256=hashed, **decision
    )
    ctx.session.add(edition)
    ctx.session.flush()
    frozen = select(literal(edition.id), RouteItem.id, *(getattr(RouteItem, name) for name in FROZEN)).where(*agreed)
    columns = ("edition_id", "route_item_id", *FROZEN)
    ctx.session.execute(insert(RouteEditionItem).from_select(columns, frozen))


def reopen(ctx: Ctx, case: RouteList, data: Data) -> None:
    """The next edition begins; the last one is in force until it is issued."""
    del ctx, data
    case.edition += 1


def list_state_texts(ctx: Ctx, cases: Sequence[RouteList]) -> dict[int, str]:
    """What a list that is being amended has in force."""
    del ctx
    return {
        case.id: _(
            "Đang lập bản sửa đổi lần %(next)d, bản lần %(last)d còn hiệu lực", next=case.edition, last=case.edition - 1
        )
        for case in cases
        if case.state is ListState.COLLECTING and case.decision_number is not None
    }


def _proposer(ctx: Ctx, case: RouteItem) -> Audience:
    """The role in the street's commune: others of the same office may not see it; else the organisation."""
    if ctx.session.get_one(Organisation, case.organisation_id).kind is not OrganisationKind.COMMUNE_COMMITTEE:
        return Audience(organisation_ids=frozenset({case.organisation_id}))
    return Audience(roles=frozenset({Role.COMMUNE_PC}), unit_ids=frozenset({case.commune_id}))


def exception_needs(ctx: Ctx, case: RouteItem) -> list[Field]:
    """What the proposer says of a double or a road outside towns that turned up since the proposal was saved."""
    if case.exception_reason or not (problem := exception_of(ctx, case)):
        return []
    return [text_need("exception", _l("Lý do vẫn đề nghị gửi"), hint=problem)]


def acceptance_needs(ctx: Ctx, case: RouteItem) -> list[Field]:
    """What the department says of a double or a road outside towns that it takes into the list."""
    problem = exception_of(ctx, case)
    return [text_need("exception", _l("Lý do vẫn đưa vào danh mục"), hint=problem)] if problem else []


def keep_exception(ctx: Ctx, case: RouteItem, data: Data) -> None:
    """The item states from now on why it was sent although it is a double or outside towns."""
    del ctx
    case.exception_reason = data.get("exception") or case.exception_reason


def next_waiting(ctx: Ctx, case: RouteItem, move: Move) -> tuple[str, Mapping[str, Any]] | None:
    """After a decision on an item: the next one of its list that waits for the department, if there is one."""
    if move.permission is not P.ROUTELIST_REVIEW or move.name == "review_again":
        return None
    following = next_item(ctx, case)
    return None if following is None else ("routelists.item", {"case_id": following})


def _construction(ctx: Ctx, case: RouteItem | RouteList) -> Audience:
    del ctx, case
    return Audience(roles=frozenset({Role.CONSTRUCTION_DEPARTMENT}))


def _lead(ctx: Ctx, case: RouteItem | RouteList) -> Audience:
    del ctx, case
    return Audience(roles=frozenset({Role.LEAD_DEPARTMENT}))


def _communes(ctx: Ctx, case: RouteList) -> Audience:
    del ctx, case
    return Audience(roles=frozenset({Role.COMMUNE_PC}))


#: Those who build or pay by an issued list: operators, the power company among other owners, the committee of the
#: province and the departments of finance, and of industry and trade.
_AFFECTED: Final = (
    Role.OPERATOR.value,
    Role.INFRA_OWNER.value,
    Role.PROVINCIAL_PC.value,
    Role.FINANCE_DEPARTMENT.value,
    Role.INDUSTRY_TRADE_DEPARTMENT.value,
)
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
            guard=may_send,
            case_needs=exception_needs,
            effect=keep_exception,
            notifies=("construction",),
            tone="primary",
            gives_number=True,
            reads=read_for_exceptions,
        ),
        Move(
            "agree",
            _l("Thống nhất đưa vào danh mục"),
            _l("Sở Xây dựng thống nhất đưa vào danh mục"),
            WAITING,
            S.AGREED,
            P.ROUTELIST_REVIEW,
            needs=(text_need("text", _l("Ý kiến thẩm tra"), required=False),),
            guard=require_list_open,
            case_needs=acceptance_needs,
            effect=decide,
            notifies=("proposer",),
            tone="primary",
            reads=read_for_exceptions,
        ),
        Move(
            "return",
            _l("Trả lại để bổ sung"),
            _l("Sở Xây dựng yêu cầu bổ sung"),
            WAITING,
            S.RETURNED,
            P.ROUTELIST_REVIEW,
            needs=(text_need("text", _l("Nội dung yêu cầu bổ sung")),),
            guard=require_list_open,
            notifies=("proposer",),
            reads=read_for_moves,
        ),
        Move(
            "reject",
            _l("Không đưa vào danh mục"),
            _l("Sở Xây dựng không đưa vào danh mục"),
            (*WAITING, S.RETURNED),
            S.REJECTED,
            P.ROUTELIST_REVIEW,
            needs=(text_need("reason", _l("Lý do không đưa vào")),),
            guard=require_list_open,
            effect=decide,
            notifies=("proposer",),
            tone="danger",
            reads=read_for_moves,
        ),
        Move(
            "resubmit",
            _l("Gửi lại"),
            _l("Đã bổ sung và gửi lại"),
            (S.RETURNED,),
            S.UNDER_REVIEW,
            P.ROUTELIST_PROPOSE,
            needs=(text_need("text", _l("Nội dung đã bổ sung"), required=False), _PHOTOS),
            guard=require_list_open,
            case_needs=exception_needs,
            effect=keep_exception,
            notifies=("construction",),
            tone="primary",
        ),
        Move(
            "withdraw",
            _l("Rút đề xuất"),
            _l("Đã rút đề xuất"),
            (S.PROPOSED, *WAITING, S.RETURNED),
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
            needs=(text_need("reason", _l("Lý do thẩm tra lại")),),
            obstacle=not_started,
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
        *merging.MOVES,
        *joining.MOVES,
        *progress.MOVES,
    ),
    event_labels={
        merging.TOOK_UP: _l("Gộp một tuyến vào tuyến này"),
        merging.GAVE_BACK: _l("Tách lại tuyến đã gộp vào tuyến này"),
        SPLIT: _l("Tách tuyến"),
        "link_planned": _l("Ghi công trình dự kiến của tuyến"),
        "unlink_planned": _l("Bỏ công trình dự kiến của tuyến"),
        "link_built": _l("Ghi công trình hoàn thành"),
        "link_work": _l("Liên kết thông báo thi công"),
        "unlink_work": _l("Bỏ liên kết thông báo thi công"),
        "unlink_built": _l("Bỏ công trình hoàn thành"),
    },
    read=P.ROUTELIST_ITEMS,
    judged=(),
    files_permission=P.ROUTELIST_PAPERS,
    page="routelists.item",
    index="routelists.items",
    next_page=next_waiting,
    state_texts=progress.item_state_texts,
    search_text=searched_text,
    parties={
        "proposer": Party(_l("Đơn vị đề xuất"), _proposer),
        "construction": Party(_l("Sở Xây dựng"), _construction, watches=True),
        "lead": Party(_l("Sở Khoa học và Công nghệ"), _lead, watches=True),
        Role.OPERATOR.value: ROLE_PARTIES[Role.OPERATOR.value],
    },
    assignees={
        S.PROPOSED: Assignee("proposer", P.ROUTELIST_PROPOSE),
        S.UNDER_REVIEW: Assignee("construction", P.ROUTELIST_REVIEW, act=_l("Thẩm tra đề xuất")),
        S.OVERDUE: Assignee("construction", P.ROUTELIST_REVIEW, act=_l("Thẩm tra đề xuất")),
        S.RETURNED: Assignee("proposer", P.ROUTELIST_PROPOSE),
    },
    deadlines={
        S.UNDER_REVIEW: Deadline(
            "review",
            "routelist.review",
            "lapse",
            _l("Hồ sơ được đánh dấu quá hạn; Sở Xây dựng vẫn phải trả lời."),
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
        S.MERGED: "dark",
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
        *ROUND_MOVES,
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
                FilesNeed("files", _l("Quyết định ban hành"), required=True, must_be_new=True),
            ),
            guard=may_issue,
            effect=issue,
            current_values=list_facts,
            reads_content=True,
            notifies=("communes", *_AFFECTED, "lead"),
            tone="primary",
        ),
        Move(
            "reopen",
            _l("Mở lại để sửa đổi, bổ sung"),
            _l("Mở lại danh mục để sửa đổi, bổ sung"),
            (L.ISSUED,),
            L.COLLECTING,
            P.ROUTELIST_ISSUE,
            needs=(text_need("reason", _l("Lý do mở lại")),),
            effect=reopen,
            notifies=("communes", *_AFFECTED, "lead"),
            tone="danger",
        ),
    ),
    papers=freeze_list,
    decision_digest=list_digest,
    digest_conflict=list_conflict,
    read=P.ROUTELIST_READ,
    judged=(),
    page="routelists.detail",
    index="routelists.index",
    parties={
        "construction": Party(_l("Sở Xây dựng"), _construction, watches=True),
        "communes": Party(_l("UBND xã, phường"), _communes),
        **ROUND_PARTIES,
        **ROLE_PARTIES,
        "lead": Party(_l("Sở Khoa học và Công nghệ"), _lead, watches=True),
    },
    assignees={L.COLLECTING: Assignee("construction", P.ROUTELIST_ISSUE)},
    state_texts=list_state_texts,
    main_path=(L.COLLECTING, L.ISSUED),
    tones={L.COLLECTING: "info", L.ISSUED: "good"},
)
