"""The sharing ratio of BTS positions on a day, as known at a moment: one rule for pages, indicators and reports.

No legal text gives the formula, so both readings are shown:
(a) shared positions / all positions: antenna towers that two or more organisations use / all towers in operation;
(b) co-located stations / all hosted stations: a station is one organisation at one tower.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Text, case, cast, func, not_, or_, select, true
from sqlalchemy.orm import aliased

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState
from registry.indicators.declared import percent_of
from registry.kernel.clock import local_date
from registry.structures import positions
from registry.structures.kinds import HOSTS
from registry.structures.kinds.kind import Hosting
from registry.structures.positions.known_rows import structures_known
from registry.structures.positions.moment import When, day_start
from registry.structures.positions.versions import begun_by, in_use_on, rows_at, was_recorded_by
from registry.structures.visibility import IS_OPEN

#: Kinds that carry antennas: the positions of stations.
POSITION_KINDS: Final = tuple(code for code, kind in HOSTS.items() if kind.hosting is Hosting.ANTENNAS)
_SHARED_FROM: Final = 2
#: Of the list of towers: those of which it is not known whether they had begun.
UNDATED: Final = "undated"
_MEMO: Final = "capacity.sharing_ratio"


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
    #: Of the positions those that the register has had since a later day only: lists of the day do not have them.
    entered_later: int = 0

    @property
    def position_pct(self) -> Decimal | None:
        """(a) in percent; None where there are no positions."""
        return percent_of(self.shared_positions, self.positions)

    @property
    def station_pct(self) -> Decimal | None:
        """(b) in percent; None where no station is recorded."""
        return percent_of(self.shared_stations, self.stations)


def sharing_ratio(ctx: Ctx, on: date, known_at: datetime | None = None, *, owner_id: int | None = None) -> SharingRatio:
    """Both ratios over the towers with users that the reader may know, or over the province for its figures.

    `known_at`: as the register knew them at that moment, from the history alone; None: as it knows them now. A
    read-only transaction computes a ratio once.
    """
    if not ctx.read_only:
        return _ratio(ctx, on, known_at, owner_id)
    cache: dict[Any, SharingRatio] = ctx.memo.setdefault(_MEMO, {})
    key = (on, known_at, owner_id)
    if key not in cache:
        cache[key] = _ratio(ctx, on, known_at, owner_id)
    return cache[key]


def _ratio(ctx: Ctx, on: date, known_at: datetime | None, owner_id: int | None) -> SharingRatio:
    towers = _towers(ctx, on, known_at, (P.CAPACITY_HOLDERS, P.DASHBOARD_PROVINCE), owner_id).subquery()
    is_open = IS_OPEN.clause(towers)
    sure = is_open & not_(towers.c.is_undated)
    shared = towers.c.users >= _SHARED_FROM
    query = select(
        func.count().filter(sure),
        func.count().filter(sure, shared),
        func.count().filter(sure, towers.c.users == 0),
        func.coalesce(func.sum(towers.c.users).filter(sure), 0),
        func.coalesce(func.sum(towers.c.users).filter(sure, shared), 0),
        func.count().filter(not_(is_open), not_(towers.c.is_undated)),
        func.count().filter(is_open, towers.c.is_undated),
        func.count().filter(sure, not_(towers.c.is_entered)),
    ).select_from(towers)
    row = (ctx.session.execute(query) if known_at is None else positions.run(ctx, query)).one()
    return SharingRatio(on, *(int(value) for value in row))


def towers_query(ctx: Ctx, on: date, use: str, known_at: datetime | None = None) -> Select[Any]:
    """All towers behind a figure, by code, each with its owner and the number of its users."""
    towers = _towers(ctx, on, known_at, (P.CAPACITY_HOLDERS,)).subquery()
    where: list[ColumnElement[bool]] = [IS_OPEN.clause(towers), towers.c.is_undated.is_(use == UNDATED)]
    if use and use != UNDATED:
        where.append(_of_use(towers.c.users, use))
    query = select(towers, Organisation.short_name.label("owner")).join(
        Organisation, Organisation.id == towers.c.owner_organisation_id
    )
    return query.where(*where).order_by(towers.c.code)


def towers_in_service(ctx: Ctx, on: date, known_at: datetime | None) -> Select[Any]:
    """Ids of the towers that the ratio counts."""
    towers = _towers(ctx, on, known_at, (P.CAPACITY_HOLDERS, P.DASHBOARD_PROVINCE)).subquery()
    return select(towers.c.id).where(IS_OPEN.clause(towers), not_(towers.c.is_undated))


def _of_use(users: ColumnElement[int], use: str) -> ColumnElement[bool]:
    if use == "unknown":
        return users == 0
    return users >= _SHARED_FROM if use == "shared" else users == 1


def _towers(
    ctx: Ctx, on: date, known_at: datetime | None, permissions: tuple[P, ...], owner_id: int | None = None
) -> Select[Any]:
    """The towers in operation on a day, each with the number of organisations that used it then.

    Those whose start is not known are among them, marked as `is_undated`.
    """
    tower = structures_known(ctx, known_at, POSITION_KINDS, permissions)
    started = func.coalesce(tower.valid_from, tower.in_service_on, tower.built_on)
    begun = begun_by(ctx, on, started, tower, known_at)
    is_today = on >= local_date(known_at or ctx.now)
    is_entered = true() if is_today else was_recorded_by(tower.id, day_start(on + timedelta(days=1)), known_at)
    used = _users(ctx, on, known_at).subquery("users")
    query = (
        select(
            tower.id,
            tower.code,
            tower.name,
            tower.owner_organisation_id,
            tower.sharing_status,
            case((used.c.users.is_(None), 0), else_=used.c.users).label("users"),
            begun.unknown.label("is_undated"),
            is_entered.label("is_entered"),
        )
        .outerjoin(used, used.c.structure_id == tower.id)
        .where(
            or_(begun.sure, begun.unknown),
            in_use_on(ctx, on, POSITION_KINDS, tower.valid_to, tower, known_at),
        )
    )
    return query if owner_id is None else query.where(tower.owner_organisation_id == owner_id)


def _users(ctx: Ctx, on: date, known_at: datetime | None) -> Select[Any]:
    """The number of organisations that used each structure on a day, as known at a moment."""
    slot: Any = CapacityPlace
    entry: Any = CapacityEntry
    if known_at is not None:
        point = When(recorded_at=known_at).at(ctx.now)
        slot = aliased(CapacityPlace, rows_at(CapacityPlace, point, "place"), adapt_on_names=True)
        entry = aliased(CapacityEntry, rows_at(CapacityEntry, point, "entry"), adapt_on_names=True)
    user = func.coalesce(cast(entry.holder_id, Text), func.fold(entry.holder_name), "")
    return (
        select(slot.structure_id, func.count(user.distinct()).label("users"))
        .join(entry, entry.place_id == slot.id)
        .where(
            entry.was_used_rule(),
            # An ended entry without a user was a blocked slot.
            or_(entry.state == EntryState.USED, user != ""),
            or_(entry.started_on.is_(None), entry.started_on <= on),
            or_(entry.ended_on.is_(None), entry.ended_on > on),
        )
        .group_by(slot.structure_id)
    )
