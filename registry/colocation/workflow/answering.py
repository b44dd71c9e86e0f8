"""Moves of the owner: accept, reject, offer, survey, extend, return; and what follows from its silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.capacity.models import CapacityPlace
from registry.colocation.codes import ColocationState, ItemDecision, RefusalGround, RequestKind
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.queries import item_options
from registry.colocation.queue import CODE, QueuedItem, is_filed_before, notify_passed_over, queues_of
from registry.colocation.rules import SETTLING
from registry.colocation.settlement import ONE_YEAR, check_day
from registry.colocation.workflow import offers
from registry.colocation.workflow.common import (
    AFTER_ANSWER,
    ANSWERABLE,
    DESPITE_ROOM,
    EVIDENCE_FILES,
    check_grantable,
    check_ground,
    chosen_items,
    conclude_answers,
    decide_item,
    grant,
    item_codes,
    items_by_id,
    units_to_reserve,
)
from registry.kernel.clock import local_date
from registry.kernel.days import APPOINTED
from registry.kernel.errors import Invalid, MoveRefused
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l
from registry.workflow.clocks import extend_clock, find_term, open_clock
from registry.workflow.definition import Branch, Data, ItemsNeed, Move, same_state, text_need

S = ColocationState
#: The law says how many at most; this is the bound of the field where no case is at hand.
_EXTENSION_DAYS: Final = Field(
    "days",
    _l("Số ngày gia hạn"),
    minimum=Decimal(1),
    maximum=Decimal(365),
    required=True,
    python_type=int,
)
EXTENSION_TERM: Final = "colocation.extension"
RESERVATION_EXTENSION_TERM: Final = "colocation.reservation_extension"
_UNANSWERED = (ItemDecision.PENDING, ItemDecision.UPGRADING)


def pending_items(ctx: Ctx, case: ColocationRequest) -> Sequence[tuple[int, str]]:
    return item_options(ctx, case, _UNANSWERED)


def acceptable_items(ctx: Ctx, case: ColocationRequest) -> Sequence[tuple[int, str]]:
    """The items that may be accepted: unanswered ones, and rejected ones during a dispute.

    Once every item is answered also those refused for lack of capacity, as capacity may have become free.
    """
    if case.state in SETTLING:
        return item_options(ctx, case, (*_UNANSWERED, ItemDecision.REJECTED))
    if case.state in (S.ACCEPTED, S.REJECTED):
        lacked_capacity = ColocationItem.ground == RefusalGround.NO_CAPACITY
        return item_options(ctx, case, (ItemDecision.REJECTED,), lacked_capacity)
    return item_options(ctx, case, _UNANSWERED)


def may_accept(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """Every structure is in use and published, its place is chosen, and no earlier request is passed over."""
    item_ids = chosen_items(data, acceptable_items(ctx, case))
    items = items_by_id(ctx, case, item_ids)
    check_grantable(ctx, case, item_ids)
    if case.kind is not RequestKind.REMOVE and not data.get("out_of_turn"):
        _check_turn(ctx, case, items)


def accept(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """Places are reserved; all reservations of the request end together, one term after its last answer."""
    items = items_by_id(ctx, case, set(data["items"]))
    for request_id in _passed_over(ctx, case, items) if data.get("out_of_turn") else ():
        notify_passed_over(ctx, request_id, data["out_of_turn"])
    grant(ctx, case, items, data.get("answer"))
    conclude_answers(ctx, case)


def may_reject(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """Ground, evidence and answer are required; lack of capacity needs a document."""
    check_ground(ctx, case, chosen_items(data, pending_items(ctx, case)), data)


def reject(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """Ground, evidence and answer are stored with each item."""
    for item in items_by_id(ctx, case, set(data["items"])):
        decide_item(ctx, item, ItemDecision.REJECTED, data.get("answer"))
        item.ground, item.evidence = data["ground"], data["evidence"]
    conclude_answers(ctx, case)


def is_survey_day(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """The survey is between today and one year ahead."""
    check_day("survey_on", data["survey_on"], ctx.today, ctx.today + ONE_YEAR)


def may_extend(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """Once, and by no more than the legal maximum (force majeure)."""
    _check_not_extended(ctx, case)
    most = _longest_extension(ctx, case)
    if not 1 <= data["days"] <= most:
        clock = open_clock(ctx.session, CODE, case.id)
        sentence = _(
            "Gia hạn %(days)d %(unit)s không hợp lệ; cần từ 1 đến %(most)d %(unit)s.",
            days=data["days"],
            most=most,
            unit=clock.law.unit.label if clock is not None else "",
        )
        raise Invalid({"days": sentence})


def _longest_extension(ctx: Ctx, case: ColocationRequest) -> int:
    return find_term(ctx.session, EXTENSION_TERM, _law_day(ctx, case), case.owner_organisation_id).length


def extension_days(ctx: Ctx, case: ColocationRequest) -> Sequence[Field]:
    """The days of the extension, up to the legal maximum."""
    return [replace(_EXTENSION_DAYS, maximum=Decimal(_longest_extension(ctx, case)))]


def extend(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """The owner's term is longer by these days."""
    extend_clock(ctx, CODE, case.id, int(data["days"]))


