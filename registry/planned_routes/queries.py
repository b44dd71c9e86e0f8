"""What a planned route runs along: stretches to re-use, stretches to build, streets, owners, lists of streets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from registry.audit.access_log import log_access
from registry.authz.actors import Ctx
from registry.kernel.errors import Invalid
from registry.kernel.geo import linear
from registry.kernel.i18n import _, _l
from registry.planned_routes import rules
from registry.planned_routes.room import Offer, offers
from registry.planned_routes.rules import Run, Stretch
from registry.planned_routes.settings import Figures, km
from registry.routelists.along_line import ItemAlongRoute, items_along_route
from registry.streets.queries import MetStreet as StreetMet
from registry.streets.queries import streets_met
from registry.structures.kinds.kind import Hosting
from registry.structures.nearby.along_line import Corridor, Interval, lines_along, poles_along
from registry.structures.nearby.along_line import count_along_line as corridor_along

_HUNG: Final = Hosting.HUNG_CABLES.value
#: Option -> its words, and the ways in which a cable may be led.
OPTIONS: Final[dict[str, tuple[Any, tuple[str, ...]]]] = {
    "any": (_l("Kết hợp ngầm và treo"), tuple(hosting.value for hosting in Hosting)),
    "underground": (_l("Chỉ đi ngầm"), (Hosting.PULLED_CABLES.value, Hosting.LAID_CABLES.value)),
    "overhead": (_l("Chỉ treo cột"), (_HUNG,)),
}
#: How a cable is led along a stretch, in words.
WAYS: Final[dict[str, Any]] = {
    _HUNG: _l("Treo trên cột"),
    Hosting.PULLED_CABLES.value: _l("Luồn trong cống cáp"),
    Hosting.LAID_CABLES.value: _l("Đặt trong hào, tuy nen"),
}


@dataclass(frozen=True)
class Part:
    """A stretch as it is shown: with its structures and, where it must be built, those that have no room."""

    stretch: Stretch
    used: tuple[Offer, ...]
    full: tuple[Offer, ...]
    geojson: str


@dataclass(frozen=True)
class Option:
    """One way of making the route: its parts from start to end."""

    key: str
    length_m: float
    stretches: tuple[Stretch, ...]

    @property
    def label(self) -> Any:
        """What it is called."""
        return OPTIONS[self.key][0]

    @property
    def reused_m(self) -> float:
        """Metres along what stands."""
        return rules.reused(self.stretches)

    @property
    def new_m(self) -> float:
        """Metres to be built."""
        return self.length_m - self.reused_m


@dataclass(frozen=True)
class Answer:
    """All that a route's page says."""

    length_m: float
    corridor_m: int
    options: tuple[Option, ...]
    chosen: Option
    parts: tuple[Part, ...]
    owners: tuple[tuple[str, float], ...]
    corridor: Corridor
    streets: tuple[StreetMet, ...]
    met: tuple[ItemAlongRoute, ...]

    @property
    def used(self) -> list[Offer]:
        """The structures of all parts, in the order of the route."""
        return [offer for part in self.parts for offer in part.used]


def plan_along(ctx: Ctx, geojson: str, law: Figures, *, corridor_m: int, need: int, option: str) -> Answer:
    """What a line runs along; Invalid where it is too long."""
    length = ctx.session.execute(linear.measure(geojson)).one().length_m
    require_length(length, law.most_line_m)
    lines = lines_along(ctx, geojson, corridor_m, law.parallel_deg)
    poles = poles_along(ctx, geojson, corridor_m)
    known = offers(ctx, {found.id for found in (*lines, *poles)}, need)
    runs = _runs(lines, poles, known, law)
    options = tuple(
        Option(key, length, tuple(rules.cover(_led(runs, ways), length, join=law.join_m, least=law.least_stretch_m)))
        for key, (_label, ways) in OPTIONS.items()
    )
    chosen = next(each for each in options if each.key == option)
    parts = _parts(ctx, geojson, _shown(chosen, lines, known, law), known, [*lines, *poles])
    _note(ctx, parts)
    names = {offer.carrier.owner_id: offer.carrier.owner for offer in known.values()}
    by_owner = rules.reused_by_owner(chosen.stretches).items()
    return Answer(
        length_m=length,
        corridor_m=corridor_m,
        options=options,
        chosen=chosen,
        parts=parts,
        owners=tuple(sorted(((names[owner], metres) for owner, metres in by_owner), key=lambda row: -row[1])),
        corridor=corridor_along(ctx, geojson, corridor_m),
        streets=tuple(streets_met(ctx.session, geojson, corridor_m, law.parallel_deg)),
        met=tuple(items_along_route(ctx, geojson, corridor_m, law.parallel_deg)),
    )


def require_length(metres: float, most: int) -> None:
    """Refuse a line that is longer than the setting allows, or no line."""
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


def _runs(lines: Iterable[Interval], poles: Iterable[Interval], known: dict[int, Offer], law: Figures) -> list[Run]:
    """Where a cable could be led: along line structures with room, and between poles with room."""
    usable = {key: offer.carrier for key, offer in known.items() if offer.is_usable}
    runs = [
        Run(found.from_m, found.to_m, (found.id,), usable[found.id].owner_id, usable[found.id].way)
        for found in lines
        if found.id in usable
    ]
    posts = [(found.from_m, found.id, usable[found.id].owner_id) for found in poles if found.id in usable]
    return runs + rules.spans(posts, law.span_m, _HUNG)


def _led(runs: Iterable[Run], ways: Sequence[str]) -> list[Run]:
    return [run for run in runs if run.way in ways]


def _shown(option: Option, lines: Iterable[Interval], known: dict[int, Offer], law: Figures) -> list[Stretch]:
    """The stretches of an option; what must be built is parted by whether something without room stands there."""
    blocked = [(each.from_m, each.to_m) for each in lines if each.id in known and not known[each.id].is_usable]
    parted: list[Stretch] = []
    for stretch in option.stretches:
        parted += rules.broken(stretch, blocked, join=law.join_m) if stretch.is_gap else [stretch]
    return parted


def _parts(
    ctx: Ctx, geojson: str, stretches: Sequence[Stretch], known: dict[int, Offer], found: Sequence[Interval]
) -> tuple[Part, ...]:
    places = [(stretch.start, stretch.end) for stretch in stretches]
    shapes = ctx.session.scalars(linear.cut(geojson, places)).all()
    return tuple(
        Part(
            stretch,
            tuple(known[key] for key in stretch.structures),
            tuple(_without_room(stretch, known, found)) if stretch.is_gap else (),
            shape,
        )
        for stretch, shape in zip(stretches, shapes, strict=True)
    )


def _without_room(stretch: Stretch, known: dict[int, Offer], found: Sequence[Interval]) -> Iterable[Offer]:
    """What stands along a part to be built but has no room, or none that is known, in the order of the route."""
    beside = [each for each in found if each.to_m > stretch.start and each.from_m < stretch.end and each.id in known]
    ids = dict.fromkeys(each.id for each in beside)
    return (known[key] for key in ids if not known[key].is_usable)


def _note(ctx: Ctx, parts: Iterable[Part]) -> None:
    shown = {offer.carrier.id: offer.carrier.owner_id for part in parts for offer in (*part.used, *part.full)}
    log_access(ctx, "planned_route", shown.values(), rows=len(shown))
