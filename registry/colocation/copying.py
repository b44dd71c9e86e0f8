"""One answer for many structures: a cable over forty poles is described once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, select

from registry.authz.actors import Ctx
from registry.capacity.models import CapacityPlace
from registry.colocation.codes import ItemDecision
from registry.colocation.entries import ABOUT_FORMER, own_entries
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.queries import list_items
from registry.structures.kinds import KINDS


def alike(ctx: Ctx, request: ColocationRequest, item: ColocationItem) -> list[tuple[ColocationItem, Row[Any]]]:
    """The other open items of a request on structures that carry the same things, so that the same can be said."""
    items = list_items(ctx, request)
    kinds = {found.id: KINDS[row.kind].hosting for found, row in items}
    return [
        (found, row)
        for found, row in items
        if found.id != item.id
        and kinds[found.id] is kinds[item.id]
        and found.decision is ItemDecision.PENDING
        and row.exact
    ]


def copy_to_alike(ctx: Ctx, request: ColocationRequest, item: ColocationItem, values: Mapping[str, Any]) -> list[str]:
    """Say the same of all open items alike; returns their codes.

    Each takes its structure's place of the same name, or its only one; where there is none such, the place is still
    to be chosen. What hangs there already is taken over where there is just one.
    """
    others = alike(ctx, request, item)
    structure_ids = [found.structure_id for found, _row in others]
    by_structure: dict[int, list[CapacityPlace]] = {}
    for place in ctx.session.scalars(select(CapacityPlace).where(CapacityPlace.structure_id.in_(structure_ids))):
        by_structure.setdefault(place.structure_id, []).append(place)
    chosen = ctx.session.get(CapacityPlace, item.place_id) if item.place_id is not None else None
    for found, _row in others:
        for name, value in values.items():
            setattr(found, name, value)
        found.place_id = _place(by_structure.get(found.structure_id, []), chosen)
        if request.kind in ABOUT_FORMER:
            own = own_entries(ctx, found.structure_id, request.requester_organisation_id)
            found.replaces_entry_id = own[0][0].id if len(own) == 1 else None
    return [row.code for _found, row in others]


def _place(places: list[CapacityPlace], chosen: CapacityPlace | None) -> int | None:
    if len(places) == 1:
        return places[0].id
    return next((place.id for place in places if chosen is not None and place.label == chosen.label), None)
