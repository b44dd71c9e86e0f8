"""Figures of one owner that the register gives for a report: valid on a day, as known at a moment.

They are read from the history alone, so the same two times give the same figures again, whatever was edited, merged
or deleted since (docs/time.md). Restricted structures are in none of them, because reports reach readers who may not
know of these: neither what was restricted on the day nor what was at the moment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Final

from flask import url_for
from sqlalchemy import Select, and_, false, func, or_, select, text, true

from registry.accounts.models import Organisation
from registry.audit.queries import register_version
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState, Technology
from registry.capacity.sharing_ratio import POSITION_KINDS, SharingRatio, sharing_ratio, towers_in_service
from registry.indicators.declared import FIGURES, DeclaredFigure, FigureQuery, FigureScope, Parts
from registry.indicators.models import IndicatorUnit
from registry.kernel.cache import VersionedCache
from registry.kernel.db.history import history_of
from registry.kernel.i18n import _l
from registry.structures import positions
from registry.structures.codes import IN_SERVICE, UNRESTRICTED, SharingStatus, Status
from registry.structures.fastpath import past_counts
from registry.structures.filtering.filter import StructureFilter
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.positions.moment import When
from registry.structures.positions.versions import (
    names_at,
    rows_at,
    version_conditions,
)
from registry.structures.visibility import IS_OPEN, IS_RESTRICTED

#: What a report counts: structures in service.
COUNTED_STATUSES: Final = tuple(status.value for status in IN_SERVICE)
#: What reports had counted that were frozen without their statuses.
FORMER_STATUSES: Final = (Status.ACTIVE.value, Status.SUSPENDED.value)
_UNRESTRICTED: Final = tuple(status.value for status in UNRESTRICTED)
_OFFERED: Final = (SharingStatus.AVAILABLE.value, SharingStatus.SHARED_AVAILABLE.value)
#: Technologies of mobile stations, the older ones with a plan to stop (R11).
_MOBILE: Final = (Technology.G2, Technology.G3, Technology.G4, Technology.G5)
_MEMO: Final = "campaigns.measures"
_WHOLE_HISTORIES: Final = text(
    "SELECT set_config('statement_timeout', '60s', true), set_config('work_mem', '256MB', true)"
)


@dataclass(frozen=True)
class Measure:
    """One figure of the register; `filters`: the arguments of the list of its rows in service, None without a list."""

    code: str
    label: Any
    read: Callable[[Counts], int]
    filters: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Counts:
    """What the measures are read from: structures in service by kind and sharing status, and the users of towers."""

    structures: Mapping[tuple[str, str | None], int]
    towers: SharingRatio

    def of(self, *, kind: str | None = None, sharing: tuple[str, ...] = ()) -> int:
        return sum(
            number
            for (its_kind, its_sharing), number in self.structures.items()
            if kind in (None, its_kind) and (not sharing or its_sharing in sharing)
        )


#: By owner and cut-off day, for readers of all structures of that owner. 1 MB a worker.
_COUNTS: Final[VersionedCache[Counts]] = VersionedCache(1024 * 1024)


def _count_of(code: str) -> Measure:
    return Measure(
        f"count.{code}",
        _l("Số công trình đang sử dụng: %(kind)s", kind=KINDS[code].label),
        lambda counts: counts.of(kind=code),
        {"kind": code, "sharing_status": _UNRESTRICTED},
    )


MEASURES: Final[dict[str, Measure]] = {
    measure.code: measure
    for measure in (
        *(_count_of(code) for code in KINDS),
        Measure(
            "count.all",
            _l("Tất cả công trình đang sử dụng"),
            lambda counts: counts.of(),
            {"sharing_status": _UNRESTRICTED},
        ),
        Measure(
            "available",
            _l("Công trình đang sử dụng còn khả năng dùng chung"),
            lambda counts: counts.of(sharing=_OFFERED),
            {"sharing_status": _OFFERED},
        ),
        Measure(
            "not_assessed",
            _l("Công trình đang sử dụng chưa đánh giá khả năng dùng chung"),
            lambda counts: counts.of(sharing=(SharingStatus.NOT_ASSESSED.value,)),
            {"sharing_status": SharingStatus.NOT_ASSESSED.value},
        ),
        Measure(
            "towers.shared", _l("Cột ăng ten có từ hai đơn vị sử dụng"), lambda counts: counts.towers.shared_positions
        ),
        Measure(
            "towers.stations",
            _l("Trạm đặt trên cột ăng ten (mỗi đơn vị một trạm)"),
            lambda counts: counts.towers.stations,
        ),
    )
}


def _read_measure(code: str, ctx: Ctx, query: FigureQuery) -> Parts:
    when = When(query.on, query.known_at or ctx.now)
    if not ctx.read_only:
        return Parts(Decimal(MEASURES[code].read(read_counts(ctx, query.owner_id, when))))
    # All measures come from the same counts.
    cache: dict[Any, Counts] = ctx.memo.setdefault(_MEMO, {})
    key = (query.owner_id, when)
    if key not in cache:
        cache[key] = read_counts(ctx, query.owner_id, when)
    return Parts(Decimal(MEASURES[code].read(cache[key])))


#: The measures as declared figures: of an owner in its report, of the province in the consolidated one.
MEASURE_FIGURES: Final = tuple(
    DeclaredFigure(
        measure.code,
        measure.label,
        _l("đếm từ lịch sử của cơ sở dữ liệu theo ngày chốt và thời điểm ghi nhận"),
        IndicatorUnit.COUNT,
        _l("Cơ sở dữ liệu"),
        (FigureScope.PROVINCE, FigureScope.OWNER),
        partial(_read_measure, measure.code),
        P.CAMPAIGN_READ,
    )
    for measure in MEASURES.values()
)


def allow_whole_histories(ctx: Ctx) -> None:
    """The rest of the transaction may take longer than other pages: histories are read whole and hashed in memory."""
    ctx.session.execute(_WHOLE_HISTORIES)


def counted_args(statuses: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The arguments of the list of what a report counts that counts these statuses."""
    return {"status": tuple(statuses), "sharing_status": _UNRESTRICTED}


