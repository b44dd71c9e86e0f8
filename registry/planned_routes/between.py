"""Paths between two points over structures with free capacity and streets, with their cost in VND."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely
from sqlalchemy.orm import Session

from registry.audit.access_log import log_access
from registry.authz.actors import Ctx
from registry.kernel.dated_settings import setting
from registry.kernel.errors import Invalid
from registry.kernel.geo import linear
from registry.kernel.i18n import _, format_number
from registry.planned_routes.path_search import (
    DUG,
    LABELS,
    ExistingStructure,
    Network,
    Path,
    PathStep,
    RuledArea,
    cost_of,
    find_paths,
)
from registry.planned_routes.queries import RouteCandidate, candidates
from registry.planned_routes.settings import RouteSettings, km
from registry.routelists.along_line import AgreedStreet, agreed_within
from registry.streets.queries import StreetPart, streets_within
from registry.streets.rule_models import StreetAct
from registry.streets.rule_queries import REACH, RuledShape, RuleInPlace, rules_within
from registry.streets.work_queries import WorkInPlace, WorkShape, dug_within
from registry.structures.kinds.kind import Hosting
from registry.structures.nearby.along_line import POLE_CARRIERS, CarrierShape, carriers_within


@dataclass(frozen=True)
class ShownStep:
    """A step with its structures, its cost in VND, its line, the rules of streets that it breaks, works to dig with."""

    step: PathStep
    used: tuple[RouteCandidate, ...]
    cost: int
    geojson: str
    rules: tuple[RuleInPlace, ...] = ()
    works: tuple[WorkInPlace, ...] = ()


@dataclass(frozen=True)
class ShownPath:
    """A path with its steps, and the re-used metres by name of owner."""

    path: Path
    steps: tuple[ShownStep, ...]
    owners: tuple[tuple[str, float], ...]

    @property
    def key(self) -> str:
        """Its first criterion, which identifies it on the page."""
        return self.path.keys[0]

    @property
    def label(self) -> str:
        """The criteria that it is best for."""
        return ", ".join(str(LABELS[key]) for key in self.path.keys)

    @property
    def cost(self) -> int:
        return sum(step.cost for step in self.steps)

    @property
    def used(self) -> list[RouteCandidate]:
        return [candidate for step in self.steps for candidate in step.used]


@dataclass(frozen=True)
class Paths:
    """The paths between two points."""

    direct_m: float
    search_m: float
    paths: tuple[ShownPath, ...]
    #: Structures with free capacity and parts of streets in the searched area.
    standing: int
    streets: int


def plan_between(ctx: Ctx, geojson: str, settings: RouteSettings, *, need: int) -> Paths:
    """The paths between the two points of a line; Invalid where they are too far apart, or the graph is too large."""
    row = ctx.session.execute(linear.measure(geojson)).one()
    _require_distance(row.length_m, settings.most_distance_m)
    first, *_between, last = shapely.from_wkb(bytes(row.shape)).coords
    ends = ((first[0], first[1]), (last[0], last[1]))
    search_m = settings.search_m(row.length_m)
    drawn = carriers_within(ctx, geojson, search_m, settings.most_nodes)
    streets: list[StreetPart | AgreedStreet] = [
        *streets_within(ctx.session, geojson, search_m, settings.most_nodes),
        *agreed_within(ctx, geojson, search_m, settings.most_nodes),
    ]
    _require_size(len(drawn) + len(streets), settings.most_nodes)
    candidates_by_id = candidates(ctx, {each.id for each in drawn}, need)
    standing = [each for each in drawn if each.id in candidates_by_id and candidates_by_id[each.id].is_usable]
    reach_m = float(setting(ctx.session, REACH, ctx.today))
    ruled = rules_within(ctx.session, geojson, search_m + reach_m, ctx.today, settings.most_nodes)
    dug = dug_within(ctx, geojson, search_m + reach_m, settings.most_nodes)
    network = Network(settings.span_m, settings.join_m, ruled=_areas(ruled, reach_m, settings))
    network.add_lines(_lines(standing, candidates_by_id))
    network.add_poles(_poles(standing, candidates_by_id))
    network.add_streets([(street.label, street.shape) for street in streets], ends)
    network.join()
    _require_size(len(network.nodes), settings.most_nodes)
    network.dig(ends)
    owners = {key: candidate.carrier.owner_id for key, candidate in candidates_by_id.items()}
    shown_paths = [
        _shown(ctx.session, path, candidates_by_id, settings, {each.rule.id: each.rule for each in ruled}, dug, reach_m)
        for path in find_paths(network, ends, settings.price_vnd_m, owners)
    ]
    _log_access(ctx, shown_paths)
    return Paths(row.length_m, search_m, tuple(shown_paths), len(standing), len(streets))


def _require_distance(metres: float, most: int) -> None:
    if metres > most:
        sentence = _(
            "Hai điểm cách nhau %(distance)s km; tối đa %(most)s km, hãy chọn hai điểm gần nhau hơn.",
            distance=km(metres),
            most=km(most, 0),
        )
        raise Invalid({"points": sentence})
    if metres < 1:
        raise Invalid({"points": _("Hai điểm cách nhau chưa đến 1 m; hãy kiểm tra lại.")})


def _require_size(count: int, most: int) -> None:
    if count > most:
        sentence = _(
            "Giữa hai điểm có hơn %(most)s công trình và đoạn đường, vượt giới hạn tìm kiếm; hãy chọn hai điểm gần "
            "nhau hơn.",
            most=format_number(most, 0),
        )
        raise Invalid({"points": sentence})


#: The ways of a cable that are the act.
_WAYS: Final = {StreetAct.DIG: frozenset(DUG), StreetAct.HANG: frozenset({Hosting.HUNG_CABLES.value})}


def _areas(ruled: Sequence[RuledShape], reach_m: float, settings: RouteSettings) -> list[RuledArea]:
    return [
        RuledArea(each.rule.id, each.shape.buffer(reach_m), _WAYS[each.act], settings.rule_factor[each.act.value])
        for each in ruled
    ]


def _lines(standing: Sequence[CarrierShape], candidates_by_id: Mapping[int, RouteCandidate]) -> list[ExistingStructure]:
    """Existing lines; a cable may leave a line of poles at each of its points."""
    carriers = [(each, candidates_by_id[each.id].carrier) for each in standing]
    return [
        ExistingStructure(each.id, each.shape, carrier.way, is_open=carrier.hosting is Hosting.HUNG_CABLES)
        for each, carrier in carriers
        if carrier.kind not in POLE_CARRIERS
    ]


def _poles(standing: Sequence[CarrierShape], candidates_by_id: Mapping[int, RouteCandidate]) -> list[ExistingStructure]:
    carriers = [(each, candidates_by_id[each.id].carrier) for each in standing]
    return [
        ExistingStructure(each.id, each.shape, carrier.way)
        for each, carrier in carriers
        if carrier.kind in POLE_CARRIERS
    ]


def _shown(
    session: Session,
    path: Path,
    candidates_by_id: Mapping[int, RouteCandidate],
    settings: RouteSettings,
    rules: Mapping[int, RuleInPlace],
    dug: Sequence[WorkShape],
    reach_m: float,
) -> ShownPath:
    texts = [shapely.LineString(step.points).wkt for step in path.steps]
    shapes: Sequence[Any] = session.scalars(linear.from_metres(texts)).all()
    steps = tuple(
        ShownStep(
            step,
            tuple(candidates_by_id[key] for key in step.structures),
            _rounded(cost_of(step, settings.price_vnd_m)),
            shape,
            tuple(rules[rule_id] for rule_id in step.ruled.rules),
            tuple(each.work for each in dug if _digs_along(step, each, reach_m)),
        )
        for step, shape in zip(path.steps, shapes, strict=True)
    )
    metres: dict[str, float] = {}
    for shown in steps:
        if shown.used:
            owner = shown.used[0].carrier.owner
            metres[owner] = metres.get(owner, 0.0) + shown.step.metres
    return ShownPath(path, steps, tuple(sorted(metres.items(), key=lambda row: -row[1])))


def _digs_along(step: PathStep, dug: WorkShape, reach_m: float) -> bool:
    """Whether a step is dug along announced work that digs, too: for more than it takes to cross it."""
    if step.way not in DUG:
        return False
    along = shapely.LineString(step.points).intersection(dug.shape.buffer(reach_m))
    return bool(along.length > 2 * reach_m)


def _rounded(vnd: float) -> int:
    """Rounded to 1000 VND, because it is an estimate."""
    return int(round(vnd, -3))


def _log_access(ctx: Ctx, paths: Sequence[ShownPath]) -> None:
    shown = {
        candidate.carrier.id: candidate.carrier.owner_id
        for path in paths
        for step in path.steps
        for candidate in step.used
    }
    log_access(ctx, "planned_route", shown.values(), rows=len(shown))
