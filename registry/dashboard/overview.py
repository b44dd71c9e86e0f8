"""All that the dashboard says to one reader; what does not change with the hour is cached until the register does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeVar

from registry.audit.queries import register_version
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds, reader_key
from registry.capacity.sharing_ratio import SharingRatio, sharing_ratio
from registry.colocation.figures.outcomes import last_year
from registry.colocation.figures.tables import ColocationFigures, own_figures
from registry.dashboard.board import Budget, Tab, View, charts_within, parts_of
from registry.dashboard.cables import CableFigures, TargetFact, cable_figures, fact_of
from registry.dashboard.chart import Chart
from registry.dashboard.figures import DashboardFigure, list_figures
from registry.dashboard.indicators import SHARED_POSITIONS
from registry.dashboard.restricted import open_args
from registry.indicators.declared import FigureQuery, covers_province, read_figure
from registry.indicators.queries import target_of
from registry.kernel.cache import VersionedCache
from registry.kernel.i18n import current_locale
from registry.structures.positions import counts_province, sees_all
from registry.upkeep.queries import Freshness, freshness

ResultT = TypeVar("ResultT")
_RATIOS: Final = ("shared_positions", "shared_stations", "underground_cable")


@dataclass(frozen=True)
class Overview:
    """Figures and charts of a tab; `cables` and `fresh` are None where there was no time, or another tab has them.

    `asked` are the figures of requests to share with the id of their owner (None: of all owners); it is None where the
    reader has none, and at past times.
    `ratio` is None for who may know the users of no tower: none of none would read as a figure of the province.
    """

    charts: tuple[Chart, ...]
    ratio: SharingRatio | None
    target: TargetFact | None
    #: The ratios of the province by the codes of their figures, for readers whose own ratios are not these.
    of_province: Mapping[str, Decimal]
    cables: CableFigures | None
    fresh: Freshness | None
    #: What the lists behind `fresh` leave out.
    fresh_args: Mapping[str, str]
    asked: tuple[int | None, ColocationFigures] | None
    #: Of the start page, today.
    counts: Sequence[DashboardFigure]
    #: Whether a job must compute what is missing.
    is_late: bool


#: By reader, view and parts, valid until the register changes. 8 MB a worker.
_CACHE: Final[VersionedCache[Any]] = VersionedCache(8 * 1024 * 1024)


class _Incomplete(Exception):
    """There was no time for some figures: they are not cached, another try may find the database less busy."""

    def __init__(self, charts: Any) -> None:
        super().__init__()
        self.found = charts


def read_overview(ctx: Ctx, view: View, tab: Tab) -> Overview:
    """What a tab of the dashboard shows to the reader: of an unchanged register only the cases are read again."""
    budget = Budget(ctx, view)
    charts = _charts(ctx, view, budget, tab=tab)
    has_ratios = tab in ("summary", "sharing", "all")
    # Lengths and layings are read as they are known now.
    reads_cables = has_ratios and view.known_at is None
    ratio, cables, fresh, asked = None, None, None, None
    fresh_args: Mapping[str, str] = {}
    if has_ratios:
        ratio = _cached(ctx, view, "ratio", lambda: budget.run(lambda: _ratio_and_target(ctx, view)))
    if reads_cables:
        cables = _cached(ctx, view, "cables", lambda: budget.run(lambda: cable_figures(ctx, view.on, view.when)))
    if tab in ("register", "all"):
        fresh = _cached(ctx, view, "fresh", lambda: budget.run(lambda: freshness(ctx, view.when)))
        fresh_args = _cached(ctx, view, "fresh_args", lambda: budget.run(lambda: open_args(ctx, view))) or {}
    budget.close()
    if tab in ("cases", "all") and view.when is None:
        asked = own_figures(ctx, last_year(ctx.today))
    shared, target = None, None
    if has_ratios:
        # Both ratios are read by the days of the records, in the time of any statement.
        shared, target = ratio or _ratio_and_target(ctx, view)
        if not _knows_users(ctx) or not _is_shown(ctx, view, shared.positions):
            shared = None
    has_cables = reads_cables and (cables is None or _is_shown(ctx, view, cables.sums.cables + cables.dead))
    is_late = (
        any(chart.late for chart in charts)
        or (has_cables and cables is None)
        or (tab in ("register", "all") and fresh is None)
    )
    counts: Sequence[DashboardFigure] = ()
    if tab in ("summary", "all") and view.when is None:
        counts = _cached(ctx, view, "counts", lambda: list_figures(ctx, exactly=True)) or ()
    of_province: Mapping[str, Decimal] = {}
    if has_ratios and not covers_province(ctx):
        of_province = _cached(ctx, view, "province", lambda: _province_ratios(ctx, view)) or {}
    shown_cables = cables if has_cables else None
    return Overview(charts, shared, target, of_province, shown_cables, fresh, fresh_args, asked, counts, is_late)


def read_charts(ctx: Ctx, view: View, codes: Sequence[str]) -> tuple[Chart, ...]:
    """Some charts of the reader, or all (no codes); one that is `late` needs a job."""
    budget = Budget(ctx, view)
    charts = _charts(ctx, view, budget, codes)
    budget.close()
    return charts


def _charts(ctx: Ctx, view: View, budget: Budget, codes: Sequence[str] = (), tab: Tab = "all") -> tuple[Chart, ...]:
    parts = tuple(parts_of(ctx, view, codes, tab))
    lasting = tuple(part for part in parts if not part.hourly)
    of_hour = tuple(part for part in parts if part.hourly)

    def make() -> tuple[Chart, ...] | None:
        charts = charts_within(ctx, view, budget, lasting)
        if any(chart.late for chart in charts):
            raise _Incomplete(charts)
        return charts

    key = ("charts", *(part.code for part in lasting))
    charts = (*(_cached(ctx, view, key, make) or ()), *charts_within(ctx, view, budget, of_hour))
    order = {part.code: number for number, part in enumerate(parts)}
    return tuple(sorted(charts, key=lambda chart: order.get(chart.code, len(order))))


def _knows_users(ctx: Ctx) -> bool:
    """Whether there are towers of which the actor may know the users, or count them."""
    return holds(ctx.actor, P.CAPACITY_HOLDERS) or counts_province(ctx)


def _is_shown(ctx: Ctx, view: View, number: int) -> bool:
    """Whether a panel is shown: none of none would read as a figure of the province where it is of the reader's own.

    A day that was chosen is answered, whatever there was.
    """
    return bool(number) or view.on != ctx.today or sees_all(ctx) or counts_province(ctx)


def _ratio_and_target(ctx: Ctx, view: View) -> tuple[SharingRatio, TargetFact | None]:
    return sharing_ratio(ctx, view.on, view.known_at), fact_of(target_of(ctx, SHARED_POSITIONS, view.on))


def _province_ratios(ctx: Ctx, view: View) -> dict[str, Decimal]:
    parts = {code: read_figure(ctx, code, FigureQuery(view.on, view.known_at)) for code in _RATIOS}
    return {code: ratio.value for code, ratio in parts.items() if ratio is not None and ratio.value is not None}


def _cached(ctx: Ctx, view: View, what: Any, make: Callable[[], ResultT | None]) -> ResultT | None:
    """The cached result for the reader, the day and the view; None, where there was no time, is not cached."""

    def required() -> ResultT:
        computed = make()
        if computed is None:
            raise _Incomplete(None)
        return computed

    key = (ctx.actor.id, reader_key(ctx.actor, P.DASHBOARD_READ), str(current_locale()), ctx.today, view, what)
    try:
        cached: ResultT = _CACHE.get(key, register_version(ctx), required)
    except _Incomplete as incomplete:
        return incomplete.found  # type: ignore[no-any-return]
    return cached
