"""Places of many new structures at once, with what is in use there; the caller writes the audit record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert

from registry.authz.actors import Ctx
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState, PlaceUnit
from registry.kernel.db.base import Base


@dataclass(frozen=True)
class NewPlace:
    """A place of a structure that this transaction registered; `total` None is unknown."""

    structure_id: int
    organisation_id: int
    label: str
    total: int | None
    used: int = 0
    holder_id: int | None = None
    holder_name: str | None = None


def add_places(ctx: Ctx, places: Sequence[NewPlace]) -> None:
    """Insert places and their entries in use; the database adds up the sums and refuses what does not fit."""
    if not places:
        return
    table = Base.metadata.tables[CapacityPlace.__tablename__]
    rows = [
        {
            "organisation_id": place.organisation_id,
            "structure_id": place.structure_id,
            "label": place.label,
            "unit": PlaceUnit.POSITION,
            "total": place.total,
        }
        for place in places
    ]
    # One place a structure, so the structure tells which id belongs to which.
    added = ctx.session.execute(insert(table).returning(table.c.structure_id, table.c.id), rows).all()
    place_ids = {row.structure_id: row.id for row in added}
    entries = Base.metadata.tables[CapacityEntry.__tablename__]
    in_use = [
        {
            "organisation_id": place.organisation_id,
            "place_id": place_ids[place.structure_id],
            "state": EntryState.USED,
            "quantity": place.used,
            "holder_id": place.holder_id,
            "holder_name": place.holder_name,
        }
        for place in places
        if place.used
    ]
    if in_use:
        ctx.session.execute(insert(entries).returning(entries.c.id), in_use).all()
