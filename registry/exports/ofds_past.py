"""What the networks of a past time are made of: owners, users and agreements as they were, by the rights of today."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, Select, select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState
from registry.colocation.agreements.models import ColocationAgreement
from registry.colocation.agreements.queries import agreed
from registry.colocation.models import ColocationRequest
from registry.exports.ofds_rules import Party
from registry.structures import positions
from registry.structures.filtering.filter import StructureFilter, window_of
from registry.structures.models import Structure
from registry.structures.positions import readable
from registry.structures.positions.moment import When
from registry.structures.positions.versions import names_at, rows_at


def owners_at(ctx: Ctx, chosen: StructureFilter, when: When) -> Sequence[Row[Any]]:
    """Who owned anything then that the actor sees exactly, by the names known then: id, code, name, tax code."""
    owner = names_at(Organisation, when.at(ctx.now), "owner")
    seen = readable(ctx, when, window=window_of(chosen))
    owning = select(seen.c.owner_organisation_id).where(seen.c.exact)
    query = select(owner.c.id, owner.c.code, owner.c.name, owner.c.tax_code).where(owner.c.id.in_(owning))
    if chosen.owner_id is not None:
        query = query.where(owner.c.id == chosen.owner_id)
    return positions.run(ctx, query.order_by(owner.c.short_name)).all()


def parties_at(ctx: Ctx, owner_ids: Collection[int], when: When) -> dict[int, Party]:
    """Organisations by the names known then."""
    owner = names_at(Organisation, when.at(ctx.now), "owner")
    query = select(owner.c.id, owner.c.code, owner.c.name, owner.c.tax_code).where(owner.c.id.in_(owner_ids))
    return {owner_id: Party(*rest) for owner_id, *rest in ctx.session.execute(query)}


def users_at(ctx: Ctx, owner_id: int, when: When) -> dict[int, tuple[Party, ...]]:
    """Structure -> organisations that used a place of it then, where the actor may know that today.

    Of all structures of an owner at once: nothing leads from a few structures to the old versions of their places. Of
    what is gone from the register nobody's rights are left to judge by, so its users are not named.
    """
    point = when.at(ctx.now)
    place, entry = rows_at(CapacityPlace, point, "place"), rows_at(CapacityEntry, point, "entry")
    holder = names_at(Organisation, point, "holder")
    query = (
        select(place.c.structure_id, holder.c.code, holder.c.name, holder.c.tax_code)
        .distinct()
        .join(entry, entry.c.place_id == place.c.id)
        .join(holder, holder.c.id == entry.c.holder_id)
        .join(Structure, Structure.id == place.c.structure_id)
        .where(
            place.c.organisation_id == owner_id,
            entry.c.state == EntryState.USED,
            visible(ctx, Structure, P.CAPACITY_HOLDERS),
        )
        .order_by(place.c.structure_id, holder.c.code)
    )
    found: dict[int, tuple[Party, ...]] = {}
    # Many structures have the same users: one tuple serves them all.
    same: dict[tuple[Party, ...], tuple[Party, ...]] = {}
    for structure_id, *holder_then in ctx.session.execute(query):
        users = (*found.get(structure_id, ()), Party(*holder_then))
        found[structure_id] = same.setdefault(users, users)
    return found


def contracts_at(ctx: Ctx, owner_id: int, when: When) -> Select[Any]:
    """Requests to one owner that were agreed then and that the actor may read today: number and title."""
    point = when.at(ctx.now)
    then = rows_at(ColocationRequest, point, "then")
    agreement = rows_at(ColocationAgreement, point, "agreement")
    return (
        select(then.c.number, then.c.title)
        .join(ColocationRequest, ColocationRequest.id == then.c.id)
        .where(
            visible(ctx, ColocationRequest, P.COLOCATION_READ),
            then.c.owner_organisation_id == owner_id,
            agreed(then.c, agreement.c),
        )
        .order_by(then.c.id)
    )


def still_published(ctx: Ctx, structure_ids: Collection[int]) -> set[int]:
    """Those that their owners publish today: what everybody may know of the past is what they may know now."""
    query = select(Structure.id).where(Structure.id.in_(structure_ids), Structure.is_published_rule())
    return set(ctx.session.scalars(query))
