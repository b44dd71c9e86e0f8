"""The workflows: a site is offered until it is taken or withdrawn; a request is answered by the office of the site.

Who answers a request locks it alone and reads the site; who withdraws a site locks it and then its open requests. So
the two wait for each other and never deadlock.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sqlalchemy import select

from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.kernel.days import APPOINTED, later_problem
from registry.kernel.errors import Invalid, MoveRefused
from registry.kernel.i18n import _, _l, _n
from registry.notices.events import ROLE_PARTIES, Party, organisation_party
from registry.offered_sites.codes import (
    OPEN_REQUESTS,
    REQUEST_CODE,
    REQUEST_TONES,
    SITE_CODE,
    SITE_TONES,
    OfferedSiteState,
    SiteRequestState,
)
from registry.offered_sites.models import OfferedSite, SiteRequest
from registry.workflow.definition import Assignee, Data, Deadline, FilesNeed, Move, Workflow, day_need, text_need
from registry.workflow.engine import fire_by_clock, lock_case

S, R = OfferedSiteState, SiteRequestState
_ASKERS: Final = (Role.OPERATOR.value, Role.INFRA_OWNER.value)


def _open_requests(ctx: Ctx, site_id: int) -> list[int]:
    query = select(SiteRequest.id).where(SiteRequest.site_id == site_id, SiteRequest.state.in_(OPEN_REQUESTS))
    return list(ctx.session.scalars(query.order_by(SiteRequest.id)))


def may_fill(ctx: Ctx, case: OfferedSite, data: Data) -> None:
    """Each request was answered."""
    del data
    count = len(_open_requests(ctx, case.id))
    if count:
        raise MoveRefused(
            _n(
                "Còn %(num)d đề nghị chưa trả lời về địa điểm này; cần trả lời trước.",
                count,
            )
        )


def withdraw_site(ctx: Ctx, case: OfferedSite, data: Data) -> None:
    """Its open requests end with it; those who asked are notified. One that is answered meanwhile keeps its answer."""
    del data
    for request_id in _open_requests(ctx, case.id):
        request = lock_case(ctx, REQUEST, request_id)
        if request.state in OPEN_REQUESTS:
            fire_by_clock(ctx, REQUEST, request, "lose_site")


def may_grant(ctx: Ctx, case: SiteRequest, data: Data) -> None:
    """The site is still offered, and the last day is not before the first."""
    site = ctx.session.get_one(OfferedSite, case.site_id, populate_existing=True)
    if site.state is not S.OFFERED:
        raise MoveRefused(
            _(
                "%(number)s đang ở trạng thái “%(state)s” nên không bố trí được.",
                number=site.number,
                state=site.state.label,
            )
        )
    until: date = data["granted_until"]
    problem = later_problem((_("Sử dụng từ ngày"), case.wanted_from), (_("Được sử dụng đến hết ngày"), until))
    if problem is not None:
        raise Invalid({"granted_until": problem})


def grant(ctx: Ctx, case: SiteRequest, data: Data) -> None:
    case.answered_at, case.answer, case.granted_until = ctx.now, data["answer"], data["granted_until"]


def refuse(ctx: Ctx, case: SiteRequest, data: Data) -> None:
    case.answered_at, case.answer = ctx.now, data["answer"]


def _held_by(read: Any, label: Any) -> Party:
    return organisation_party(label, read)


SITE: Final = Workflow(
    code=SITE_CODE,
    label=_l("Địa điểm cung cấp để lắp đặt"),
    one=_l("Địa điểm"),
    prefix="DD",
    model=OfferedSite,
    states=OfferedSiteState,
    start=S.OFFERED,
    moves=(
        Move(
            "fill",
            _l("Đánh dấu đã bố trí hết"),
            _l("Đã bố trí hết"),
            (S.OFFERED,),
            S.TAKEN,
            P.OFFERED_SITE_KEEP,
            guard=may_fill,
        ),
        Move(
            "reopen",
            _l("Cung cấp lại"),
            _l("Đã cung cấp lại"),
            (S.TAKEN,),
            S.OFFERED,
            P.OFFERED_SITE_KEEP,
            notifies=_ASKERS,
            tone="primary",
        ),
        Move(
            "withdraw",
            _l("Rút địa điểm"),
            _l("Đã rút địa điểm"),
            (S.OFFERED, S.TAKEN),
            S.WITHDRAWN,
            P.OFFERED_SITE_KEEP,
            needs=(text_need("text", _l("Lý do rút")),),
            effect=withdraw_site,
            tone="danger",
        ),
    ),
    closing=frozenset({"withdraw"}),
    read=P.OFFERED_SITE_READ,
    judged=(),
    page="offered_sites.detail",
    index="offered_sites.index",
    parties={
        "office": _held_by(lambda case: case.organisation_id, _l("Cơ quan cung cấp địa điểm")),
        **{name: ROLE_PARTIES[name] for name in _ASKERS},
    },
    main_path=(S.OFFERED, S.TAKEN),
    opening=_ASKERS,
    tones=SITE_TONES,
)

REQUEST: Final = Workflow(
    code=REQUEST_CODE,
    label=_l("Đề nghị sử dụng địa điểm"),
    one=_l("Đề nghị sử dụng địa điểm"),
    prefix="DN",
    model=SiteRequest,
    states=SiteRequestState,
    start=R.SENT,
    moves=(
        Move(
            "grant",
            _l("Đồng ý bố trí"),
            _l("Đã đồng ý bố trí"),
            OPEN_REQUESTS,
            R.GRANTED,
            P.SITE_REQUEST_ANSWER,
            needs=(
                text_need("answer", _l("Nội dung trả lời")),
                day_need("granted_until", _l("Được sử dụng đến hết ngày"), APPOINTED),
                FilesNeed("files", _l("Văn bản trả lời")),
            ),
            guard=may_grant,
            effect=grant,
            notifies=("owner", "lead"),
            tone="primary",
        ),
        Move(
            "refuse",
            _l("Không đồng ý"),
            _l("Không đồng ý bố trí"),
            OPEN_REQUESTS,
            R.REFUSED,
            P.SITE_REQUEST_ANSWER,
            needs=(text_need("answer", _l("Lý do")), FilesNeed("files", _l("Văn bản trả lời"))),
            effect=refuse,
            notifies=("owner", "lead"),
        ),
        Move(
            "withdraw",
            _l("Rút đề nghị"),
            _l("Đã rút đề nghị"),
            OPEN_REQUESTS,
            R.WITHDRAWN,
            P.SITE_REQUEST_SEND,
            needs=(text_need("text", _l("Lý do rút")),),
            notifies=("office",),
            tone="danger",
        ),
        Move(
            "miss",
            _l("Quá hạn trả lời"),
            _l("Quá hạn trả lời đề nghị"),
            (R.SENT,),
            R.OVERDUE,
            P.CLOCK,
            notifies=("owner", "office", "lead"),
        ),
        Move(
            "lose_site",
            _l("Địa điểm đã rút"),
            _l("Cơ quan cung cấp đã rút địa điểm"),
            OPEN_REQUESTS,
            R.SITE_GONE,
            P.CLOCK,
            notifies=("owner",),
        ),
    ),
    system_moves=frozenset({"lose_site"}),
    closing=frozenset({"withdraw"}),
    read=P.SITE_REQUEST_READ,
    judged=("owner",),
    page="site_requests.detail_of_request",
    index="site_requests.index_of_requests",
    parties={
        "owner": _held_by(lambda case: case.organisation_id, _l("Đơn vị đề nghị")),
        "office": _held_by(lambda case: case.office_id, _l("Cơ quan cung cấp địa điểm")),
        "lead": ROLE_PARTIES[Role.LEAD_DEPARTMENT.value],
    },
    assignees={
        R.SENT: Assignee("office", P.SITE_REQUEST_ANSWER),
        R.OVERDUE: Assignee("office", P.SITE_REQUEST_ANSWER),
    },
    deadlines={
        R.SENT: Deadline(
            "answer",
            "offered_site.answer",
            "miss",
            _l("Đề nghị được đánh dấu quá hạn, Sở Khoa học và Công nghệ được thông báo; cơ quan vẫn trả lời được."),
        )
    },
    main_path=(R.SENT, R.GRANTED),
    has_messages=True,
    opening=("office",),
    tones=REQUEST_TONES,
)
