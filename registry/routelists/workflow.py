"""Two ways: of a proposed street through its review, and of the list of a year to its decision."""

from __future__ import annotations

from datetime import date
from typing import Final

from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.kernel.fields import Field
from registry.kernel.i18n import _l
from registry.notices.service import Audience
from registry.routelists import moves
from registry.routelists.models import ItemState, ListState, RouteItem, RouteList
from registry.workflow.definition import Deadline, FilesNeed, Move, Party, Turn, Workflow
from registry.workflow.needs import text_need

S = ItemState
L = ListState
_NUMBER = 100
#: Sở Xây dựng may still answer what came late.
_REVIEWABLE = (S.UNDER_REVIEW, S.OVERDUE)


def _proposer(ctx: Ctx, case: RouteItem) -> Audience:
    """Whoever proposes in the street's commune: others of the same office may not know of it."""
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


_PHOTOS: Final = FilesNeed("photos", _l("Ảnh hiện trạng, tài liệu"))
ITEM: Final = Workflow(
    code="routeitem",
    label=_l("Đề xuất tuyến đường"),
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
            guard=moves.list_is_open,
            tells=("construction",),
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
            guard=moves.list_is_open,
            effect=moves.decide,
            tells=("proposer",),
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
            guard=moves.list_is_open,
            tells=("proposer",),
        ),
        Move(
            "reject",
            _l("Không đưa vào danh mục"),
            _l("Sở Xây dựng không đưa vào danh mục"),
            (*_REVIEWABLE, S.RETURNED),
            S.REJECTED,
            P.ROUTELIST_REVIEW,
            needs=(text_need("reason", _l("Lý do không đưa vào")),),
            guard=moves.list_is_open,
            effect=moves.decide,
            tells=("proposer",),
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
            guard=moves.list_is_open,
            tells=("construction",),
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
            tells=("construction",),
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
            guard=moves.list_is_open,
            effect=moves.take_back,
            tells=("proposer",),
        ),
        Move(
            "lapse",
            _l("Quá hạn thẩm tra"),
            _l("Sở Xây dựng chưa trả lời trong thời hạn"),
            (S.UNDER_REVIEW,),
            S.OVERDUE,
            P.CLOCK,
            tells=("construction", "lead"),
        ),
    ),
    read=P.ROUTELIST_ITEMS,
    papers=P.ROUTELIST_PAPERS,
    page="routelists.item",
    index="routelists.items",
    parties={
        "proposer": Party(_l("Đơn vị đề xuất"), _proposer),
        "construction": Party(_l("Sở Xây dựng"), _construction),
        "lead": Party(_l("Sở Khoa học và Công nghệ"), _lead),
    },
    turns={
        S.PROPOSED: Turn("proposer", P.ROUTELIST_PROPOSE),
        S.UNDER_REVIEW: Turn("construction", P.ROUTELIST_REVIEW),
        S.OVERDUE: Turn("construction", P.ROUTELIST_REVIEW),
        S.RETURNED: Turn("proposer", P.ROUTELIST_PROPOSE),
    },
    deadlines={
        S.UNDER_REVIEW: Deadline(
            "review",
            "routelist.review",
            "lapse",
            _l("Hồ sơ được đánh dấu quá hạn và báo Sở Khoa học và Công nghệ; Sở Xây dựng vẫn phải trả lời."),
        )
    },
    pauses={S.RETURNED: _l("chờ đơn vị đề xuất bổ sung")},
    road=(S.PROPOSED, S.UNDER_REVIEW, S.AGREED),
    tones={
        S.UNDER_REVIEW: "info",
        S.RETURNED: "warn",
        S.OVERDUE: "bad",
        S.AGREED: "good",
        S.REJECTED: "bad",
        S.WITHDRAWN: "dark",
    },
)

LIST: Final = Workflow(
    code="routelist",
    label=_l("Danh mục tuyến đường"),
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
                Field("decided_on", _l("Ngày quyết định"), required=True, python_type=date),
                FilesNeed("files", _l("Quyết định ban hành")),
            ),
            guard=moves.may_issue,
            effect=moves.issue,
            tells=("communes", "lead"),
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
            effect=moves.reopen,
            tells=("communes", "lead"),
            tone="danger",
        ),
    ),
    read=P.ROUTELIST_READ,
    page="routelists.detail",
    index="routelists.index",
    parties={
        "construction": Party(_l("Sở Xây dựng"), _construction),
        "communes": Party(_l("UBND xã, phường"), _communes),
        "lead": Party(_l("Sở Khoa học và Công nghệ"), _lead),
    },
    turns={L.COLLECTING: Turn("construction", P.ROUTELIST_ISSUE)},
    road=(L.COLLECTING, L.ISSUED),
    tones={L.COLLECTING: "info", L.ISSUED: "good"},
)
