"""What the owner answers: yes, no, a survey, more time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Final

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.capacity.models import CapacityEntry, CapacityPlace
from registry.capacity.reservations import Reservation, reserve
from registry.colocation.codes import ColocationState, ItemDecision, RefusalGround, RequestKind
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.moves.common import (
    CODE,
    ONE_YEAR,
    answered,
    check_day,
    chosen_of,
    decide_item,
    items_named,
    reserved_until,
)
from registry.colocation.queries import item_options, list_items, place_in_words, places_by_id
from registry.colocation.queue import Waiting, is_before, queues_of, tell_passed_over, wanted_before
from registry.colocation.rules import SETTLING, acceptance_problem, place_problem
from registry.kernel.clock import local_date
from registry.kernel.errors import Invalid, MoveRefused
from registry.kernel.i18n import _
from registry.structures.models import Structure
from registry.workflow.clocks import extend_clock, find_term, open_clock
from registry.workflow.definition import Data

S = ColocationState
EXTENSION_TERM: Final = "colocation.extension"
RESERVATION_EXTENSION_TERM: Final = "colocation.reservation_extension"
_UNANSWERED = (ItemDecision.PENDING, ItemDecision.UPGRADING)


def pending_items(ctx: Ctx, case: ColocationRequest) -> Sequence[tuple[int, str]]:
    """The items that the owner owes an answer, in words."""
    return item_options(ctx, case, _UNANSWERED)


def acceptable_items(ctx: Ctx, case: ColocationRequest) -> Sequence[tuple[int, str]]:
    """The items that may be accepted: unanswered ones; rejected ones too while it is disputed.

    Once all is answered also those refused for lack of room, as room may have come back.
    """
    if case.state in SETTLING:
        return item_options(ctx, case, (*_UNANSWERED, ItemDecision.REJECTED))
    if case.state in (S.ACCEPTED, S.REJECTED):
        hoping = ColocationItem.ground == RefusalGround.NO_CAPACITY
        return item_options(ctx, case, (ItemDecision.REJECTED,), hoping)
    return item_options(ctx, case, _UNANSWERED)


def may_accept(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """Every structure named is in use and published, it is known where on it, and nobody before is passed over."""
    chosen = chosen_of(data, acceptable_items(ctx, case))
    items = items_named(ctx, case, chosen)
    check_promisable(ctx, case, chosen)
    if case.kind is not RequestKind.REMOVE and not data.get("out_of_turn"):
        _check_turn(ctx, case, items)


def check_promisable(ctx: Ctx, case: ColocationRequest, chosen: Collection[int]) -> None:
    """MoveRefused where a structure cannot be promised as it stands; locked against a change until this is written."""
    ids = [item.structure_id for item in items_named(ctx, case, chosen)]
    query = select(Structure.id).where(Structure.id.in_(ids)).order_by(Structure.id)
    ctx.session.execute(query.with_for_update(read=True, of=Structure))
    problems = [
        problem
        for item, structure in list_items(ctx, case)
        if item.id in chosen
        and (problem := acceptance_problem(structure) or place_problem(item, structure.code)) is not None
    ]
    if problems:
        raise MoveRefused(" ".join(problems))


def accept(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """Hold the places asked for; all the request's reservations end together, a term after its last answer."""
    items = items_named(ctx, case, set(data["items"]))
    for request_id in _passed_over(ctx, case, items) if data.get("out_of_turn") else ():
        tell_passed_over(ctx, request_id, data["out_of_turn"])
    grant(ctx, case, items, data.get("answer"))
    answered(ctx, case)


