"""What a planned route runs along"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from registry.audit.notes import look
from registry.authz.actors import Ctx
from registry.capacity.queries import Totals, place_totals
from registry.kernel.errors import Invalid
from registry.kernel.geo import linear
from registry.kernel.i18n import _, _l
from registry.planned_routes import rules
from registry.planned_routes.rules import Run, Stretch
from registry.planned_routes.settings import Figures, km
from registry.routelists.along import ItemMet, items_met
from registry.streets.lines import Met as StreetMet
from registry.streets.lines import streets_met
from registry.structures.codes import Condition, SharingStatus
from registry.structures.contract import Hosting
from registry.structures.corridor import Corridor
from registry.structures.corridor import along as corridor_along
from registry.structures.ways import Carrier, Interval, carriers, lines_along, poles_along

_OFFERED: Final = (SharingStatus.AVAILABLE, SharingStatus.SHARED_AVAILABLE)


@dataclass(frozen=True)
class Offer:
    """A structure along a route: what is free on it, and why it cannot be used ("" where it can)."""

    carrier: Carrier
    free: int | None
    refusal: str

    @property
    def is_usable(self) -> bool:
        """Whether there is room for what is needed."""
        return not self.refusal


def offers(ctx: Ctx, ids: Collection[int], need: int) -> dict[int, Offer]:
    """Each structure with its room for `need` places; only those that the reader sees exactly."""
    known = carriers(ctx, ids)
    totals = place_totals(ctx, known)
    own = ctx.actor.organisation_ids
    return {key: _offer(carrier, totals, need, is_own=carrier.owner_id in own) for key, carrier in known.items()}


def _offer(carrier: Carrier, totals: Mapping[int, Totals], need: int, *, is_own: bool) -> Offer:
    found = totals.get(carrier.id)
    free = found.free if found else None
    return Offer(carrier, free, _refusal(carrier, free, need, is_own=is_own))


def _refusal(carrier: Carrier, free: int | None, need: int, *, is_own: bool) -> Any:
    """An owner decides about its own; of others' only what they offer counts. Unknown room is never room."""
    if carrier.condition is Condition.DANGEROUS:
        return _("đang nguy hiểm")
    if not is_own and carrier.sharing_status not in _OFFERED:
        return str(carrier.sharing_status.label)
    if free is None:
        return _("chưa rõ còn bao nhiêu chỗ")
    if free < need:
        return _("còn %(free)d chỗ, cần %(need)d", free=free, need=need)
    return ""


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
    met: tuple[ItemMet, ...]

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
        met=tuple(items_met(ctx, geojson, corridor_m, law.parallel_deg)),
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
    look(ctx, "planned_route", shown.values(), rows=len(shown))
