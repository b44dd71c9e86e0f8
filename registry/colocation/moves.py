"""Guards and effects that the workflow names."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row, select

from registry.authz.actors import Ctx
from registry.capacity.reservations import Reservation, prolong, release, reserve
from registry.colocation.models import ColocationItem, ColocationRequest, ColocationState, ItemDecision, RefusalGround
from registry.colocation.queries import item_options, list_items, structures_with_places
from registry.colocation.rules import (
    acceptance_problem,
    hidden_problem,
    missing_of_item,
    missing_of_request,
    place_problem,
    selection_problem,
    state_after_answer,
    wanted_from_problem,
)
from registry.colocation.screening.service import screen_request
from registry.kernel.clock import local_date
from registry.kernel.errors import Invalid, MoveRefused
from registry.kernel.i18n import _, format_date
from registry.structures.disclosures import disclose, end_disclosures
from registry.structures.models import Structure
from registry.workflow.calendar import Term, reckon
from registry.workflow.clocks import term_of, working_calendar
from registry.workflow.definition import Data

CODE: Final = "colocation"
RESERVATION_TERM: Final = "colocation.reservation"


def is_complete(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """Nothing that the owner must know is missing, and what is asked for can still be asked for; all said at once."""
    del data
    problems = problems_of(ctx, case)
    if problems:
        raise Invalid({"": problems})


def problems_of(ctx: Ctx, case: ColocationRequest) -> list[str]:
    """Why a request cannot be sent as it is, each as one sentence."""
    problems = missing_of_request(case)
    late = wanted_from_problem(case.wanted_from, ctx.today)
    if late:
        problems.append(late)
    items = list_items(ctx, case)
    if not items:
        problems.append(_("Chưa chọn công trình nào; hãy thêm ít nhất một công trình."))
    placed = structures_with_places(ctx, [row.id for _item, row in items])
    for item, structure in items:
        problems += _problems_of(item, structure, has_places=structure.id in placed)
    return problems


def _problems_of(item: ColocationItem, structure: Row[Any], *, has_places: bool) -> list[str]:
    if item.decision is not ItemDecision.PENDING:
        return []
    hidden = hidden_problem(structure)
    if hidden is not None:
        return [hidden]
    refused = selection_problem(structure, frozenset())
    missing = missing_of_item(item, structure.kind, structure.code, has_places=has_places)
    return ([refused] if refused else []) + missing


def file_request(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """The request counts from now on, screened as things stand; its parties see its structures while it is open."""
    del data
    structure_ids = [item.structure_id for item, _row in list_items(ctx, case)]
    disclose(ctx, structure_ids, case.requester_organisation_id, CODE, case.id)
    case.filed_at = ctx.now
    screen_request(ctx, case)


def pending_items(ctx: Ctx, case: ColocationRequest) -> Sequence[tuple[int, str]]:
    """The items without an answer, in words."""
    return item_options(ctx, case, (ItemDecision.PENDING,))


def acceptable_items(ctx: Ctx, case: ColocationRequest) -> Sequence[tuple[int, str]]:
    """The items that may be accepted: those without an answer; while it is disputed also the rejected ones."""
    escalated = case.state is ColocationState.ESCALATED
    return item_options(
        ctx, case, (ItemDecision.PENDING, ItemDecision.REJECTED) if escalated else (ItemDecision.PENDING,)
    )


def item_codes(ctx: Ctx, case: ColocationRequest) -> Mapping[int, str]:
    """The codes of the structures by the ids of their items."""
    return {item.id: row.code for item, row in list_items(ctx, case)}


def may_accept(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """Every structure named is in use and published, and it is known where on it."""
    chosen = _chosen(data, acceptable_items(ctx, case))
    # Locked against a change of their own until this answer is written.
    query = select(Structure.id).where(Structure.id.in_(_structure_ids(ctx, chosen))).order_by(Structure.id)
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
    chosen = set(data["items"])
    items = [item for item, _row in list_items(ctx, case) if item.id in chosen]
    until = _reserved_until(ctx, case)
    entries = reserve(
        ctx,
        [
            Reservation(
                place_id=item.place_id,
                quantity=item.quantity,
                holder_id=case.requester_organisation_id,
                case_number=case.number or "",
                expires_at=until,
                equipment=item.equipment,
                technology=item.technology,
            )
            for item in items
            if item.place_id is not None
        ],
    )
    for item, entry in zip(items, entries, strict=True):
        _decide(ctx, item, ItemDecision.ACCEPTED, data)
        item.ground, item.evidence, item.entry_id = None, None, entry.id
    ctx.session.flush()
    _answered(ctx, case)


def may_reject(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """No bare no: ground, evidence and answer are needs of the move; a lack of space is shown by a document."""
    _chosen(data, pending_items(ctx, case))
    if data["ground"] is RefusalGround.NO_CAPACITY and not data.get("files"):
        raise Invalid(
            {"files": _("Căn cứ «%(ground)s» cần kèm ít nhất một tài liệu.", ground=RefusalGround.NO_CAPACITY.label)}
        )


def reject(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """Keep ground, evidence and answer with each item."""
    chosen = set(data["items"])
    for item, _row in list_items(ctx, case):
        if item.id in chosen:
            _decide(ctx, item, ItemDecision.REJECTED, data)
            item.ground, item.evidence = data["ground"], data["evidence"]
    ctx.session.flush()
    _answered(ctx, case)


def after_answer(ctx: Ctx, case: ColocationRequest) -> ColocationState:
    """Where the request stands now."""
    return state_after_answer(case.state, _decisions(ctx, case))


def resubmit(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """Where the structures that were open are taken out, the owner has answered all that is left."""
    del data
    items = [item for item, _row in list_items(ctx, case)]
    if any(item.decision is ItemDecision.PENDING for item in items):
        return
    last = max(items, key=lambda item: (item.decided_at, item.id))
    prolong(ctx, _entry_ids(ctx, case), _reserved_until(ctx, case))
    case.decided_at, case.decided_by_id = last.decided_at, last.decided_by_id


def after_resubmission(ctx: Ctx, case: ColocationRequest) -> ColocationState:
    """Back to the owner, unless nothing is left to answer."""
    return state_after_answer(ColocationState.UNDER_REVIEW, _decisions(ctx, case))


def reopen(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """A disputed answer is no decision; what was said of each item stays."""
    del ctx, data
    case.decided_at = case.decided_by_id = None


def is_day_of_decision(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """A decision is made after the request and not in the future."""
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


def decide(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """The department has decided; what was reserved holds for another term."""
    del data
    prolong(ctx, _entry_ids(ctx, case), _reserved_until(ctx, case))
    case.decided_at, case.decided_by_id = ctx.now, ctx.actor.id


def end(ctx: Ctx, case: ColocationRequest, data: Data) -> None:
    """Free what was reserved; the requester sees the structures only as far as anybody else."""
    del data
    release(ctx, _entry_ids(ctx, case))
    end_disclosures(ctx, CODE, case.id)


def move_reservations(ctx: Ctx, case: ColocationRequest) -> None:
    """What is reserved ends with the term of its case, also where that was reckoned anew."""
    if case.due_at is not None:
        prolong(ctx, _entry_ids(ctx, case), case.due_at)


def _answered(ctx: Ctx, case: ColocationRequest) -> None:
    """With the last open item the request is decided, and its reservations begin to run together."""
    if ItemDecision.PENDING in _decisions(ctx, case):
        return
    prolong(ctx, _entry_ids(ctx, case), _reserved_until(ctx, case))
    case.decided_at, case.decided_by_id = ctx.now, ctx.actor.id


def _decide(ctx: Ctx, item: ColocationItem, decision: ItemDecision, data: Data) -> None:
    item.decision, item.answer = decision, data.get("answer")
    item.decided_at, item.decided_by_id = ctx.now, ctx.actor.id


def _reserved_until(ctx: Ctx, case: ColocationRequest) -> Any:
    """End of a reservation that begins now, by the law of the day of filing."""
    law_on = local_date(case.filed_at) if case.filed_at else ctx.today
    row = term_of(ctx.session, RESERVATION_TERM, law_on)
    return reckon(working_calendar(ctx), Term(row.length, row.unit, row.cut_off), ctx.now).due_at


def _chosen(data: Data, options: Sequence[tuple[int, str]]) -> set[int]:
    """The items that a move names; Invalid for one that is not open (any more)."""
    chosen = set(data["items"])
    if not chosen <= {number for number, _words in options}:
        raise Invalid({"items": _("Có công trình không còn chờ trả lời; hãy chọn lại trong danh sách.")})
    return chosen


def _structure_ids(ctx: Ctx, item_ids: Collection[int]) -> list[int]:
    return list(ctx.session.scalars(select(ColocationItem.structure_id).where(ColocationItem.id.in_(item_ids))))


def _decisions(ctx: Ctx, case: ColocationRequest) -> list[ItemDecision]:
    return list(ctx.session.scalars(select(ColocationItem.decision).where(ColocationItem.request_id == case.id)))


def _entry_ids(ctx: Ctx, case: ColocationRequest) -> list[int]:
    query = select(ColocationItem.entry_id).where(
        ColocationItem.request_id == case.id, ColocationItem.entry_id.is_not(None)
    )
    return [number for number in ctx.session.scalars(query) if number is not None]