def grant(ctx: Ctx, case: ColocationRequest, items: Sequence[ColocationItem], answer: str | None) -> None:
    """Accept items and hold what each needs on top of what hangs there already; MoveRefused where it is not free."""
    until, wanted, more = reserved_until(ctx, case), [], []
    for item in items:
        needed = _needed(ctx, case, item)
        if needed and item.place_id is not None:
            more.append(item)
            wanted.append(
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
    for item, entry in zip(more, reserve(ctx, wanted), strict=True):
        item.entry_id = entry.id
    for item in items:
        decide_item(ctx, item, ItemDecision.ACCEPTED, answer)
        item.ground = item.evidence = None
    ctx.session.flush()


def may_reject(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """No bare no: ground, evidence and answer are needs of the move; a lack of space is shown by a document."""
    check_ground(ctx, case, chosen_of(data, pending_items(ctx, case)), data)


def check_ground(ctx: Ctx, case: ColocationRequest, chosen: Collection[int], data: Data) -> None:
    """A lack of space is shown by a document; where the ledger shows room it needs a reason besides."""
    if data["ground"] is not RefusalGround.NO_CAPACITY:
        return
    ground = RefusalGround.NO_CAPACITY.label
    problems = {}
    if not data.get("files"):
        problems["files"] = _("Căn cứ «%(ground)s» cần kèm ít nhất một tài liệu.", ground=ground)
    items = items_named(ctx, case, chosen)
    places = places_by_id(ctx, items)
    roomy = [
        place_in_words(place)
        for item in items
        if (place := places.get(item.place_id or 0)) is not None
        and place.free is not None
        and place.free >= _needed(ctx, case, item) > 0
    ]
    if roomy and not data.get("despite_room"):
        problems["despite_room"] = _(
            "Sổ sức chứa vẫn ghi còn chỗ: %(places)s; hãy nêu lý do vì sao vẫn là «%(ground)s».",
            places="; ".join(roomy),
            ground=ground,
        )
    if problems:
        raise Invalid(problems)


def reject(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """Keep ground, evidence and answer with each item."""
    for item in items_named(ctx, case, set(data["items"])):
        decide_item(ctx, item, ItemDecision.REJECTED, data.get("answer"))
        item.ground, item.evidence = data["ground"], data["evidence"]
    answered(ctx, case)


def is_survey_day(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """A survey is made from today on, within a year."""
    del case
    check_day("survey_on", data["survey_on"], ctx.today, ctx.today + ONE_YEAR)


def may_extend(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """Once, and by no more than the law's own days (force majeure)."""
    _check_not_extended(ctx, case)
    most = find_term(ctx.session, EXTENSION_TERM, _law_day(ctx, case), case.owner_organisation_id).length
    if data["days"] > most:
        clock = open_clock(ctx.session, CODE, case.id)
        sentence = _(
            "Gia hạn %(days)d %(unit)s là quá dài; tối đa %(most)d %(unit)s.",
            days=data["days"],
            most=most,
            unit=clock.term.unit.label if clock is not None else "",
        )
        raise Invalid({"days": sentence})


def extend(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """The owner has so many more days."""
    extend_clock(ctx, CODE, case.id, int(data["days"]))


def may_extend_reservation(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """A reservation is extended once."""
    del data
    _check_not_extended(ctx, case)


def extend_reservation(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """What is held is held for another term; the clock moves the reservations along."""
    del data
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


def _needed(ctx: Ctx, case: ColocationRequest, item: ColocationItem) -> int:
    """How much must be held for an item: of a change only what goes beyond what hangs there, of a removal nothing."""
    if case.kind is RequestKind.REMOVE:
        return 0
    if case.kind is RequestKind.MODIFY and item.replaces_entry_id is not None:
        former = ctx.session.get_one(CapacityEntry, item.replaces_entry_id)
        return max(item.quantity - former.quantity, 0) if former.place_id == item.place_id else item.quantity
    return item.quantity


def _passed_over(ctx: Ctx, case: ColocationRequest, items: Sequence[ColocationItem]) -> list[int]:
    """The requests filed earlier that wait for one of the places, each once."""
    queues = queues_of(ctx, {item.place_id for item in items if item.place_id is not None})
    waiting: list[Waiting] = [one for queue in queues.values() for one in queue]
    return sorted({one.request_id for one in waiting if is_before(one, case)})


def _check_turn(ctx: Ctx, case: ColocationRequest, items: Sequence[ColocationItem]) -> None:
    """Whoever filed before keeps enough room: else the owner must say why it is passed over."""
    asked: dict[int, int] = {}
    for item in items:
        if item.place_id is not None:
            asked[item.place_id] = asked.get(item.place_id, 0) + _needed(ctx, case, item)
    queues = queues_of(ctx, asked)
    for place in ctx.session.scalars(select(CapacityPlace).where(CapacityPlace.id.in_(queues))):
        before = wanted_before(queues[place.id], case)
        if before and place.free is not None and asked[place.id] <= place.free < before + asked[place.id]:
            raise Invalid(
                {
                    "out_of_turn": _(
                        "«%(place)s» còn trống %(free)d, trong khi người nộp trước đang chờ %(before)d; hãy trả lời họ"
                        " trước, hoặc nêu lý do chấp thuận trước người nộp trước.",
                        place=place.label,
                        free=place.free,
                        before=before,
                    )
                }
            )