def statuses_of(frozen: Mapping[str, Any]) -> tuple[str, ...]:
    """The statuses that a frozen figure, or the register of a consolidated report, had counted."""
    return tuple(frozen.get("statuses") or FORMER_STATUSES)


def read_counts(ctx: Ctx, owner_id: int | None, when: When, statuses: Sequence[str] = COUNTED_STATUSES) -> Counts:
    """The counts of one owner at a point of time, in two queries; the actor reads all structures of that owner.

    Without `owner_id` of all owners.
    """
    allow_whole_histories(ctx)
    counts = count_in_service(ctx, when, "kind", "sharing_status", owner_id=owner_id, statuses=statuses)
    structures = {(kind, sharing and str(sharing)): number for (kind, sharing), number in counts.items()}
    point = when.at(ctx.now)
    return Counts(structures, sharing_ratio(ctx, point.day, point.known_at, owner_id=owner_id))


def count_in_service(
    ctx: Ctx, when: When, *names: str, owner_id: int | None = None, statuses: Sequence[str] = COUNTED_STATUSES
) -> dict[tuple[Any, ...], int]:
    """Structures in service that are not restricted, of one owner or of all, by some of their columns (`count_at`)."""
    structure_filter = StructureFilter(choices=counted_args(statuses), owner_id=owner_id, when=when)
    return past_counts.count_at(ctx, structure_filter, *names, without=_restricted_by(ctx, when))


def count_restricted(ctx: Ctx, when: When, owner_id: int | None = None) -> int:
    """Restricted structures in service that the actor sees exactly: what the reports of that day leave out."""
    choices = {"status": COUNTED_STATUSES, "sharing_status": (SharingStatus.RESTRICTED.value,)}
    return sum(
        past_counts.count_at(ctx, StructureFilter(choices=choices, owner_id=owner_id, when=when), "kind").values()
    )


def _restricted_by(ctx: Ctx, when: When) -> Select[Any]:
    """Ids of the structures that were restricted as known at the moment, whatever they were on the day."""
    version = history_of(Structure).alias("restricted")
    point = When(recorded_at=when.at(ctx.now).known_at).at(ctx.now)
    conditions = version_conditions(version, Structure, point)
    return select(version.c.id).where(IS_RESTRICTED.clause(version), *conditions)


