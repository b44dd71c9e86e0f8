"""What a planned route runs along: stretches to re-use or build, free capacity, streets, owners, route lists."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from registry.audit.access_log import log_access
from registry.authz.actors import Ctx
from registry.capacity.queries import Totals, place_totals
from registry.kernel.errors import Invalid
from registry.kernel.geo import linear
from registry.kernel.i18n import _, _l, _n
from registry.kernel.numbers import whole_percent
from registry.planned_routes import rules
from registry.planned_routes.rules import RouteRun, Stretch
from registry.planned_routes.settings import RouteSettings, km
from registry.routelists.along_line import ItemAlongRoute, items_along_route
from registry.streets.queries import MetStreet as StreetMet
from registry.streets.queries import streets_met
from registry.streets.rule_models import StreetAct
from registry.streets.rule_queries import RuleInPlace, rules_at
from registry.streets.work_queries import WorkInPlace, works_at
from registry.structures.codes import Condition, SharingStatus
from registry.structures.kinds.kind import Hosting
from registry.structures.nearby.along_line import Carrier, Corridor, Interval, carriers, lines_along, poles_along
from registry.structures.nearby.along_line import count_along_line as corridor_along

_HUNG: Final = Hosting.HUNG_CABLES.value
#: Option -> label, and the ways that it allows.
OPTIONS: Final[dict[str, tuple[Any, tuple[str, ...]]]] = {
    "any": (_l("Kết hợp ngầm và treo"), tuple(hosting.value for hosting in Hosting)),
    "underground": (_l("Chỉ đi ngầm"), (Hosting.PULLED_CABLES.value, Hosting.LAID_CABLES.value)),
    "overhead": (_l("Chỉ treo cột"), (_HUNG,)),
}
#: Labels of the ways.
WAY_LABELS: Final[dict[str, Any]] = {
    _HUNG: _l("Treo trên cột"),
    Hosting.PULLED_CABLES.value: _l("Luồn trong cống cáp"),
    Hosting.LAID_CABLES.value: _l("Đặt trong hào, tuy nen"),
}
_SHARED: Final = (SharingStatus.AVAILABLE, SharingStatus.SHARED_AVAILABLE)


@dataclass(frozen=True)
class RouteCandidate:
    """A structure along a route: its free slots, and why it cannot be used ("" where it can)."""

    carrier: Carrier
    free: int | None
    refusal: str

    @property
    def is_usable(self) -> bool:
        return not self.refusal


def candidates(ctx: Ctx, ids: Collection[int], need: int) -> dict[int, RouteCandidate]:
    """Structures with their capacity for `need` slots; only those that the reader sees exactly."""
    carriers_by_id = carriers(ctx, ids)
    totals = place_totals(ctx, carriers_by_id)
    own = ctx.actor.organisation_ids
    return {
        key: _candidate(carrier, totals, need, is_own=carrier.owner_id in own)
        for key, carrier in carriers_by_id.items()
    }


def _candidate(carrier: Carrier, totals: Mapping[int, Totals], need: int, *, is_own: bool) -> RouteCandidate:
    total = totals.get(carrier.id)
    free = total.free if total else None
    return RouteCandidate(carrier, free, _refusal(carrier, free, need, is_own=is_own))


def _refusal(carrier: Carrier, free: int | None, need: int, *, is_own: bool) -> Any:
    """Own structures need no offer; those of others must be offered. Unknown capacity counts as none."""
    if carrier.condition is Condition.DANGEROUS:
        return _("đang nguy hiểm")
    if not is_own and carrier.sharing_status not in _SHARED:
        return str(carrier.sharing_status.label)
    if free is None:
        return _("chưa rõ số chỗ còn trống")
    if free < need:
        return _n("còn %(num)d chỗ, cần %(need)d", free, need=need)
    return ""


@dataclass(frozen=True)
class RoutePart:
    """A stretch with its structures; if to be built, with those along it that have no free capacity (`full`)."""

    stretch: Stretch
    used: tuple[RouteCandidate, ...]
    full: tuple[RouteCandidate, ...]
    geojson: str


@dataclass(frozen=True)
class Option:
    """One way to build the route: its stretches from start to end."""

    key: str
    length_m: float
    stretches: tuple[Stretch, ...]

    @property
    def label(self) -> Any:
        return OPTIONS[self.key][0]

    @property
    def reused_m(self) -> float:
        return rules.reused(self.stretches)

    @property
    def new_m(self) -> float:
        return self.length_m - self.reused_m

    @property
    def reused_pct(self) -> int:
        """What is re-used of the route in whole percent; 0 and 100 mean none and all."""
        return whole_percent(round(self.reused_m), max(round(self.length_m), 1))


@dataclass(frozen=True)
class RoutePlan:
    """The content of the page of a route."""

    length_m: float
    corridor_m: int
    options: tuple[Option, ...]
    chosen: Option
    parts: tuple[RoutePart, ...]
    owners: tuple[tuple[str, float], ...]
    corridor: Corridor
    streets: tuple[StreetMet, ...]
    met: tuple[ItemAlongRoute, ...]
    #: The rules of the streets that it follows or crosses.
    rules: tuple[RuleInPlace, ...] = ()
    #: The announced works of others in them, from today on.
    works: tuple[WorkInPlace, ...] = ()

    @property
    def used(self) -> list[RouteCandidate]:
        """The structures of all parts in the order of the route."""
        return [candidate for part in self.parts for candidate in part.used]


def plan_along(
    ctx: Ctx, geojson: str, settings: RouteSettings, *, corridor_m: int, need: int, option: str
) -> RoutePlan:
    """Plan a route along a line; Invalid where it is too long."""
    length = ctx.session.execute(linear.measure(geojson)).one().length_m
    require_length(length, settings.most_line_m)
    lines = lines_along(ctx, geojson, corridor_m, settings.parallel_deg)
    poles = poles_along(ctx, geojson, corridor_m)
    candidates_by_id = candidates(ctx, {interval.id for interval in (*lines, *poles)}, need)
    runs = _runs(lines, poles, candidates_by_id, settings)
    options = tuple(
        Option(key, length, _stretches(runs, ways, length, settings)) for key, (_label, ways) in OPTIONS.items()
    )
    selected_option = next(each for each in options if each.key == option)
    parts = _parts(
        ctx,
        geojson,
        _split_gaps(selected_option, lines, candidates_by_id, settings),
        candidates_by_id,
        [*lines, *poles],
    )
    _log_access(ctx, parts)
    names = {candidate.carrier.owner_id: candidate.carrier.owner for candidate in candidates_by_id.values()}
    by_owner = rules.reused_by_owner(selected_option.stretches).items()
    return RoutePlan(
        length_m=length,
        corridor_m=corridor_m,
        options=options,
        chosen=selected_option,
        parts=parts,
        owners=tuple(sorted(((names[owner], metres) for owner, metres in by_owner), key=lambda row: -row[1])),
        corridor=corridor_along(ctx, geojson, corridor_m),
        streets=tuple(streets_met(ctx.session, geojson, corridor_m, settings.parallel_deg)),
        met=tuple(items_along_route(ctx, geojson, corridor_m, settings.parallel_deg)),
        rules=tuple(rules_at(ctx.session, geojson, tuple(StreetAct), ctx.today)),
        works=tuple(works_at(ctx, geojson, ctx.today)),
    )


def require_length(metres: float, most: int) -> None:
    """Invalid for a line longer than `most` metres or shorter than 1 m."""
    if metres > most:
        raise Invalid(
            {
                "points": _(
                    "Tuyến dài %(length)s km; tối đa %(most)s km, hãy chia thành nhiều đoạn.",
                    length=km(metres),
                    most=km(most, 0),
                )
            }
        )
    if metres < 1:
        raise Invalid({"points": _("Tuyến ngắn hơn 1 m; hãy kiểm tra lại các điểm.")})


def _runs(
    lines: Iterable[Interval],
    poles: Iterable[Interval],
    candidates_by_id: dict[int, RouteCandidate],
    settings: RouteSettings,
) -> list[RouteRun]:
    """Where a cable could run: along line structures and between poles with free capacity."""
    usable = {key: candidate.carrier for key, candidate in candidates_by_id.items() if candidate.is_usable}
    runs = [
        RouteRun(interval.from_m, interval.to_m, (interval.id,), usable[interval.id].owner_id, usable[interval.id].way)
        for interval in lines
        if interval.id in usable
    ]
    posts = [
        (interval.from_m, interval.id, usable[interval.id].owner_id) for interval in poles if interval.id in usable
    ]
    return runs + rules.spans(posts, settings.span_m, _HUNG)


def _stretches(
    runs: Iterable[RouteRun], ways: Collection[str], length: float, settings: RouteSettings
) -> tuple[Stretch, ...]:
    allowed = [run for run in runs if run.way in ways]
    return tuple(rules.cover(allowed, length, join=settings.join_m, least=settings.least_stretch_m))


def _split_gaps(
    option: Option, lines: Iterable[Interval], candidates_by_id: dict[int, RouteCandidate], settings: RouteSettings
) -> list[Stretch]:
    """The stretches of an option; those to be built are split where full structures begin and end."""
    blocked = [
        (each.from_m, each.to_m)
        for each in lines
        if each.id in candidates_by_id and not candidates_by_id[each.id].is_usable
    ]
    stretches: list[Stretch] = []
    for stretch in option.stretches:
        stretches += rules.split_gap(stretch, blocked, join=settings.join_m) if stretch.is_gap else [stretch]
    return stretches


def _parts(
    ctx: Ctx,
    geojson: str,
    stretches: Sequence[Stretch],
    candidates_by_id: dict[int, RouteCandidate],
    intervals: Sequence[Interval],
) -> tuple[RoutePart, ...]:
    places = [(stretch.start, stretch.end) for stretch in stretches]
    shapes = ctx.session.scalars(linear.cut(geojson, places)).all()
    return tuple(
        RoutePart(
            stretch,
            tuple(candidates_by_id[key] for key in stretch.structures),
            tuple(_full_along(stretch, candidates_by_id, intervals)) if stretch.is_gap else (),
            shape,
        )
        for stretch, shape in zip(stretches, shapes, strict=True)
    )


def _full_along(
    stretch: Stretch, candidates_by_id: dict[int, RouteCandidate], intervals: Sequence[Interval]
) -> Iterable[RouteCandidate]:
    """Structures without known free capacity along a stretch to be built, in the order of the route."""
    along = [
        each
        for each in intervals
        if each.to_m > stretch.start and each.from_m < stretch.end and each.id in candidates_by_id
    ]
    ids = dict.fromkeys(each.id for each in along)
    return (candidates_by_id[key] for key in ids if not candidates_by_id[key].is_usable)


def _log_access(ctx: Ctx, parts: Iterable[RoutePart]) -> None:
    shown = {
        candidate.carrier.id: candidate.carrier.owner_id for part in parts for candidate in (*part.used, *part.full)
    }
    log_access(ctx, "planned_route", shown.values(), rows=len(shown))
