"""Reads for OFDS networks, now or at a past time (`when`): owners, users, agreements, manholes at the ends of ducts.

Rights are always those of today.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Executable, FromClause, Select, and_, func, or_, select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState
from registry.colocation.agreements.models import ColocationAgreement
from registry.colocation.agreements.queries import agreed
from registry.colocation.models import ColocationRequest
from registry.exports.ofds_schema import OfdsParty
from registry.exports.structures import query_of
from registry.kernel.text import code_key, register_code
from registry.structures import positions
from registry.structures.filtering.filter import StructureFilter, window_of
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.positions import readable
from registry.structures.positions.moment import When
from registry.structures.positions.versions import names_at, rows_at

Row = dict[str, Any]
DUCT: Final = next(kind for kind in KINDS.values() if kind.junction)
MANHOLE: Final = KINDS[DUCT.junction]


# --- organisations and agreements -----------------------------------------------------------------------------------
def owners_of(ctx: Ctx, structure_filter: StructureFilter) -> Sequence[Any]:
    """Owners of structures that the actor sees exactly, by short name: id, code, name, tax_code, kinds of these."""
    owner = _organisations(ctx, structure_filter.when)
    if structure_filter.when is None:
        readable_rows, is_exact = Structure.__table__, positions.sees_exactly(ctx)
    else:
        readable_rows = readable(ctx, structure_filter.when, window=window_of(structure_filter))
        is_exact = readable_rows.c.exact
    each = (
        select(readable_rows.c.owner_organisation_id, readable_rows.c.kind).where(is_exact).distinct().subquery("each")
    )
    owning = (
        select(each.c.owner_organisation_id, func.array_agg(each.c.kind).label("kinds"))
        .group_by(each.c.owner_organisation_id)
        .subquery("owning")
    )
    query = select(owner.c.id, owner.c.code, owner.c.name, owner.c.tax_code, owning.c.kinds)
    query = query.join(owning, owning.c.owner_organisation_id == owner.c.id)
    if structure_filter.owner_id is not None:
        query = query.where(owner.c.id == structure_filter.owner_id)
    query = query.order_by(owner.c.short_name)
    return (ctx.session.execute(query) if structure_filter.when is None else positions.run(ctx, query)).all()


def parties_of(ctx: Ctx, owner_ids: Collection[int], when: When | None) -> dict[int, OfdsParty]:
    """Organisations by id."""
    owner = _organisations(ctx, when)
    query = select(owner.c.id, owner.c.code, owner.c.name, owner.c.tax_code).where(owner.c.id.in_(owner_ids))
    return {owner_id: OfdsParty(*rest) for owner_id, *rest in ctx.session.execute(query)}


def _organisations(ctx: Ctx, when: When | None) -> FromClause:
    """Organisations under their names of today, or under those recorded at `when`."""
    return Organisation.__table__ if when is None else names_at(Organisation, when.at(ctx.now), "owner")


def users_now(ctx: Ctx, structure_ids: Collection[int]) -> dict[int, tuple[OfdsParty, ...]]:
    """Structure -> organisations that use a slot of it, where the actor may know them."""
    query = (
        select(CapacityPlace.structure_id, Organisation.code, Organisation.name, Organisation.tax_code)
        .distinct()
        .join(CapacityEntry, CapacityEntry.place_id == CapacityPlace.id)
        .join(Organisation, Organisation.id == CapacityEntry.holder_id)
        .join(Structure, Structure.id == CapacityPlace.structure_id)
        .where(
            CapacityPlace.structure_id.in_(structure_ids),
            CapacityEntry.state == EntryState.USED,
            visible(ctx, Structure, P.CAPACITY_HOLDERS),
        )
        .order_by(CapacityPlace.structure_id, Organisation.code)
    )
    return _by_structure(ctx, query)


def users_at(ctx: Ctx, owner_id: int, when: When) -> dict[int, tuple[OfdsParty, ...]]:
    """Structure -> organisations that used a slot of it then, where the actor may know them today.

    Reads all structures of an owner at once, because no index leads from structures to old versions of their slots.
    Users of deleted structures are not named: there is no row left to check rights against.
    """
    point = when.at(ctx.now)
    slot, entry = rows_at(CapacityPlace, point, "place"), rows_at(CapacityEntry, point, "entry")
    holder = names_at(Organisation, point, "holder")
    query = (
        select(slot.c.structure_id, holder.c.code, holder.c.name, holder.c.tax_code)
        .distinct()
        .join(entry, entry.c.place_id == slot.c.id)
        .join(holder, holder.c.id == entry.c.holder_id)
        .join(Structure, Structure.id == slot.c.structure_id)
        .where(
            slot.c.organisation_id == owner_id,
            entry.c.state == EntryState.USED,
            visible(ctx, Structure, P.CAPACITY_HOLDERS),
        )
        .order_by(slot.c.structure_id, holder.c.code)
    )
    return _by_structure(ctx, query)


def _by_structure(ctx: Ctx, query: Executable) -> dict[int, tuple[OfdsParty, ...]]:
    users_by_structure: dict[int, tuple[OfdsParty, ...]] = {}
    # Many structures have the same users: they share one tuple.
    shared: dict[tuple[OfdsParty, ...], tuple[OfdsParty, ...]] = {}
    for structure_id, *holder in ctx.session.execute(query):
        users = (*users_by_structure.get(structure_id, ()), OfdsParty(*holder))
        users_by_structure[structure_id] = shared.setdefault(users, users)
    return users_by_structure


def agreements_of(ctx: Ctx, owner_id: int, when: When | None) -> Select[Any]:
    """Agreed requests to one owner that the actor may read today: number and title."""
    request: Any = ColocationRequest
    agreement: Any = ColocationAgreement
    if when is None:
        query = select(request.number, request.title)
    else:
        point = when.at(ctx.now)
        request = rows_at(ColocationRequest, point, "then").c
        agreement = rows_at(ColocationAgreement, point, "agreement").c
        query = select(request.number, request.title).join(ColocationRequest, ColocationRequest.id == request.id)
    return query.where(
        visible(ctx, ColocationRequest, P.COLOCATION_READ),
        request.owner_organisation_id == owner_id,
        agreed(request, agreement),
    ).order_by(request.id)


def still_published(ctx: Ctx, structure_ids: Collection[int]) -> set[int]:
    """Those that are published today: the public may know of the past only what it may know now."""
    query = select(Structure.id).where(Structure.id.in_(structure_ids), Structure.is_published_rule())
    return set(ctx.session.scalars(query))


# --- manholes at the ends of ducts ----------------------------------------------------------------------------------
class Manholes(NamedTuple):
    """The manholes at the ends of one duct; None where none is stored or the actor does not see it exactly."""

    start: Row | None
    end: Row | None


class _Stored(NamedTuple):
    """The stored end of a duct: the id of a manhole, or a code as its owner writes it."""

    id: int | None
    code: str


def manholes_of(ctx: Ctx, owner_id: int, ducts: Sequence[Row], when: When | None) -> dict[int, Manholes]:
    """Duct -> its manholes; `ducts` are rows of one owner.

    An id or a registry code names a manhole of any owner. An own code, in any spelling, names the manhole of that owner
    if exactly one has it.
    """
    stored = _stored_ends(ctx, ducts, when)
    if not stored:
        return {}
    ends = [end for pair in stored.values() for end in pair]
    rows = _rows(ctx, owner_id, {end.id for end in ends if end.id}, {end.code for end in ends if end.code}, when)
    by_id = {row["id"]: row for row in rows}
    by_code = {row["code"]: row for row in rows}
    by_own: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["owner_organisation_id"] == owner_id:
            for spelling in {row["own_code"], code_key(row["own_code"] or "")}:
                by_own[spelling].append(row)

    def manhole(end: _Stored) -> Row | None:
        if end.id is not None:
            return by_id.get(end.id)
        same = [row for row in by_own.get(end.code, ()) if row["own_code"] == end.code]
        same = same or by_own.get(code_key(end.code), [])
        return by_code.get(register_code(end.code)) or (same[0] if len(same) == 1 else None)

    return {duct_id: Manholes(manhole(start), manhole(end)) for duct_id, (start, end) in stored.items()}


def _stored_ends(ctx: Ctx, ducts: Sequence[Row], when: When | None) -> Mapping[int, tuple[_Stored, _Stored]]:
    codes = {row["id"]: (row.get("from_manhole_code") or "", row.get("to_manhole_code") or "") for row in ducts}
    if not codes:
        return {}
    duct = _table(ctx, DUCT.model, when, "duct")
    query = select(duct.c.id, duct.c.from_manhole_id, duct.c.to_manhole_id).where(duct.c.id.in_(codes))
    return {
        duct_id: (_Stored(from_id, codes[duct_id][0]), _Stored(to_id, codes[duct_id][1]))
        for duct_id, from_id, to_id in ctx.session.execute(query)
        if from_id or to_id or any(codes[duct_id])
    }


def _rows(ctx: Ctx, owner_id: int, ids: set[int], codes: set[str], when: When | None) -> list[Row]:
    """The named manholes that the actor sees exactly."""
    table = _table(ctx, Structure, when, "named")
    keys = {code_key(code) for code in codes}
    own = and_(table.c.owner_organisation_id == owner_id, func.code_key(table.c.own_code).in_(keys))
    meant = select(table.c.id).where(
        table.c.kind == MANHOLE.code, or_(table.c.id.in_(ids), table.c.code.in_({key.upper() for key in keys}), own)
    )
    query = query_of(ctx, StructureFilter(choices={"kind": (MANHOLE.code,)}, when=when))
    known_rows = query.where(query.selected_columns["id"].in_(list(ctx.session.scalars(meant))))
    return [dict(row._mapping) for row in positions.run(ctx, known_rows) if row.exact]


def _table(ctx: Ctx, model: type[Structure], when: When | None, name: str) -> FromClause:
    return rows_at(model, when.at(ctx.now), name) if when is not None else model.__table__.alias(name)
