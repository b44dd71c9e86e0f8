"""Reads of requests, their items, and the requester's equipment on a structure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Executable, Row, func, select

from registry.accounts.models import Organisation, UserAccount
from registry.accounts.queries import organisation_names
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import allowed, get_visible, visible
from registry.capacity.models import UNPLACED, CapacityEntry, CapacityPlace, EntryState
from registry.colocation.codes import ColocationState, ItemDecision, RequestKind
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.rules import ABOUT_EXISTING, ANSWERED, state_text
from registry.kernel.errors import NotFound
from registry.kernel.i18n import _
from registry.structures.models import Structure

#: No one has to act in these states.
ENDED = (ColocationState.CONTRACTED, ColocationState.WITHDRAWN, ColocationState.EXPIRED, ColocationState.CLOSED)


def get_request(ctx: Ctx, request_id: int) -> ColocationRequest:
    """A request that the actor may see; NotFound otherwise."""
    message = _("Không có đề nghị dùng chung này, hoặc không có quyền xem.")
    colocation_request: ColocationRequest = get_visible(
        ctx, ColocationRequest, P.COLOCATION_READ, ColocationRequest.id == request_id, message=message
    )
    return colocation_request


def own_drafts(ctx: Ctx) -> list[ColumnElement[bool]]:
    """Clauses of the actor's own drafts that ask for a first use: the basket."""
    return [
        ColocationRequest.state == ColocationState.DRAFT,
        ColocationRequest.kind == RequestKind.NEW,
        ColocationRequest.created_by_id == ctx.actor.id,
        ColocationRequest.requester_organisation_id == ctx.actor.organisation_id,
    ]


def get_item(ctx: Ctx, request: ColocationRequest, item_id: int) -> tuple[ColocationItem, Row[Any]]:
    """One item of a request with its structure; NotFound if the request has no such item."""
    for item, structure in list_items(ctx, request):
        if item.id == item_id:
            return item, structure
    raise NotFound(_("Đề nghị này không có công trình đó (nữa)."))


def structure_rows(ctx: Ctx, *where: ColumnElement[bool]) -> Executable:
    """Select the structures that requests need; `exact` is whether the actor sees the exact record."""
    return (
        select(
            Structure.id,
            Structure.code,
            Structure.kind,
            Structure.name,
            Structure.status,
            Structure.sharing_status,
            Structure.is_published,
            Structure.owner_organisation_id,
            visible(ctx, Structure, P.STRUCTURE_READ).label("exact"),
        )
        .where(*where)
        .order_by(Structure.code)
    )


def list_items(
    ctx: Ctx, request: ColocationRequest, *where: ColumnElement[bool]
) -> list[tuple[ColocationItem, Row[Any]]]:
    """The items of a request with their structures, ordered by code."""
    query = select(ColocationItem).where(ColocationItem.request_id == request.id, *where)
    items = {item.structure_id: item for item in ctx.session.scalars(query)}
    rows = ctx.session.execute(structure_rows(ctx, Structure.id.in_(items)))
    return [(items[row.id], row) for row in rows]


def state_texts(ctx: Ctx, requests: Sequence[ColocationRequest]) -> dict[int, str]:
    """The states of requests of which some structures are granted and others refused, by request id."""
    answered = {request.id: request.state for request in requests if request.state in ANSWERED}
    if not answered:
        return {}
    query = (
        select(
            ColocationItem.request_id,
            func.count().filter(ColocationItem.decision == ItemDecision.ACCEPTED).label("accepted"),
            func.count().filter(ColocationItem.decision == ItemDecision.REJECTED).label("rejected"),
        )
        .where(ColocationItem.request_id.in_(answered))
        .group_by(ColocationItem.request_id)
    )
    return {
        row.request_id: state_text(answered[row.request_id], row.accepted, row.rejected)
        for row in ctx.session.execute(query)
    }


def item_options(
    ctx: Ctx, request: ColocationRequest, decisions: Collection[ItemDecision], *where: ColumnElement[bool]
) -> list[tuple[int, str]]:
    """Id and label of the items with one of these decisions, with the free capacity now."""
    listed_items = [(item, row) for item, row in list_items(ctx, request, *where) if item.decision in decisions]
    places = places_by_id(ctx, (item for item, _row in listed_items))
    return [(item.id, _describe_item(item, row, places.get(item.place_id or 0))) for item, row in listed_items]


def places_by_id(ctx: Ctx, items: Any) -> dict[int, CapacityPlace]:
    """The capacity places that the items chose, by id."""
    ids = {item.place_id for item in items if item.place_id is not None}
    return {slot.id: slot for slot in ctx.session.scalars(select(CapacityPlace).where(CapacityPlace.id.in_(ids)))}


def _describe_item(item: ColocationItem, row: Row[Any], slot: CapacityPlace | None) -> str:
    if slot is None:
        return f"{row.code} {row.name}"
    return f"{row.code} {row.name}: {slot.unit.counted(item.quantity)}, {describe_place(slot)}"


def describe_place(slot: CapacityPlace) -> str:
    if slot.free is None:
        return _("%(label)s (chưa rõ số chỗ còn trống)", label=slot.label)
    return _(
        "%(label)s (còn trống %(free)d trong %(total)d %(unit)s)",
        label=slot.label,
        free=slot.free,
        total=slot.total,
        unit=slot.unit.label,
    )


