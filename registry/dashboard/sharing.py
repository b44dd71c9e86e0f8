"""The sharing ratio of BTS positions on a day.

No legal text gives the formula, so both readings are shown:
(a) shared positions / all positions: antenna towers that two or more organisations use / all towers in operation;
(b) co-located stations / all hosted stations: a station is one organisation at one tower.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Text, and_, case, cast, func, not_, or_, select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState
from registry.structures.kinds import HOSTS
from registry.structures.kinds.kind import Hosting
from registry.structures.models import Structure
from registry.structures.positions.versions import begun_by, in_use_on

#: Kinds that carry antennas: the positions of stations.
POSITION_KINDS: Final = tuple(code for code, kind in HOSTS.items() if kind.hosting is Hosting.ANTENNAS)
_SHARED_FROM: Final = 2
#: Of the list of towers: those of which it is not known whether they had begun.
UNDATED: Final = "undated"
_MEMO: Final = "dashboard.sharing"


@dataclass(frozen=True)
class SharingRatio:
    """Counts behind both ratios on a day; `unknown` are towers without a recorded user.

    Restricted towers are in none of them: the ratio is one for all readers. `restricted` are those that the actor sees.
    """

    on: date
    positions: int
    shared_positions: int
    unknown: int
    stations: int
    shared_stations: int
    restricted: int
    #: Towers of which it is not known whether they had begun; in none of the counts.
    undated: int = 0

    @property
    def position_pct(self) -> float | None:
        """(a) in percent; None where there are no positions."""
        return 100 * self.shared_positions / self.positions if self.positions else None

    @property
    def station_pct(self) -> float | None:
        """(b) in percent; None where no station is recorded."""
        return 100 * self.shared_stations / self.stations if self.stations else None


def sharing_ratio(ctx: Ctx, on: date) -> SharingRatio:
    """Both ratios over the towers with users that the reader may know, or over the province for its figures.

    A read-only transaction computes the ratio of a day once.
    """
    if not ctx.read_only:
        return _ratio(ctx, on)
    cache: dict[date, SharingRatio] = ctx.memo.setdefault(_MEMO, {})
    if on not in cache:
        cache[on] = _ratio(ctx, on)
    return cache[on]


def _ratio(ctx: Ctx, on: date) -> SharingRatio:
    is_known = or_(visible(ctx, Structure, P.CAPACITY_HOLDERS), visible(ctx, Structure, P.DASHBOARD_PROVINCE))
    towers = _towers(ctx, on, and_(is_known, Structure.is_open_rule())).subquery()
    restricted = _towers(ctx, on, and_(is_known, not_(Structure.is_open_rule()))).subquery()
    sure = not_(towers.c.is_undated)
    shared = and_(sure, towers.c.users >= _SHARED_FROM)
    row = ctx.session.execute(
        select(
            func.count().filter(sure),
            func.count().filter(shared),
            func.count().filter(sure, towers.c.users == 0),
            func.coalesce(func.sum(towers.c.users).filter(sure), 0),
            func.coalesce(func.sum(towers.c.users).filter(shared), 0),
            select(func.count()).select_from(restricted).where(not_(restricted.c.is_undated)).scalar_subquery(),
            func.count().filter(towers.c.is_undated),
        ).select_from(towers)
    ).one()
    return SharingRatio(on, *(int(value) for value in row))


def towers_query(ctx: Ctx, on: date, use: str) -> Select[Any]:
    """All towers behind a figure, by code, each with its owner and the number of its users."""
    is_known = and_(visible(ctx, Structure, P.CAPACITY_HOLDERS), Structure.is_open_rule())
    towers = _towers(ctx, on, is_known).subquery()
    where: list[ColumnElement[bool]] = [towers.c.is_undated.is_(use == UNDATED)]
    if use and use != UNDATED:
        where.append(_of_use(towers.c.users, use))
    query = select(towers, Organisation.short_name.label("owner")).join(
        Organisation, Organisation.id == towers.c.owner_organisation_id
    )
    return query.where(*where).order_by(towers.c.code)


def _of_use(users: ColumnElement[int], use: str) -> ColumnElement[bool]:
    if use == "unknown":
        return users == 0
    return users >= _SHARED_FROM if use == "shared" else users == 1


def _towers(ctx: Ctx, on: date, is_known: ColumnElement[bool]) -> Select[Any]:
    """The `known` towers in operation on a day, each with the number of organisations that used it then.

    Those whose start is not known are among them, marked as `is_undated`.
    """
    begun = begun_by(ctx, on, func.coalesce(Structure.valid_from, Structure.in_service_on, Structure.built_on))
    user = func.coalesce(cast(CapacityEntry.holder_id, Text), func.fold(CapacityEntry.holder_name), "")
    used = (
        select(CapacityPlace.structure_id, func.count(user.distinct()).label("users"))
        .join(CapacityEntry, CapacityEntry.place_id == CapacityPlace.id)
        .where(
            CapacityEntry.was_used_rule(),
            # An ended entry without a user was a blocked slot.
            or_(CapacityEntry.state == EntryState.USED, user != ""),
            or_(CapacityEntry.started_on.is_(None), CapacityEntry.started_on <= on),
            or_(CapacityEntry.ended_on.is_(None), CapacityEntry.ended_on > on),
        )
        .group_by(CapacityPlace.structure_id)
        .subquery()
    )
    return (
        select(
            Structure.id,
            Structure.code,
            Structure.name,
            Structure.owner_organisation_id,
            case((used.c.users.is_(None), 0), else_=used.c.users).label("users"),
            begun.unknown.label("is_undated"),
        )
        .outerjoin(used, used.c.structure_id == Structure.id)
        .where(
            Structure.kind.in_(POSITION_KINDS),
            is_known,
            or_(begun.sure, begun.unknown),
            in_use_on(ctx, on, POSITION_KINDS, Structure.valid_to),
        )
    )
