"""Reads of cables: the structures that carry one, and the cables over a structure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, and_, func, literal, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from registry.accounts.models import Organisation
from registry.audit.access_log import log_access
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible, whole_organisation_ids
from registry.cables.models import CableMember
from registry.cables.rules import read_codes
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState, cable_use
from registry.capacity.queries import may_see_holders
from registry.kernel.db.history import history_of
from registry.kernel.i18n import _
from registry.kernel.text import code_key, register_code
from registry.structures import positions
from registry.structures.codes import Status
from registry.structures.history import HistoryChange, HistoryPart
from registry.structures.kinds import HOSTS
from registry.structures.kinds.cable_route import CableKind, CableRoute
from registry.structures.models import Structure
from registry.structures.positions import readable
from registry.structures.positions.moment import Point, When
from registry.structures.positions.versions import is_not_deleted, names_at, version_conditions
from registry.structures.visibility import IS_OPEN

_CHUNK: Final = 5_000
_MEMO: Final = "cables.members"
_OVER_MEMO: Final = "cables.over"


@dataclass(frozen=True)
class MemberView:
    """One structure on a cable's route; no code where the reader may not know of it, no name where it is coarse."""

    ordinal: int
    code: str | None
    kind: str | None
    name: str | None
    owner: str | None
    status: Status | None


@dataclass(frozen=True)
class Occupant:
    """One cable that passes over a structure."""

    code: str
    owner: str
    cable_kind: CableKind
    fibre_count: int | None
    status: Status
    is_dead: bool
    installed_on: date | None
    dead_on: date | None
    removed_on: date | None
    owner_id: int
    #: Of another owner, in place, and without a use that the owner of the structure declared.
    is_undeclared: bool


@dataclass(frozen=True)
class Support:
    """The structure of a code."""

    id: int
    code: str
    kind: str


def shown_to(owner_id: int) -> ColumnElement[bool]:
    """The structures with positions that an owner knows: its own, published ones, those of its own open cases."""
    return or_(
        Structure.owner_organisation_id == owner_id,
        Structure.is_published_rule(),
        and_(Structure.is_open_rule(), Structure.is_disclosed_rule((owner_id,))),
    )


def usable_by(owner_id: int) -> ColumnElement[bool]:
    """The structures that a cable of an owner may pass over: those it knows, or where it is recorded as a user."""
    hosting = (
        select(CapacityPlace.structure_id)
        .join(CapacityEntry, CapacityEntry.place_id == CapacityPlace.id)
        .where(CapacityEntry.holder_id == owner_id, CapacityEntry.state.in_((EntryState.USED, EntryState.RESERVED)))
    )
    return and_(Structure.kind.in_(tuple(HOSTS)), or_(shown_to(owner_id), Structure.id.in_(hosting)))


def find_supports(session: Session, owner_id: int, codes: Collection[str]) -> dict[str, Support | None]:
    """Code in any spelling -> structure for an owner, by its own codes first, then by the province's.

    Unknown ones are left out; None stands for a code that several own codes of the owner are other spellings of.
    """
    # The database rejects parameters with such characters.
    candidates = sorted(code for code in set(codes) if code_key(code).isprintable())
    supports: dict[str, Support | None] = {}
    key = func.code_key(Structure.own_code)
    structures = select(Structure.id, Structure.code, Structure.kind, Structure.own_code, key.label("key"))
    own = (Structure.owner_organisation_id == owner_id, Structure.kind.in_(tuple(HOSTS)))
    for start in range(0, len(candidates), _CHUNK):
        keys = {code: code_key(code) for code in candidates[start : start + _CHUNK]}
        in_register = structures.where(Structure.code.in_({register_code(code) for code in keys}), usable_by(owner_id))
        by_code = {row.code: Support(row.id, row.code, row.kind) for row in session.execute(in_register)}
        by_spelling: dict[str, Support] = {}
        by_key: dict[str, list[Support]] = {}
        for row in session.execute(structures.where(key.in_(set(keys.values())), *own)):
            by_spelling[row.own_code] = Support(row.id, row.code, row.kind)
            by_key.setdefault(row.key, []).append(by_spelling[row.own_code])
        for code, spelling_key in keys.items():
            same = by_key.get(spelling_key, [])
            if code in by_spelling:
                supports[code] = by_spelling[code]
            elif same:
                supports[code] = same[0] if len(same) == 1 else None
            elif register_code(code) in by_code:
                supports[code] = by_code[register_code(code)]
    return supports


def member_ids(session: Session, cable_id: int) -> list[int]:
    """The structures on a cable's route, in order."""
    query = select(CableMember.structure_id).where(CableMember.cable_id == cable_id).order_by(CableMember.ordinal)
    return list(session.scalars(query))