def may_extend_reservation(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """A reservation is extended once."""
    _check_not_extended(ctx, case)


def extend_reservation(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """Reservations are extended by one term; the clock moves their end."""
    more = find_term(ctx.session, RESERVATION_EXTENSION_TERM, _law_day(ctx, case), case.owner_organisation_id)
    extend_clock(ctx, CODE, case.id, more.length)


def _check_not_extended(ctx: Ctx, case: ColocationRequest) -> None:
    clock = open_clock(ctx.session, CODE, case.id)
    if clock is not None and clock.extra:
        raise MoveRefused(
            _("%(number)s đã được gia hạn một lần nên không gia hạn được nữa.", number=case.number or case.title)
        )


def _law_day(ctx: Ctx, case: ColocationRequest) -> date:
    return local_date(case.filed_at) if case.filed_at else ctx.today


def _passed_over(ctx: Ctx, case: ColocationRequest, items: Sequence[ColocationItem]) -> list[int]:
    """Requests filed earlier that wait for one of the places."""
    queues = queues_of(ctx, {item.place_id for item in items if item.place_id is not None})
    waiting: list[QueuedItem] = [queued for queue in queues.values() for queued in queue]
    return sorted({queued.request_id for queued in waiting if is_filed_before(queued, case)})


def _check_turn(ctx: Ctx, case: ColocationRequest, items: Sequence[ColocationItem]) -> None:
    """Enough capacity must stay for those who filed earlier; otherwise the owner must give a reason."""
    asked: dict[int, int] = {}
    for item in items:
        if item.place_id is not None:
            asked[item.place_id] = asked.get(item.place_id, 0) + units_to_reserve(ctx, case, item)
    queues = queues_of(ctx, asked)
    for slot in ctx.session.scalars(select(CapacityPlace).where(CapacityPlace.id.in_(queues))):
        before = sum(queued.quantity for queued in queues[slot.id] if is_filed_before(queued, case))
        if before and slot.free is not None and asked[slot.id] <= slot.free < before + asked[slot.id]:
            raise Invalid(
                {
                    "out_of_turn": _(
                        "“%(place)s” còn trống %(free)d, trong khi các đề nghị nộp trước đang chờ %(before)d; hãy "
                        "trả lời các đề nghị đó trước, hoặc nêu lý do chấp thuận trước.",
                        place=slot.label,
                        free=slot.free,
                        before=before,
                    )
                }
            )


MOVES: Final = (
    Move(
        "accept",
        _l("Chấp thuận"),
        _l("Chủ sở hữu chấp thuận"),
        (*ANSWERABLE, S.UPGRADING, S.ACCEPTED, S.REJECTED),
        AFTER_ANSWER,
        P.COLOCATION_DECIDE,
        needs=(
            ItemsNeed("items", _l("Công trình được chấp thuận"), acceptable_items, names=item_codes, in_notices=True),
            text_need("answer", _l("Điều kiện, nội dung khác"), required=False),
            text_need(
                "out_of_turn",
                _l("Lý do chấp thuận trước các đề nghị nộp trước"),
                needed_when=_l("khi chỗ còn lại không đủ cho cả các đề nghị nộp trước"),
                hint=_l("Sở và các bên nộp trước được xem lý do."),
            ),
        ),
        guard=may_accept,
        effect=accept,
        notifies=("requester", "lead"),
        tone="primary",
    ),
    Move(
        "reject",
        _l("Từ chối"),
        _l("Chủ sở hữu từ chối"),
        (*ANSWERABLE, S.UPGRADING),
        AFTER_ANSWER,
        P.COLOCATION_DECIDE,
        needs=(
            ItemsNeed(
                "items", _l("Công trình bị từ chối"), pending_items, names=item_codes, in_notices=True, is_preset=False
            ),
            Field("ground", _l("Căn cứ từ chối"), choices=RefusalGround, required=True),
            text_need(
                "evidence",
                _l("Chứng cứ"),
                hint=_l("Số liệu, khảo sát, quy hoạch chứng minh căn cứ; từ chối không có căn cứ là hành vi vi phạm."),
            ),
            DESPITE_ROOM,
            text_need("answer", _l("Trả lời bên đề nghị")),
            EVIDENCE_FILES,
        ),
        guard=may_reject,
        effect=reject,
        notifies=("requester", "lead"),
        tone="danger",
    ),
    offers.OFFER,
    Move(
        "survey",
        _l("Khảo sát kỹ thuật"),
        _l("Chủ sở hữu tổ chức khảo sát kỹ thuật"),
        (S.UNDER_REVIEW,),
        S.SURVEYING,
        P.COLOCATION_DECIDE,
        needs=(
            Field("survey_on", _l("Ngày khảo sát"), required=True, python_type=date, span=APPOINTED),
            text_need("text", _l("Nội dung, thành phần khảo sát và đầu mối liên hệ")),
        ),
        guard=is_survey_day,
        notifies=("requester", "lead"),
    ),
    Move(
        "extend",
        _l("Gia hạn trả lời"),
        _l("Chủ sở hữu gia hạn trả lời"),
        (S.UNDER_REVIEW, S.SURVEYING),
        Branch((S.UNDER_REVIEW, S.SURVEYING), same_state),
        P.COLOCATION_DECIDE,
        needs=(
            _EXTENSION_DAYS,
            text_need(
                "reason", _l("Sự kiện bất khả kháng"), hint=_l("Chỉ gia hạn một lần, khi có sự kiện bất khả kháng.")
            ),
        ),
        case_needs=extension_days,
        guard=may_extend,
        effect=extend,
        notifies=("requester", "lead"),
    ),
    Move(
        "return",
        _l("Trả lại để bổ sung"),
        _l("Chủ sở hữu trả lại để bổ sung"),
        (S.UNDER_REVIEW, S.SURVEYING),
        S.RETURNED,
        P.COLOCATION_DECIDE,
        needs=(text_need("missing", _l("Nội dung yêu cầu bổ sung")),),
        notifies=("requester",),
    ),
    Move(
        "lapse",
        _l("Quá hạn trả lời"),
        _l("Chủ sở hữu không trả lời trong thời hạn; hồ sơ chuyển Sở Khoa học và Công nghệ"),
        (S.UNDER_REVIEW, S.SURVEYING),
        S.OVERDUE,
        P.CLOCK,
        notifies=("owner", "requester", "lead"),
    ),
    offers.MISS_UPGRADE,
)
