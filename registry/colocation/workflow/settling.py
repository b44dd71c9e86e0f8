"""Moves after the answers: settlement by the department, contract, end of the reservations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.capacity.reservations import prolong, still_reserved
from registry.colocation.agreements.service import open_agreement
from registry.colocation.codes import ColocationState, ItemDecision, RefusalGround
from registry.colocation.models import ColocationRequest
from registry.colocation.queries import item_options, list_items
from registry.colocation.queue import reservation_ids, reserved_until
from registry.colocation.rules import OPEN_DECISIONS, SETTLING
from registry.colocation.settlement import DECISION_DAY, DECISION_NUMBER, DECISION_TEXT, mediation, price_consultation
from registry.colocation.workflow.answering import extend_reservation, may_extend_reservation
from registry.colocation.workflow.asking import close_request
from registry.colocation.workflow.common import (
    PERIOD,
    PRICE,
    check_grantable,
    chosen_items,
    decide_item,
    decisions_of,
    grant,
    item_codes,
    items_by_id,
)
from registry.colocation.workflow.offers import supersede_offers
from registry.kernel.clock import local_date
from registry.kernel.errors import Invalid, MoveRefused
from registry.kernel.i18n import _, _l, format_date
from registry.workflow.definition import Branch, Data, ItemsNeed, Move, same_state, text_need

S = ColocationState


def grantable_items(ctx: Ctx, case: ColocationRequest) -> Sequence[tuple[int, str]]:
    """The items that a decision may grant: all that the owner has not accepted."""
    return item_options(ctx, case, (*OPEN_DECISIONS, ItemDecision.REJECTED))


def may_decide(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """The day is possible, the items belong to the case, and a price has its period."""
    day = data["decided_on"]
    if case.filed_at is not None and not local_date(case.filed_at) <= day <= ctx.today:
        raise Invalid(
            {
                "decided_on": _(
                    "Ngày quyết định %(day)s không hợp lý; cần từ ngày gửi đề nghị %(filed)s đến hôm nay %(today)s.",
                    day=format_date(day),
                    filed=format_date(local_date(case.filed_at)),
                    today=format_date(ctx.today),
                )
            }
        )
    item_ids = chosen_items(data, grantable_items(ctx, case), "granted")
    if (data.get("price_vnd") is None) != (data.get("price_period") is None):
        lacking = "price_vnd" if data.get("price_vnd") is None else "price_period"
        raise Invalid({lacking: _("Giá theo quyết định cần cả số tiền và kỳ tính.")})
    check_grantable(ctx, case, item_ids)


def decide(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """The decision binds this case: what it grants is reserved, the rest is refused, its price binds the contract."""
    supersede_offers(ctx, case)
    granted_ids = set(data.get("granted") or ())
    decision = _(
        "Quyết định số %(number)s ngày %(day)s", number=data["decision_number"], day=format_date(data["decided_on"])
    )
    grant(ctx, case, items_by_id(ctx, case, granted_ids), decision)
    for item, _row in list_items(ctx, case):
        if item.decision in OPEN_DECISIONS:
            decide_item(ctx, item, ItemDecision.REJECTED, data["text"])
            item.ground, item.evidence = RefusalGround.OTHER, decision
    ctx.session.flush()
    prolong(ctx, reservation_ids(ctx, case), reserved_until(ctx, case))
    case.decided_at, case.decided_by_id, case.upgrade_by = ctx.now, ctx.actor.id, None
    case.decided_price_vnd, case.decided_price_period = data.get("price_vnd"), data.get("price_period")


def has_accepted(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """At least one item is granted, and all its reservations still hold."""
    if ItemDecision.ACCEPTED not in decisions_of(ctx, case):
        raise MoveRefused(
            _("%(number)s không có công trình nào được chấp thuận nên không lập được hợp đồng.", number=case.number)
        )
    held = reservation_ids(ctx, case)
    if len(still_reserved(ctx, held)) < len(held):
        raise MoveRefused(
            _("%(number)s có chỗ giữ đã hết hạn nên không lập được hợp đồng; hãy gửi đề nghị mới.", number=case.number)
        )


def contract(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """The agreement on the granted items is opened; it takes over their reservations."""
    open_agreement(ctx, case)


MOVES: Final = (
    Move(
        "take_up",
        _l("Thụ lý giải quyết"),
        _l("Sở Khoa học và Công nghệ thụ lý giải quyết"),
        (S.OVERDUE,),
        S.ESCALATED,
        P.COLOCATION_SETTLE,
        needs=(text_need("text", _l("Nội dung thụ lý"), hint=_l("Yêu cầu đối với hai bên, lịch làm việc.")),),
        notifies=("owner", "requester"),
        tone="primary",
    ),
    mediation(SETTLING),
    price_consultation((S.ESCALATED, S.SETTLEMENT_OVERDUE), S.PRICE_CONSULTATION),
    Move(
        "settlement_lapse",
        _l("Quá hạn giải quyết"),
        _l("Hết thời hạn giải quyết của Sở Khoa học và Công nghệ"),
        (S.OVERDUE, S.ESCALATED, S.PRICE_CONSULTATION),
        S.SETTLEMENT_OVERDUE,
        P.CLOCK,
        notifies=("lead", "owner", "requester"),
    ),
    Move(
        "decide",
        _l("Ghi quyết định giải quyết"),
        _l("Sở Khoa học và Công nghệ đã có quyết định"),
        SETTLING,
        S.DECIDED,
        P.COLOCATION_SETTLE,
        needs=(
            DECISION_NUMBER,
            DECISION_DAY,
            ItemsNeed(
                "granted",
                _l("Công trình được dùng chung theo quyết định"),
                grantable_items,
                required=False,
                names=item_codes,
                in_notices=True,
                hint=_l("Bỏ chọn công trình mà quyết định không cho dùng chung; chỗ được giữ ngay."),
            ),
            DECISION_TEXT,
            PRICE,
            PERIOD,
        ),
        guard=may_decide,
        effect=decide,
        notifies=("owner", "requester"),
        tone="primary",
    ),
    Move(
        "contract",
        _l("Lập hợp đồng"),
        _l("Chủ sở hữu lập hợp đồng"),
        (S.ACCEPTED, S.DECIDED),
        S.CONTRACTED,
        P.COLOCATION_DECIDE,
        guard=has_accepted,
        effect=contract,
        notifies=("requester",),
        tone="primary",
    ),
    Move(
        "ask_contract",
        _l("Đề nghị lập hợp đồng"),
        _l("Bên đề nghị yêu cầu lập hợp đồng"),
        (S.ACCEPTED, S.DECIDED),
        S.CONTRACTED,
        P.COLOCATION_REQUEST,
        guard=has_accepted,
        effect=contract,
        notifies=("owner",),
        tone="primary",
    ),
    Move(
        "extend_reservation",
        _l("Gia hạn giữ chỗ"),
        _l("Chủ sở hữu gia hạn giữ chỗ"),
        (S.ACCEPTED, S.DECIDED),
        Branch((S.ACCEPTED, S.DECIDED), same_state),
        P.COLOCATION_DECIDE,
        needs=(text_need("reason", _l("Lý do gia hạn")),),
        guard=may_extend_reservation,
        effect=extend_reservation,
        notifies=("requester", "lead"),
    ),
    Move(
        "expire",
        _l("Hết hạn giữ chỗ"),
        _l("Hết hạn giữ chỗ; chỗ được trả lại"),
        (S.ACCEPTED, S.DECIDED),
        S.EXPIRED,
        P.CLOCK,
        effect=close_request,
        notifies=("owner", "requester"),
    ),
)
