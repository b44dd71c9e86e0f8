"""Guards, effects and fields that several moves of requests share."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.capacity.models import CapacityEntry
from registry.capacity.reservations import Reservation, prolong, reserve
from registry.colocation.agreements.models import ColocationAgreement
from registry.colocation.codes import ColocationState, ItemDecision, RefusalGround, RequestKind
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.queries import describe_place, list_items, places_by_id
from registry.colocation.queue import reservation_ids, reserved_until
from registry.colocation.rules import OPEN_DECISIONS, acceptance_problem, place_problem, state_after_answer
from registry.colocation.settlement import amount_need
from registry.kernel.dated_settings import setting_row
from registry.kernel.errors import Invalid, MoveRefused
from registry.kernel.fields import fields_of
from registry.kernel.i18n import _, _l, format_date
from registry.structures.kinds.value_rules import PLAN_IN_FORCE
from registry.structures.models import Structure
from registry.workflow.definition import Branch, Data, FilesNeed, text_need

S = ColocationState
#: States in which the owner may answer; the engine marks late answers.
ANSWERABLE: Final = (S.UNDER_REVIEW, S.SURVEYING, S.OVERDUE, S.ESCALATED, S.SETTLEMENT_OVERDUE)
PRICE: Final = amount_need(
    "price_vnd",
    _l("Giá theo quyết định, chưa gồm thuế"),
    _l("Giá này ràng buộc hợp đồng của hồ sơ; để trống nếu không quyết định về giá."),
    needed_when=_l("khi quyết định về giá"),
)
EVIDENCE_FILES: Final = FilesNeed("files", _l("Tài liệu chứng minh"), needed_when=_l("khi căn cứ là hết dung lượng"))
DESPITE_ROOM: Final = text_need(
    "despite_room",
    _l("Lý do khi sổ sức chứa vẫn ghi còn chỗ"),
    needed_when=_l("khi căn cứ là hết dung lượng mà sổ sức chứa vẫn ghi còn chỗ"),
)
PERIOD: Final = replace(fields_of(ColocationAgreement)["price_period"], needed_when=PRICE.needed_when)


def item_codes(ctx: Ctx, case: ColocationRequest) -> Mapping[int, str]:
    """Structure codes by item id."""
    return {item.id: row.code for item, row in list_items(ctx, case)}


def chosen_items(data: Data, options: Sequence[tuple[int, str]], need: str = "items") -> set[int]:
    """Item ids of a form field; Invalid if one is not among the options any more."""
    selected_ids = set(data.get(need) or ())
    if not selected_ids <= {number for number, _label in options}:
        raise Invalid({need: _("Có công trình không còn chờ trả lời; hãy chọn lại trong danh sách.")})
    return selected_ids


def items_by_id(ctx: Ctx, case: ColocationRequest, item_ids: Collection[int]) -> list[ColocationItem]:
    """The items of a request with these ids, ordered by structure code."""
    return [item for item, _row in list_items(ctx, case) if item.id in item_ids]


def decisions_of(ctx: Ctx, case: ColocationRequest) -> list[ItemDecision]:
    """The decisions on all items."""
    return list(ctx.session.scalars(select(ColocationItem.decision).where(ColocationItem.request_id == case.id)))


def after_answer(ctx: Ctx, case: ColocationRequest) -> ColocationState:
    """The state follows from the answers given so far."""
    return state_after_answer(case.state, decisions_of(ctx, case))


def answered_on(case: ColocationRequest) -> datetime:
    """When the last answer was given."""
    if case.decided_at is None:
        raise LookupError("nothing is decided")
    return case.decided_at


def decide_item(ctx: Ctx, item: ColocationItem, decision: ItemDecision, answer: str | None) -> None:
    """Record a decision on an item; a step of the clock keeps the previous decider."""
    item.decision, item.answer = decision, answer
    item.decided_at, item.decided_by_id = ctx.now, ctx.actor.id or item.decided_by_id


def reopen_item(item: ColocationItem) -> None:
    """Reset an item to pending."""
    item.decision = ItemDecision.PENDING
    item.ground = item.evidence = item.answer = item.decided_at = item.decided_by_id = None


def conclude_answers(ctx: Ctx, case: ColocationRequest) -> None:
    """After the last open item: the request is decided, and all its reservations get the same end."""
    ctx.session.flush()
    if any(decision in OPEN_DECISIONS for decision in decisions_of(ctx, case)):
        return
    last = max((item for item, _row in list_items(ctx, case)), key=lambda item: (item.decided_at, item.id))
    prolong(ctx, reservation_ids(ctx, case), reserved_until(ctx, case))
    case.decided_at, case.decided_by_id, case.upgrade_by = last.decided_at, last.decided_by_id, None


def check_grantable(ctx: Ctx, case: ColocationRequest, item_ids: Collection[int]) -> None:
    """MoveRefused if a structure cannot be granted; locks the structures against changes."""
    ids = [item.structure_id for item in items_by_id(ctx, case, item_ids)]
    query = select(Structure.id).where(Structure.id.in_(ids)).order_by(Structure.id)
    ctx.session.execute(query.with_for_update(read=True, of=Structure))
    problems = [
        problem
        for item, structure in list_items(ctx, case)
        if item.id in item_ids
        and (problem := acceptance_problem(structure) or place_problem(item, structure.code)) is not None
    ]
    if problems:
        raise MoveRefused(" ".join(problems))


def grant(ctx: Ctx, case: ColocationRequest, items: Sequence[ColocationItem], answer: str | None) -> None:
    """Accept items and reserve what each needs beyond the equipment it replaces; MoveRefused if it is not free."""
    until, reservations, reserved_items = reserved_until(ctx, case), [], []
    for item in items:
        needed = units_to_reserve(ctx, case, item)
        if needed and item.place_id is not None:
            reserved_items.append(item)
            reservations.append(
                Reservation(
                    place_id=item.place_id,
                    quantity=needed,
                    holder_id=case.requester_organisation_id,
                    case_number=case.number or "",
                    expires_at=until,
                    equipment=item.equipment,
                    technology=item.technology,
                )
            )
    for item, entry in zip(reserved_items, reserve(ctx, reservations), strict=True):
        item.entry_id = entry.id
    for item in items:
        decide_item(ctx, item, ItemDecision.ACCEPTED, answer)
        item.ground = item.evidence = None
    ctx.session.flush()


def check_ground(ctx: Ctx, case: ColocationRequest, item_ids: Collection[int], data: Data) -> None:
    """Lack of capacity needs a document, and a reason if the ledger shows free capacity; off plan needs a plan."""
    row = setting_row(ctx.session, PLAN_IN_FORCE, ctx.today)
    if data["ground"] is RefusalGround.OFF_PLAN and not row.value:
        sentence = _(
            "Từ %(day)s không có quy hoạch hạ tầng viễn thông thụ động đang áp dụng (%(source)s) nên không dùng được"
            " căn cứ “%(ground)s”; cần căn cứ khác.",
            day=format_date(row.valid_from),
            source=row.citation,
            ground=RefusalGround.OFF_PLAN.label,
        )
        raise Invalid({"ground": sentence})
    if data["ground"] is not RefusalGround.NO_CAPACITY:
        return
    ground = RefusalGround.NO_CAPACITY.label
    problems = {}
    if not data.get("files"):
        problems["files"] = _("Căn cứ “%(ground)s” cần kèm ít nhất một tài liệu.", ground=ground)
    items = items_by_id(ctx, case, item_ids)
    places = places_by_id(ctx, items)
    with_room = [
        describe_place(slot)
        for item in items
        if (slot := places.get(item.place_id or 0)) is not None
        and slot.free is not None
        and slot.free >= units_to_reserve(ctx, case, item) > 0
    ]
    if with_room and not data.get("despite_room"):
        problems["despite_room"] = _(
            "Sổ sức chứa vẫn ghi còn chỗ: %(places)s; hãy nêu lý do vẫn là “%(ground)s”.",
            places="; ".join(with_room),
            ground=ground,
        )
    if problems:
        raise Invalid(problems)


def units_to_reserve(ctx: Ctx, case: ColocationRequest, item: ColocationItem) -> int:
    """Units to reserve for an item: for a change only the increase, for a removal none."""
    if case.kind is RequestKind.REMOVE:
        return 0
    if case.kind is RequestKind.MODIFY and item.replaces_entry_id is not None:
        former = ctx.session.get_one(CapacityEntry, item.replaces_entry_id)
        return max(item.quantity - former.quantity, 0) if former.place_id == item.place_id else item.quantity
    return item.quantity


AFTER_ANSWER: Final = Branch((*ANSWERABLE, S.OFFERED, S.UPGRADING, S.ACCEPTED, S.REJECTED), after_answer)
