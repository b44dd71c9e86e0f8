"""One structure of a request as pages and the dossier show it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, select

from registry.authz.actors import Ctx
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState
from registry.capacity.queries import PlaceView, list_places
from registry.colocation.models import ColocationItem, ColocationOffer, ColocationRequest
from registry.colocation.queries import list_items, places_by_id
from registry.colocation.queue import QueuedItem, queues_of
from registry.colocation.rules import item_fields
from registry.kernel.clock import last_day
from registry.kernel.fields import display_value
from registry.kernel.i18n import _
from registry.structures import positions
from registry.structures.forms import fields_for
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.positions.references import visible_values
from registry.structures.queries import get_structure
from registry.structures.writing.create_edit import current_values


@dataclass(frozen=True)
class OfferView:
    """An offer with the code and the place label that it names."""

    offer: ColocationOffer
    code: str | None
    place: str | None


@dataclass(frozen=True)
class RequestItemView:
    """One structure of a request with its answer, offer, reservation and position in the queue."""

    item: ColocationItem
    #: Row of `structure_rows`; `name` is empty unless the reader sees the structure exactly.
    structure: Row[Any]
    name: str
    kind_label: str
    place: CapacityPlace | None
    #: Equipment to install: label and value.
    facts: tuple[tuple[str, str], ...]
    #: Its ledger entry; None if nothing was ever reserved.
    entry: CapacityEntry | None
    #: Existing equipment to change or remove.
    former: CapacityEntry | None
    #: The last offer.
    offer: OfferView | None
    #: Position in the queue from 1, and length of the queue; None if it does not wait.
    turn: tuple[int, int] | None

    @property
    def held_to(self) -> date | None:
        """Last day of the reservation; None if there is none."""
        if self.entry is None or self.entry.state is not EntryState.RESERVED or self.entry.expires_at is None:
            return None
        return last_day(self.entry.expires_at)


def view_items(ctx: Ctx, request: ColocationRequest) -> list[RequestItemView]:
    items = list_items(ctx, request)
    places = places_by_id(ctx, (item for item, _row in items))
    named = {number for item, _row in items for number in (item.entry_id, item.replaces_entry_id) if number}
    entries = {
        entry.id: entry for entry in ctx.session.scalars(select(CapacityEntry).where(CapacityEntry.id.in_(named)))
    }
    offers = _offers(ctx, [item.id for item, _row in items])
    queues = queues_of(ctx, places) if request.filed_at else {}
    return [
        RequestItemView(
            item=item,
            structure=row,
            name=row.name if row.exact else "",
            kind_label=str(KINDS[row.kind].label),
            place=places.get(item.place_id or 0),
            facts=_facts(item, row.kind),
            entry=entries.get(item.entry_id or 0),
            former=entries.get(item.replaces_entry_id or 0),
            offer=offers.get(item.id),
            turn=_turn(queues.get(item.place_id or 0, []), item.id),
        )
        for item, row in items
    ]


def exact_structure_ids(views: Iterable[RequestItemView]) -> set[int]:
    """Ids of the structures that the reader sees exactly."""
    return {view.structure.id for view in views if view.structure.exact}


def _facts(item: ColocationItem, kind: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (str(field.label), display_value(field, getattr(item, name)))
        for name, field in item_fields(kind).items()
        if name != "quantity" and getattr(item, name) not in (None, "")
    )


def _turn(queue: list[QueuedItem], item_id: int) -> tuple[int, int] | None:
    return next(((turn, len(queue)) for turn, queued in enumerate(queue, 1) if queued.item_id == item_id), None)


def _offers(ctx: Ctx, item_ids: Collection[int]) -> dict[int, OfferView]:
    """The last offer of each item; everyone who reads the request may read its offers."""
    query = (
        select(ColocationOffer, Structure.code, CapacityPlace.label)
        .outerjoin(Structure, Structure.id == ColocationOffer.structure_id)
        .outerjoin(CapacityPlace, CapacityPlace.id == ColocationOffer.place_id)
        .where(ColocationOffer.item_id.in_(item_ids))
        .order_by(ColocationOffer.id)
    )
    return {offer.item_id: OfferView(offer, code, label) for offer, code, label in ctx.session.execute(query)}


@dataclass(frozen=True)
class Extract:
    """One item with the register's record of its structure; empty if the reader does not see it exactly."""

    view: RequestItemView
    rows: Sequence[tuple[str, str]]
    places: Sequence[PlaceView]


def dossier_of(ctx: Ctx, request: ColocationRequest) -> list[Extract]:
    return [_extract(ctx, view) for view in view_items(ctx, request)]


def _extract(ctx: Ctx, view: RequestItemView) -> Extract:
    if not view.structure.exact:
        return Extract(view, (), ())
    structure = get_structure(ctx, view.structure.code, KINDS[view.structure.kind].model)
    values = visible_values(ctx, structure.kind, structure.owner_organisation_id, current_values(structure))
    stated = positions.given_of(ctx, structure.id)
    rows = [
        (str(field.label), text)
        for name, field in fields_for(structure.kind).items()
        if (text := display_value(field, values.get(name)))
    ]
    if stated is not None:
        rows.append((_("Tọa độ đã khai"), stated.given_position))
    return Extract(view, rows, list_places(ctx, structure))