def list_members(ctx: Ctx, cable: Structure) -> list[MemberView]:
    """The structures that carry a cable which the reader sees exactly, in order.

    In a read-only transaction the answer is cached, so that a page with several panels of it notes one access.
    """
    cache: dict[int, list[MemberView]] = ctx.memo.setdefault(_MEMO, {}) if ctx.read_only else {}
    if cable.id not in cache:
        cache[cable.id] = _list_members(ctx, cable)
    return cache[cable.id]


def _list_members(ctx: Ctx, cable: Structure) -> list[MemberView]:
    readable_rows = positions.readable(ctx)
    query = (
        select(
            CableMember.ordinal,
            readable_rows.c.exact,
            readable_rows.c.code,
            readable_rows.c.kind,
            readable_rows.c.name,
            readable_rows.c.status,
            readable_rows.c.owner_organisation_id,
            Organisation.short_name.label("owner"),
        )
        .select_from(CableMember)
        .outerjoin(readable_rows, readable_rows.c.id == CableMember.structure_id)
        .outerjoin(Organisation, Organisation.id == readable_rows.c.owner_organisation_id)
        .where(CableMember.cable_id == cable.id)
        .order_by(CableMember.ordinal)
    )
    rows = positions.run(ctx, query).all()
    others = {row.owner_organisation_id for row in rows if row.exact}
    log_access(ctx, "cable_members", others, rows=len(rows), code=cable.code)
    return [_member(row.ordinal, row) for row in rows]


def list_members_at(ctx: Ctx, cable_id: int, code: str, when: When) -> list[MemberView]:
    """The structures that carried a cable at a time, in order; the caller has checked the access to the cable."""
    point, member, readable_rows = when.at(ctx.now), history_of(CableMember).alias("member"), readable(ctx, when)
    owner = names_at(Organisation, point, "owner")
    listed = (
        select(member.c.ordinal, member.c.structure_id)
        .where(
            member.c.cable_id == cable_id,
            *version_conditions(member, CableMember, point),
            is_not_deleted(member, point),
        )
        .order_by(member.c.ordinal)
    )
    rows = ctx.session.execute(listed).all()
    query = (
        select(readable_rows, owner.c.short_name.label("owner"))
        .outerjoin(owner, owner.c.id == readable_rows.c.owner_organisation_id)
        .where(readable_rows.c.id.in_({row.structure_id for row in rows}))
    )
    rows_by_id = {row.id: row for row in positions.run(ctx, query)}
    others = {row.owner_organisation_id for row in rows_by_id.values() if row.exact}
    log_access(ctx, "cable_members", others, rows=len(rows), code=code, **when.address)
    return [_member(row.ordinal, rows_by_id.get(row.structure_id)) for row in rows]


def _member(ordinal: int, row: Any) -> MemberView:
    if row is None:
        return MemberView(ordinal, None, None, None, None, None)
    return MemberView(ordinal, row.code, row.kind, row.name or None, row.owner, row.status if row.exact else None)


def member_codes(session: Session, cable: Structure) -> list[str]:
    """The codes of the list as its owner writes them: own codes where there are some."""
    query = (
        select(Structure.code, Structure.own_code, Structure.owner_organisation_id)
        .join(CableMember, CableMember.structure_id == Structure.id)
        .where(CableMember.cable_id == cable.id)
        .order_by(CableMember.ordinal)
    )
    return [
        row.own_code if row.owner_organisation_id == cable.owner_organisation_id and _is_one(row.own_code) else row.code
        for row in session.execute(query)
    ]


def listed_codes(ctx: Ctx, cable: FromClause, point: Point | None = None) -> ColumnElement[str | None]:
    """The provincial codes of the structures that carry each cable of a query, in order, as one cell of a file.

    `cable` has the columns id and owner_organisation_id. Without `point` of the present. Restricted structures are
    listed for the cable's owner only, by the sharing status of today.
    """
    support = Structure.__table__.alias("support")
    listed = or_(
        cable.c.owner_organisation_id.in_(whole_organisation_ids(ctx.actor)),
        IS_OPEN.clause(support),
    )
    member: Any = CableMember.__table__ if point is None else history_of(CableMember).alias("member")
    valid: list[ColumnElement[bool]] = []
    if point is not None:
        valid = [*version_conditions(member, CableMember, point), is_not_deleted(member, point)]
    codes = func.string_agg(support.c.code, aggregate_order_by(literal("; "), member.c.ordinal))
    query = (
        select(codes)
        .join_from(member, support, support.c.id == member.c.structure_id)
        .where(member.c.cable_id == cable.c.id, *valid, listed)
    )
    return query.correlate(cable).scalar_subquery()


