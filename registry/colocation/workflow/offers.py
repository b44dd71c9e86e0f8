"""Offers of the owner in place of what was requested, and the requester's answers to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState
from registry.colocation.codes import ColocationState, ItemDecision, OfferAnswer, OfferKind, RefusalGround
from registry.colocation.models import ColocationItem, ColocationOffer, ColocationRequest
from registry.colocation.queries import item_options, list_items, structure_rows
from registry.colocation.queue import CODE
from registry.colocation.rules import acceptance_problem, offer_problems
from registry.colocation.settlement import amount_need
from registry.colocation.workflow.common import (
    AFTER_ANSWER,
    ANSWERABLE,
    DESPITE_ROOM,
    EVIDENCE_FILES,
    after_answer,
    check_grantable,
    check_ground,
    chosen_items,
    conclude_answers,
    decide_item,
    grant,
    item_codes,
    items_by_id,
    reopen_item,
)
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.days import DaySpan
from registry.kernel.errors import Invalid, MoveRefused
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l, _n, format_date, format_number
from registry.notices.events import Audience, Party, Recipients, declare_events
from registry.notices.models import Notice
from registry.notices.service import notify
from registry.notices.texts import NoticeText
from registry.structures.models import Structure
from registry.structures.positions.disclosures import disclose, end_disclosures
from registry.workflow.definition import Branch, Data, ItemsNeed, Move, text_need

#: Subject kind of these notices; the subject is the structure.
MAKE_READY: Final = "make_ready"
MAKE_READY_EVENTS: Final = declare_events(
    MAKE_READY,
    _l("Nâng cấp công trình để dùng chung"),
    {
        "users": Party(
            _l("Đơn vị đang có thiết bị trên công trình"),
            lambda _ctx, holders: Audience(organisation_ids=frozenset(holders)),
        )
    },
    {MAKE_READY: (_l("Công trình sẽ được nâng cấp"), Recipients(act=("users",)), _l("Chuẩn bị thiết bị của đơn vị"))},
)
S = ColocationState
_WITH_OFFERS: Final = (S.UNDER_REVIEW, S.SURVEYING, S.OVERDUE, S.OFFERED, S.ESCALATED, S.SETTLEMENT_OVERDUE)
_AFTER_OFFERS: Final = Branch((*_WITH_OFFERS, S.UPGRADING, S.ACCEPTED, S.REJECTED), after_answer)


def read_make_ready(notice: Notice) -> NoticeText:
    """Text of the notice to occupants that a structure is being upgraded."""
    day = format_date(date.fromisoformat(notice.params["until"]))
    sentence = _(
        "%(code)s sẽ được nâng cấp, dự kiến xong ngày %(day)s; hãy chuẩn bị thiết bị của đơn vị.",
        code=notice.params["code"],
        day=day,
    )
    return NoticeText(sentence, "structures.by_id", {"structure_id": notice.subject_id})


def unanswered_items(ctx: Ctx, case: ColocationRequest) -> Sequence[tuple[int, str]]:
    return item_options(ctx, case, (ItemDecision.PENDING,))


def offered_items(ctx: Ctx, case: ColocationRequest) -> Sequence[tuple[int, str]]:
    """The items with an open offer, each described with kind, scope, day and cost."""
    codes = {item.id: row.code for item, row in list_items(ctx, case, ColocationItem.decision == ItemDecision.OFFERED)}
    query = (
        select(ColocationOffer, Structure.code, CapacityPlace.label)
        .outerjoin(Structure, Structure.id == ColocationOffer.structure_id)
        .outerjoin(CapacityPlace, CapacityPlace.id == ColocationOffer.place_id)
        .where(ColocationOffer.item_id.in_(codes), ColocationOffer.answer == OfferAnswer.OPEN)
        .order_by(ColocationOffer.item_id)
    )
    return [
        (open_offer.item_id, f"{codes[open_offer.item_id]}: {describe_offer(open_offer, code, slot_label)}")
        for open_offer, code, slot_label in ctx.session.execute(query)
    ]


def describe_offer(open_offer: ColocationOffer, code: str | None, slot_label: str | None) -> str:
    """An offer in one line; `code` and `place` are those that it names."""
    parts = [str(open_offer.kind.label), open_offer.text]
    if code:
        parts.append(_("công trình %(code)s", code=code))
    if slot_label:
        parts.append(_("vị trí %(place)s", place=slot_label))
    if open_offer.quantity is not None:
        parts.append(_("số lượng %(quantity)s", quantity=format_number(open_offer.quantity)))
    if open_offer.finish_on is not None:
        parts.append(_("xong ngày %(day)s", day=format_date(open_offer.finish_on)))
    if open_offer.cost_vnd is not None:
        parts.append(_("bên đề nghị chịu %(cost)s đồng", cost=format_number(open_offer.cost_vnd)))
    return "; ".join(parts)


def may_offer(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """The offer is complete for its kind, and what it offers belongs to the owner."""
    item_ids = chosen_items(data, unanswered_items(ctx, case))
    check_ground(ctx, case, item_ids, data)
    problems = offer_problems(data, len(item_ids), ctx.today)
    if problems:
        raise Invalid(problems)
    for item in items_by_id(ctx, case, item_ids):
        _target_of(ctx, case, item, data)


def offer(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """Store the offer with each item; the ground says why the request cannot be met."""
    for item in items_by_id(ctx, case, set(data["items"])):
        structure_id, place_id = _target_of(ctx, case, item, data)
        decide_item(ctx, item, ItemDecision.OFFERED, data["answer"])
        item.ground, item.evidence = data["ground"], data["evidence"]
        ctx.session.add(
            ColocationOffer(
                item_id=item.id,
                kind=data["offer"],
                text=data["answer"],
                finish_on=data.get("finish_on"),
                cost_vnd=data.get("cost_vnd"),
                structure_id=structure_id,
                place_id=place_id,
                quantity=data.get("quantity"),
                made_at=ctx.now,
                made_by_id=ctx.actor.id,
                answer=OfferAnswer.OPEN,
            )
        )
    ctx.session.flush()


def may_take(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """The offers named are open; the capacity is checked when it is reserved."""
    chosen_items(data, offered_items(ctx, case))


def take(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """An upgrade begins; another place or structure is reserved at once, as the owner's offer is binding."""
    for item, open_offer in _open_offers(ctx, case, set(data["items"])):
        open_offer.answer, open_offer.answered_at = OfferAnswer.TAKEN, ctx.now
        if open_offer.kind is OfferKind.UPGRADE:
            item.decision = ItemDecision.UPGRADING
            case.upgrade_by = max(day for day in (case.upgrade_by, open_offer.finish_on) if day is not None)
            _notify_occupants(ctx, case, item)
            continue
        if open_offer.structure_id is not None and open_offer.structure_id != item.structure_id:
            end_disclosures(ctx, CODE, case.id, item.structure_id)
            item.structure_id = open_offer.structure_id
            disclose(ctx, [item.structure_id], case.requester_organisation_id, CODE, case.id)
        item.place_id, item.quantity = open_offer.place_id, open_offer.quantity or item.quantity
        ctx.session.flush()
        check_grantable(ctx, case, {item.id})
        grant(ctx, case, [item], open_offer.text)
    conclude_answers(ctx, case)