def place_options(ctx: Ctx, structure_id: int) -> list[tuple[int, str]]:
    """The places of a structure as form choices, each with its free capacity."""
    listed = (CapacityPlace.structure_id == structure_id, CapacityPlace.label != UNPLACED)
    query = select(CapacityPlace).where(*listed).order_by(CapacityPlace.label)
    return [(slot.id, describe_place(slot)) for slot in ctx.session.scalars(query)]


def structures_with_places(ctx: Ctx, structure_ids: Collection[int]) -> set[int]:
    """Those of the structures for which the owner declared at least one place."""
    query = select(CapacityPlace.structure_id).where(CapacityPlace.structure_id.in_(structure_ids)).distinct()
    return set(ctx.session.scalars(query))


def parties_of(ctx: Ctx, request: ColocationRequest) -> tuple[str, str]:
    """Names of requester and owner, each with its current successor if there is one."""
    ids = (request.requester_organisation_id, request.owner_organisation_id)
    names = organisation_names(ctx.session, ids, ctx.today)
    return names[ids[0]], names[ids[1]]


def contact_of(ctx: Ctx) -> dict[str, str | None]:
    """Contact fields of a new request, from the actor's account."""
    account = ctx.session.get(UserAccount, ctx.actor.id)
    if account is None:
        return {}
    return {"contact_name": account.full_name, "contact_phone": account.phone, "contact_email": account.email}


def is_request_between(ctx: Ctx, number: str, structure_id: int, requester_id: int, owner_id: int) -> bool:
    """Whether a request with this number went from one organisation to the other for a structure."""
    query = (
        select(ColocationRequest.id)
        .join(ColocationItem, ColocationItem.request_id == ColocationRequest.id)
        .where(
            ColocationRequest.number == number,
            ColocationItem.structure_id == structure_id,
            ColocationRequest.requester_organisation_id == requester_id,
            ColocationRequest.owner_organisation_id == owner_id,
        )
    )
    return ctx.session.scalar(query.limit(1)) is not None


def open_requests_on(ctx: Ctx, structure_id: int) -> list[tuple[ColocationRequest, ItemDecision]]:
    """Visible requests for a structure that have not ended, each with its decision, newest first."""
    query = (
        select(ColocationRequest, ColocationItem.decision)
        .join(ColocationItem, ColocationItem.request_id == ColocationRequest.id)
        .where(
            ColocationItem.structure_id == structure_id,
            ColocationRequest.state.not_in(ENDED),
            visible(ctx, ColocationRequest, P.COLOCATION_READ),
        )
    )
    return [(row[0], row[1]) for row in ctx.session.execute(query.order_by(ColocationRequest.id.desc()))]


def occupants_of(ctx: Ctx, request: ColocationRequest) -> list[str]:
    """Names of who uses the structures of a request now; empty unless the actor may know the holders."""
    if not allowed(ctx, P.COLOCATION_DECIDE, request) and not allowed(ctx, P.COLOCATION_SETTLE, request):
        return []
    query = (
        select(func.coalesce(Organisation.short_name, CapacityEntry.holder_name).label("name"))
        .select_from(ColocationItem)
        .join(CapacityPlace, CapacityPlace.structure_id == ColocationItem.structure_id)
        .join(CapacityEntry, CapacityEntry.place_id == CapacityPlace.id)
        .outerjoin(Organisation, Organisation.id == CapacityEntry.holder_id)
        .where(ColocationItem.request_id == request.id, CapacityEntry.state == EntryState.USED)
        .distinct()
        .order_by("name")
    )
    return [name for name in ctx.session.scalars(query) if name]


def own_entries(ctx: Ctx, structure_id: int, holder_id: int) -> list[tuple[CapacityEntry, CapacityPlace]]:
    """Entries that an organisation has in use on a structure, with their places, ordered by label."""
    query = (
        select(CapacityEntry, CapacityPlace)
        .join(CapacityPlace, CapacityPlace.id == CapacityEntry.place_id)
        .where(
            CapacityPlace.structure_id == structure_id,
            CapacityEntry.holder_id == holder_id,
            CapacityEntry.state == EntryState.USED,
        )
        .order_by(CapacityPlace.label, CapacityEntry.id)
    )
    return [(row[0], row[1]) for row in ctx.session.execute(query)]


def entry_options(ctx: Ctx, structure_id: int, holder_id: int) -> list[tuple[int, str]]:
    """Equipment that can be changed or removed, as form choices."""
    unnamed = _("chưa ghi thiết bị")
    return [
        (entry.id, f"{slot.label}: {slot.unit.counted(entry.quantity)}, {entry.equipment or unnamed}")
        for entry, slot in own_entries(ctx, structure_id, holder_id)
    ]


def entry_problem(ctx: Ctx, request: ColocationRequest, item: ColocationItem, code: str) -> str | None:
    """Why an item does not fit the kind of its request; None if it fits."""
    if request.kind is RequestKind.NEW:
        return None
    entry_ids = {entry.id for entry, _place in own_entries(ctx, item.structure_id, request.requester_organisation_id)}
    if not entry_ids:
        return _(
            "%(code)s: đơn vị chưa có thiết bị nào trên công trình này; loại đề nghị phải là “%(new)s”.",
            code=code,
            new=RequestKind.NEW.label,
        )
    if request.kind in ABOUT_EXISTING and item.replaces_entry_id not in entry_ids:
        return _("%(code)s: chưa chọn thiết bị đang lắp cần thay đổi hoặc tháo dỡ.", code=code)
    return None
