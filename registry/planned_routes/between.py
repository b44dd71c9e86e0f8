"""The paths between two places as a page shows them: over what stands with room and streets, at prices of the day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from sqlalchemy.orm import Session

from registry.audit.notes import look
from registry.authz.actors import Ctx
from registry.kernel.errors import Invalid
from registry.kernel.geo import linear
from registry.kernel.i18n import _, format_number
from registry.planned_routes.path_search import LABELS, Network, Path, Standing, Step, cost_of, find_paths
from registry.planned_routes.queries import Offer, offers
from registry.planned_routes.settings import Figures, km
from registry.routelists.along import ItemPart, agreed_within
from registry.streets.lines import StreetPart, streets_within
from registry.structures.contract import Hosting
from registry.structures.ways import POLES, Drawn, within


@dataclass(frozen=True)
class ShownStep:
    """A step with its structures, its owner's name, its cost in dong and its line."""

    step: Step
    used: tuple[Offer, ...]
    cost: int
    geojson: str


@dataclass(frozen=True)
class ShownPath:
    """A path with its steps, its cost in dong, and the metres along what stands by owner."""

    path: Path
    steps: tuple[ShownStep, ...]
    owners: tuple[tuple[str, float], ...]

    @property
    def key(self) -> str:
        """Its first wish, by which the page names it."""
        return self.path.keys[0]

    @property
    def label(self) -> str:
        """The wishes that it fulfils best."""
        return ", ".join(str(LABELS[key]) for key in self.path.keys)

    @property
    def cost(self) -> int:
        """What all its steps cost."""
        return sum(step.cost for step in self.steps)

    @property
    def used(self) -> list[Offer]:
        """The structures of all steps, in their order."""
        return [offer for step in self.steps for offer in step.used]


@dataclass(frozen=True)
class Paths:
    """The answer for two places."""

    direct_m: float
    search_m: float
    paths: tuple[ShownPath, ...]
    #: How many structures with room and parts of streets were there to choose from.
    standing: int
    streets: int


def plan_between(ctx: Ctx, geojson: str, law: Figures, *, need: int) -> Paths:
    """The paths between the two points of a line; Invalid where they lie too far apart or too much lies between."""
    row = ctx.session.execute(linear.measure(geojson)).one()
    _require_distance(row.length_m, law.most_distance_m)
    first, *_between, last = shapely.from_wkb(bytes(row.shape)).coords
    ends = ((first[0], first[1]), (last[0], last[1]))
    search_m = law.search_m(row.length_m)
    drawn = within(ctx, geojson, search_m, law.most_nodes)
    streets: list[StreetPart | ItemPart] = [
        *streets_within(ctx.session, geojson, search_m, law.most_nodes),
        *agreed_within(ctx, geojson, search_m, law.most_nodes),
    ]
    _require_few(len(drawn) + len(streets), law.most_nodes)
    known = offers(ctx, {each.id for each in drawn}, need)
    standing = [each for each in drawn if each.id in known and known[each.id].is_usable]
    network = Network(law.span_m, law.join_m)
    network.add_lines(_lines(standing, known))
    network.add_poles(_poles(standing, known))
    network.add_streets([(street.label, street.shape) for street in streets], ends)
    network.join()
    _require_few(len(network.nodes), law.most_nodes)
    network.dig(ends)
    owners = {key: offer.carrier.owner_id for key, offer in known.items()}
    found = [_shown(ctx.session, path, known, law) for path in find_paths(network, ends, law.price_vnd_m, owners)]
    _note(ctx, found)
    return Paths(row.length_m, search_m, tuple(found), len(standing), len(streets))


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


def _require_few(count: int, most: int) -> None:
    if count > most:
        sentence = _(
            "Giữa hai điểm có hơn %(most)s công trình và đoạn đường, nhiều quá để tìm; hãy chọn hai điểm gần nhau hơn.",
            most=format_number(most, 0),
        )
        raise Invalid({"points": sentence})


def _lines(standing: Sequence[Drawn], known: Mapping[int, Offer]) -> list[Standing]:
    """Lines that stand; a cable leaves a line of poles at each of its points."""
    carriers = [(each, known[each.id].carrier) for each in standing]
    return [
        Standing(each.id, each.shape, carrier.way, is_open=carrier.hosting is Hosting.HUNG_CABLES)
        for each, carrier in carriers
        if carrier.kind not in POLES
    ]


def _poles(standing: Sequence[Drawn], known: Mapping[int, Offer]) -> list[Standing]:
    carriers = [(each, known[each.id].carrier) for each in standing]
    return [Standing(each.id, each.shape, carrier.way) for each, carrier in carriers if carrier.kind in POLES]


def _shown(session: Session, path: Path, known: Mapping[int, Offer], law: Figures) -> ShownPath:
    texts = [shapely.LineString(step.points).wkt for step in path.steps]
    shapes: Sequence[Any] = session.scalars(linear.from_metres(texts)).all()
    steps = tuple(
        ShownStep(step, tuple(known[key] for key in step.structures), _rounded(cost_of(step, law.price_vnd_m)), shape)
        for step, shape in zip(path.steps, shapes, strict=True)
    )
    metres: dict[str, float] = {}
    for shown in steps:
        if shown.used:
            owner = shown.used[0].carrier.owner
            metres[owner] = metres.get(owner, 0.0) + shown.step.metres
    return ShownPath(path, steps, tuple(sorted(metres.items(), key=lambda row: -row[1])))


def _rounded(dong: float) -> int:
    """To a thousand dong: an estimate knows no more."""
    return int(round(dong, -3))


def _note(ctx: Ctx, paths: Sequence[ShownPath]) -> None:
    shown = {offer.carrier.id: offer.carrier.owner_id for path in paths for step in path.steps for offer in step.used}
    look(ctx, "planned_route", shown.values(), rows=len(shown))