def decline(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """The refusal behind the offer stands and can be disputed."""
    _end_offers(ctx, case, set(data["items"]), OfferAnswer.DECLINED)


def lapse(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """An offer without an answer counts as declined."""
    _end_offers(ctx, case, None, OfferAnswer.LAPSED)


def _end_offers(ctx: Ctx, case: ColocationRequest, item_ids: set[int] | None, answer: OfferAnswer) -> None:
    for item, open_offer in _open_offers(ctx, case, item_ids):
        open_offer.answer, open_offer.answered_at = answer, ctx.now
        item.decision = ItemDecision.REJECTED
    conclude_answers(ctx, case)


def upgrade_missed(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """The items that were to be upgraded are pending again."""
    for item, _row in list_items(ctx, case):
        if item.decision is ItemDecision.UPGRADING:
            reopen_item(item)
    case.upgrade_by = None


def supersede_offers(ctx: Ctx, case: ColocationRequest) -> None:
    """Close all open offers, as the case is over or was decided."""
    for _item, open_offer in _open_offers(ctx, case, None):
        open_offer.answer, open_offer.answered_at = OfferAnswer.SUPERSEDED, ctx.now


def upgrade_ends(case: ColocationRequest) -> datetime:
    """The agreed end of the upgrade; the grace period runs from it."""
    if case.upgrade_by is None:
        raise LookupError("nothing is being upgraded")
    return datetime.combine(case.upgrade_by, time.min, tzinfo=LOCAL_ZONE)


def _target_of(ctx: Ctx, case: ColocationRequest, item: ColocationItem, data: Data) -> tuple[int | None, int | None]:
    """(structure, place) of an offer: both for an alternative, the place for other terms, neither for an upgrade."""
    kind = data["offer"]
    if kind is OfferKind.UPGRADE:
        return None, None
    if kind is OfferKind.TERMS:
        return None, _place(ctx, item.structure_id, data.get("place")) if data.get("place") else _own_place(item)
    structure = _alternative(ctx, case, data["code"])
    return structure.id, _place(ctx, structure.id, data.get("place"))


def _own_place(item: ColocationItem) -> int:
    if item.place_id is None:
        raise Invalid({"place": _("Bên đề nghị chưa chọn vị trí; hãy nêu vị trí của phương án.")})
    return item.place_id


def _alternative(ctx: Ctx, case: ColocationRequest, code: str) -> Any:
    rows = ctx.session.execute(structure_rows(ctx, Structure.code == code)).all()
    if not rows or rows[0].owner_organisation_id != case.owner_organisation_id:
        raise Invalid({"code": _("%(code)s không phải công trình của đơn vị.", code=code)})
    problem = acceptance_problem(rows[0])
    if problem:
        raise Invalid({"code": problem})
    if any(row.id == rows[0].id for _item, row in list_items(ctx, case)):
        raise Invalid({"code": _("%(code)s đã có trong đề nghị này.", code=code)})
    return rows[0]


def _place(ctx: Ctx, structure_id: int, label: str | None) -> int:
    query = select(CapacityPlace).where(CapacityPlace.structure_id == structure_id).order_by(CapacityPlace.label)
    places = list(ctx.session.scalars(query))
    if label:
        places = [slot for slot in places if slot.label == label]
    if len(places) == 1:
        return places[0].id
    if not places:
        raise Invalid({"place": _("Công trình không có vị trí “%(label)s”; hãy khai vị trí trước.", label=label or "")})
    raise Invalid(
        {"place": _n("Công trình có %(count)d vị trí; hãy nêu rõ tên vị trí.", len(places), count=len(places))}
    )


def _open_offers(
    ctx: Ctx, case: ColocationRequest, item_ids: set[int] | None
) -> list[tuple[ColocationItem, ColocationOffer]]:
    items = {item.id: item for item, _row in list_items(ctx, case) if item_ids is None or item.id in item_ids}
    query = select(ColocationOffer).where(
        ColocationOffer.item_id.in_(items), ColocationOffer.answer == OfferAnswer.OPEN
    )
    offers = list(ctx.session.scalars(query.order_by(ColocationOffer.item_id).with_for_update()))
    if item_ids is not None and {open_offer.item_id for open_offer in offers} != item_ids:
        raise MoveRefused(_("Có phương án không còn hiệu lực; hãy tải lại trang."))
    return [(items[open_offer.item_id], open_offer) for open_offer in offers]


def _notify_occupants(ctx: Ctx, case: ColocationRequest, item: ColocationItem) -> None:
    """Notify the present users of a structure of the works on it; they may see it until the works end."""
    query = (
        select(CapacityEntry.holder_id)
        .join(CapacityPlace, CapacityPlace.id == CapacityEntry.place_id)
        .where(CapacityPlace.structure_id == item.structure_id, CapacityEntry.state == EntryState.USED)
    )
    holders = {holder for holder in ctx.session.scalars(query) if holder is not None}
    holders -= {case.requester_organisation_id, case.owner_organisation_id}
    if not holders:
        return
    for holder in sorted(holders):
        disclose(ctx, [item.structure_id], holder, CODE, case.id)
    code = ctx.session.scalar(select(Structure.code).where(Structure.id == item.structure_id))
    until = f"{case.upgrade_by}"
    notify(ctx, MAKE_READY_EVENTS[MAKE_READY], item.structure_id, holders, code=code, until=until, by=until)


OFFER: Final = Move(
    "offer",
    _l("Đề xuất phương án khác"),
    _l("Chủ sở hữu đề xuất phương án khác"),
    ANSWERABLE,
    AFTER_ANSWER,
    P.COLOCATION_DECIDE,
    needs=(
        ItemsNeed("items", _l("Công trình có phương án khác"), unanswered_items, names=item_codes, in_notices=True),
        Field("offer", _l("Phương án"), choices=OfferKind, required=True),
        text_need(
            "answer", _l("Nội dung phương án"), hint=_l("Phạm vi nâng cấp, công trình thay thế, điều kiện khác.")
        ),
        Field("ground", _l("Lý do chưa chấp thuận như đề nghị"), choices=RefusalGround, required=True),
        text_need("evidence", _l("Chứng cứ")),
        DESPITE_ROOM,
        Field(
            "finish_on",
            _l("Nâng cấp xong ngày"),
            python_type=date,
            span=DaySpan(back=1, ahead=10),
            needed_when=_l("khi đề xuất nâng cấp"),
        ),
        amount_need(
            "cost_vnd",
            _l("Chi phí do bên đề nghị chịu"),
            _l("0 nếu không có."),
            needed_when=_l("khi đề xuất nâng cấp"),
        ),
        Field(
            "code",
            _l("Mã công trình thay thế"),
            max_length=60,
            needed_when=_l("khi đề xuất công trình thay thế"),
        ),
        Field(
            "place",
            _l("Vị trí lắp đặt"),
            max_length=200,
            needed_when=_l("khi công trình thay thế có nhiều vị trí, hoặc bên đề nghị chưa chọn vị trí"),
            hint=_l("Tên vị trí trên công trình thay thế, hoặc vị trí khác."),
        ),
        Field(
            "quantity",
            _l("Số lượng"),
            minimum=Decimal(1),
            maximum=Decimal(1000),
            python_type=int,
            needed_when=_l("khi đề xuất điều kiện khác mà không nêu vị trí"),
        ),
        EVIDENCE_FILES,
    ),
    guard=may_offer,
    effect=offer,
    notifies=("requester", "lead"),
)
ANSWER_MOVES: Final = (
    Move(
        "take_offer",
        _l("Đồng ý phương án"),
        _l("Bên đề nghị đồng ý phương án"),
        _WITH_OFFERS,
        _AFTER_OFFERS,
        P.COLOCATION_REQUEST,
        needs=(ItemsNeed("items", _l("Đồng ý phương án cho"), offered_items, names=item_codes, in_notices=True),),
        guard=may_take,
        effect=take,
        notifies=("owner", "lead"),
        tone="primary",
    ),
    Move(
        "decline_offer",
        _l("Không đồng ý phương án"),
        _l("Bên đề nghị không đồng ý phương án"),
        _WITH_OFFERS,
        _AFTER_OFFERS,
        P.COLOCATION_REQUEST,
        needs=(
            ItemsNeed("items", _l("Không đồng ý phương án cho"), offered_items, names=item_codes, in_notices=True),
            text_need("reason", _l("Lý do"), required=False),
        ),
        guard=may_take,
        effect=decline,
        notifies=("owner",),
    ),
    Move(
        "lapse_offer",
        _l("Hết hạn trả lời phương án"),
        _l("Bên đề nghị không trả lời phương án trong thời hạn; phương án hết hiệu lực"),
        (S.OFFERED,),
        Branch((S.UPGRADING, S.ACCEPTED, S.REJECTED), after_answer),
        P.CLOCK,
        effect=lapse,
        notifies=("owner", "requester"),
    ),
)
MISS_UPGRADE: Final = Move(
    "miss_upgrade",
    _l("Quá hạn nâng cấp"),
    _l("Chủ sở hữu không nâng cấp xong trong thời hạn; hồ sơ chuyển Sở Khoa học và Công nghệ"),
    (S.UPGRADING,),
    S.OVERDUE,
    P.CLOCK,
    effect=upgrade_missed,
    notifies=("owner", "requester", "lead"),
)