def _is_one(own_code: str | None) -> bool:
    """Whether a list would read an own code as one code."""
    return own_code is not None and read_codes(own_code) == (own_code,)


def list_occupants(ctx: Ctx, support: Structure) -> list[Occupant]:
    """The cables over a structure: all for actors who may know its users, else those that the reader sees anyway.

    Cables in use come first, then dead, then removed ones. Restricted cables are listed only if seen exactly. In a
    read-only transaction the answer is cached, for the panels of one page.
    """
    cache: dict[int, list[Occupant]] = ctx.memo.setdefault(_OVER_MEMO, {}) if ctx.read_only else {}
    if support.id not in cache:
        cache[support.id] = _list_occupants(ctx, support)
    return cache[support.id]


def _list_occupants(ctx: Ctx, support: Structure) -> list[Occupant]:
    is_visible = visible(ctx, CableRoute, P.STRUCTURE_READ)
    if may_see_holders(ctx, support):
        is_visible = or_(CableRoute.is_open_rule(), is_visible)
    # Out of use and not removed, certified or not.
    dead = or_(func.coalesce(CableRoute.dead_flag, False), CableRoute.status == Status.DECOMMISSIONED)
    passing = select(CableMember.cable_id).where(CableMember.structure_id == support.id)
    undeclared = (
        select(cable_use.c.cable_id)
        .join(CapacityEntry, CapacityEntry.id == cable_use.c.entry_id)
        .where(cable_use.c.structure_id == support.id, CapacityEntry.cable_id.is_not(None))
    )
    query = (
        select(
            CableRoute.code,
            CableRoute.cable_kind,
            CableRoute.fibre_count,
            CableRoute.status,
            dead.label("is_dead"),
            CableRoute.installed_on,
            CableRoute.dead_on,
            CableRoute.removed_on,
            Organisation.short_name.label("owner"),
            Organisation.id.label("owner_id"),
            and_(
                CableRoute.owner_organisation_id != support.owner_organisation_id,
                CableRoute.id.in_(undeclared),
            ).label("is_undeclared"),
        )
        .join(Organisation, Organisation.id == CableRoute.owner_organisation_id)
        .where(CableRoute.id.in_(passing), is_visible)
        .order_by(CableRoute.status == Status.REMOVED, dead, CableRoute.code)
    )
    return [Occupant(**row) for row in ctx.session.execute(query).mappings()]


def foreign_uses(ctx: Ctx, support: Structure) -> list[Occupant]:
    """The cables of others over a structure of which its owner declared no use, as far as the reader may know them."""
    return [occupant for occupant in list_occupants(ctx, support) if occupant.is_undeclared]


def member_changes(ctx: Ctx, cable: Structure) -> list[HistoryPart]:
    """The changes of the list of a cable, for its timeline, as codes from end to end; none for other kinds.

    A structure that the reader may not know of is a dash.
    """
    if not isinstance(cable, CableRoute):
        return []
    member, base = history_of(CableMember), history_of(Structure)
    query = (
        select(member.c.ordinal, member.c.structure_id, member.c.recorded_from, member.c.recorded_to)
        .where(member.c.cable_id == cable.id)
        .order_by(member.c.history_id)
    )
    rows = ctx.session.execute(query).all()
    # A change of the list makes a new version of its cable, which has the change id also where rows were only deleted.
    moments = {row.recorded_from for row in rows} | {row.recorded_to for row in rows if row.recorded_to is not None}
    changes = (
        select(base.c.recorded_from, func.max(base.c.change_id).label("change_id"))
        .where(base.c.id == cable.id, base.c.recorded_from.in_(moments))
        .group_by(base.c.recorded_from)
        .order_by(base.c.recorded_from)
    )
    codes = _known_codes(ctx, {row.structure_id for row in rows})
    parts, before = [], ""
    for moment, change_id in ctx.session.execute(changes).all() if rows else ():
        listed = sorted(
            (row.ordinal, row.structure_id)
            for row in rows
            if row.recorded_from <= moment and (row.recorded_to is None or row.recorded_to > moment)
        )
        after = "; ".join(codes.get(structure_id, "–") for _ordinal, structure_id in listed)
        if after != before:
            parts.append(
                HistoryPart(change_id, moment, (HistoryChange(_("Các công trình mà cáp đi qua"), before, after),))
            )
        before = after
    return parts


def _known_codes(ctx: Ctx, ids: Collection[int]) -> dict[int, str]:
    """The codes of the structures that the reader may know of."""
    readable_rows = positions.readable(ctx)
    query = select(readable_rows.c.id, readable_rows.c.code).where(readable_rows.c.id.in_(ids))
    return {row.id: row.code for row in positions.run(ctx, query)} if ids else {}