def read_measures(
    ctx: Ctx, owner_id: int, when: When, statuses: Sequence[str] = COUNTED_STATUSES
) -> dict[str, Decimal]:
    """Every measure of one owner by its code.

    A page reads what is known now from a cache, until the register changes.
    """

    def read() -> Counts:
        return read_counts(ctx, owner_id, when, statuses)

    is_cached = ctx.read_only and when.recorded_at == ctx.now and statuses == COUNTED_STATUSES
    counts = _COUNTS.get((owner_id, when.as_of), register_version(ctx), read) if is_cached else read()
    values = {code: Decimal(measure.read(counts)) for code, measure in MEASURES.items()}
    point = when.at(ctx.now)
    query = FigureQuery(point.day, point.known_at, FigureScope.OWNER, owner_id)
    for figure in _further_figures():
        # An operator reads them in its own report, for which it was asked its right; the figure knows its readers.
        parts = figure.read(ctx, query)
        if parts is not None and parts.value is not None:
            values[figure.code] = parts.value
    return values


def measure_labels() -> dict[str, Any]:
    """Code -> label of all that a report may take from the register: the measures, and figures of other features."""
    further = {figure.code: figure.label for figure in _further_figures()}
    return {code: measure.label for code, measure in MEASURES.items()} | further


def _further_figures() -> list[DeclaredFigure]:
    """The figures of one owner that other features declare for reports; they read histories as well."""
    return [
        figure
        for figure in FIGURES.values()
        if figure.permission is P.CAMPAIGN_READ and FigureScope.OWNER in figure.scopes and figure.code not in MEASURES
    ]


@dataclass(frozen=True)
class Stations:
    """The stations of one user in one technology; `stopped_on`: the last day of the last one where all have ended."""

    user: str
    technology: Technology
    in_use: int
    stopped_on: date | None


def stations_by_technology(ctx: Ctx, when: When, statuses: Sequence[str] = COUNTED_STATUSES) -> list[Stations]:
    """The stations by user and technology on the towers in service on a day, as known at a moment: R11, when 2G and 3G
    stop. Reports that were frozen with FORMER_STATUSES had counted those on all towers.
    """
    point = When(recorded_at=when.at(ctx.now).known_at).at(ctx.now)
    on = when.at(ctx.now).day
    slot, entry = rows_at(CapacityPlace, point, "place"), rows_at(CapacityEntry, point, "entry")
    owner, readable_rows = (
        names_at(Organisation, point, "holder"),
        positions.readable(ctx, When(recorded_at=point.known_at)),
    )
    user = func.coalesce(owner.c.short_name, entry.c.holder_name)
    begun = or_(entry.c.started_on.is_(None), entry.c.started_on <= on)
    is_used = or_(entry.c.ended_on > on, and_(entry.c.ended_on.is_(None), entry.c.state == EntryState.USED))
    serving = towers_in_service(ctx, on, point.known_at).subquery("serving")
    serves = true() if tuple(statuses) == FORMER_STATUSES else serving.c.id.is_not(None)
    in_use = func.count(slot.c.structure_id.distinct()).filter(is_used, serves)
    is_open = func.coalesce(func.bool_or(is_used), false())
    query = (
        select(
            user.label("user"),
            entry.c.technology,
            in_use.label("in_use"),
            func.max(entry.c.ended_on).label("last"),
            is_open.label("is_open"),
        )
        .select_from(entry)
        .join(slot, slot.c.id == entry.c.place_id)
        .join(readable_rows, and_(readable_rows.c.id == slot.c.structure_id, readable_rows.c.kind.in_(POSITION_KINDS)))
        .outerjoin(serving, serving.c.id == slot.c.structure_id)
        .outerjoin(owner, owner.c.id == entry.c.holder_id)
        .where(IS_OPEN.clause(readable_rows))
        .where(entry.c.technology.in_(_MOBILE), user.is_not(None), begun)
        .group_by(user, entry.c.technology)
        .order_by(user, entry.c.technology)
    )
    return [
        Stations(row.user, Technology(row.technology), int(row.in_use), None if row.is_open else row.last)
        for row in positions.run(ctx, query)
    ]


def list_url(measure: Measure, owner_id: int, when: When, statuses: Sequence[str] = COUNTED_STATUSES) -> str | None:
    """The list of exactly the rows that a measure counted; None for one without a list."""
    if measure.filters is None:
        return None
    arguments: dict[str, Any] = {"owner": owner_id, "status": list(statuses), **measure.filters, **when.address}
    return url_for("structures.list", **arguments)
