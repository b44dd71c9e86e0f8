"""Reads of requests: items with their structures and places, what the pages show, open requests of a structure."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Executable, Row, func, select

from registry.accounts.models import Organisation, UserAccount
from registry.accounts.queries import organisation_names
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import allowed, get_visible, visible
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState
from registry.colocation.codes import ColocationState, ItemDecision
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.kernel.errors import NotFound
from registry.kernel.i18n import _
from registry.structures.models import Structure

#: A request in one of these states waits for nobody any more.
ENDED = (ColocationState.CONTRACTED, ColocationState.WITHDRAWN, ColocationState.EXPIRED, ColocationState.CLOSED)


def get_request(ctx: Ctx, request_id: int) -> ColocationRequest:
    """A request that the actor may see; NotFound otherwise."""
    message = _("Không có đề nghị dùng chung này, hoặc bạn không có quyền biết đến nó.")
    found: ColocationRequest = get_visible(
        ctx, ColocationRequest, P.COLOCATION_READ, ColocationRequest.id == request_id, message=message
    )
    return found


def get_item(ctx: Ctx, request: ColocationRequest, item_id: int) -> tuple[ColocationItem, Row[Any]]:
    """One item of a request with its structure; NotFound where it is not one of it."""
    for item, structure in list_items(ctx, request):
        if item.id == item_id:
            return item, structure
    raise NotFound(_("Đề nghị này không có công trình đó (nữa)."))


def structure_rows(ctx: Ctx, *where: ColumnElement[bool]) -> Executable:
    """What requests must know of structures; `exact` says whether the actor sees one exactly."""
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
    """The items of a request with their structures, by code."""
    query = select(ColocationItem).where(ColocationItem.request_id == request.id, *where)
    items = {item.structure_id: item for item in ctx.session.scalars(query)}
    rows = ctx.session.execute(structure_rows(ctx, Structure.id.in_(items)))
    return [(items[row.id], row) for row in rows]


def item_options(
    ctx: Ctx, request: ColocationRequest, decisions: Collection[ItemDecision], *where: ColumnElement[bool]
) -> list[tuple[int, str]]:
    """Id and words of the items with one of these answers, with what is free now."""
    found = [(item, row) for item, row in list_items(ctx, request, *where) if item.decision in decisions]
    places = places_by_id(ctx, (item for item, _row in found))
    return [(item.id, _in_words(item, row, places.get(item.place_id or 0))) for item, row in found]


def places_by_id(ctx: Ctx, items: Any) -> dict[int, CapacityPlace]:
    """The places that items have chosen."""
    wanted = {item.place_id for item in items if item.place_id is not None}
    return {place.id: place for place in ctx.session.scalars(select(CapacityPlace).where(CapacityPlace.id.in_(wanted)))}


def _in_words(item: ColocationItem, row: Row[Any], place: CapacityPlace | None) -> str:
    if place is None:
        return f"{row.code} {row.name}"
    return f"{row.code} {row.name}: {item.quantity} {place.unit.label}, {place_in_words(place)}"


def place_in_words(place: CapacityPlace) -> str:
    """A place with what is free of it."""
    if place.free is None:
        return _("%(label)s (chưa rõ còn trống bao nhiêu)", label=place.label)
    return _(
        "%(label)s (còn trống %(free)d trong %(total)d %(unit)s)",
        label=place.label,
        free=place.free,
        total=place.total,
        unit=place.unit.label,
    )


def place_options(ctx: Ctx, structure_id: int) -> list[tuple[int, str]]:
    """The places of a structure to choose from, with what is free of each."""
    query = select(CapacityPlace).where(CapacityPlace.structure_id == structure_id).order_by(CapacityPlace.label)
    return [(place.id, place_in_words(place)) for place in ctx.session.scalars(query)]


def structures_with_places(ctx: Ctx, structure_ids: Collection[int]) -> set[int]:
    """Those of the structures whose owner has declared any place."""
    query = select(CapacityPlace.structure_id).where(CapacityPlace.structure_id.in_(structure_ids)).distinct()
    return set(ctx.session.scalars(query))


def parties_of(ctx: Ctx, request: ColocationRequest) -> tuple[str, str]:
    """The names of requester and owner, each with that of its successor where it has one today."""
    ids = (request.requester_organisation_id, request.owner_organisation_id)
    names = organisation_names(ctx.session, ids, ctx.today)
    return names[ids[0]], names[ids[1]]


def contact_of(ctx: Ctx) -> dict[str, str | None]:
    """What the actor's own account says, to fill a new request."""
    account = ctx.session.get(UserAccount, ctx.actor.id)
    if account is None:
        return {}
    return {"contact_name": account.full_name, "contact_phone": account.phone, "contact_email": account.email}


def is_request_between(ctx: Ctx, number: str, structure_id: int, requester_id: int, owner_id: int) -> bool:
    """Whether a request of this number was sent by one organisation to another for a structure."""
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
    """The requests for a structure that still run, each with the answer about this structure, newest first.

    As far as the actor may see them.
    """
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
    """Who is on the structures of a request now: the parties of any works on them, for who may know holders."""
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
