"""The whole plan of the demonstration: every structure of every commune, the same for the same units."""

from __future__ import annotations

from datetime import date
from itertools import islice
from typing import Final

from sqlalchemy.orm import Session

from registry.demo import ground, streets, words
from registry.demo.cabling import cables
from registry.demo.ground import Commune
from registry.demo.masts import masts
from registry.demo.plan import Dice, Planned
from registry.demo.streets import Street

_PLACES: Final = 48
_STREETS_OF_WARD: Final = 5
_STREETS_OF_COMMUNE: Final = 2
#: A drawn street may leave its commune, so more are drawn than needed.
_DRAWN_FOR_ONE: Final = 4


def plan(session: Session, on: date) -> list[Planned]:
    """About 3,000 structures in the communes of a day, commune by commune in the order of their codes."""
    return planned(laid_out(session, on))


def laid_out(session: Session, on: date) -> list[tuple[Commune, list[Street]]]:
    """The communes of a day in the order of their codes, each with the streets that are drawn in it."""
    found = ground.communes(session, on, _PLACES)
    laid = _streets(session, found)
    return [(commune, laid[commune.id]) for commune in found]


def planned(laid: list[tuple[Commune, list[Street]]]) -> list[Planned]:
    """The structures of communes and their streets."""
    return [one for commune, drawn in laid for one in _of_commune(commune, drawn)]


def _of_commune(commune: Commune, laid: list[Street]) -> list[Planned]:
    dice = Dice(commune.code)
    places = iter(commune.places[_count(commune) * _DRAWN_FOR_ONE :])
    standing = [*masts(commune, dice, places), *streets.along_streets(commune, dice, laid)]
    # Dice of their own, so that what stood there before cables were planned stays as it was.
    return [*standing, *cables(commune, Dice(f"{commune.code}:cables"), standing)]


def _count(commune: Commune) -> int:
    if commune.is_ward:
        return _STREETS_OF_WARD
    return _STREETS_OF_COMMUNE + (commune.short_name in words.ZONE_COMMUNES)


def _streets(session: Session, found: list[Commune]) -> dict[int, list[Street]]:
    """The streets of each commune by its id: of those drawn the first ones that stay inside it."""
    drawn = [
        (commune, streets.draw(Dice(f"{commune.code}:{number}"), start))
        for commune in found
        for number, start in enumerate(commune.places[: _count(commune) * _DRAWN_FOR_ONE])
    ]
    inside = ground.lines_inside(session, [(commune.id, line) for commune, line in drawn])
    lines: dict[int, list[ground.Line]] = {commune.id: [] for commune in found}
    for index in sorted(inside):
        commune, line = drawn[index]
        lines[commune.id].append(line)
    laid = {}
    for commune in found:
        chosen = list(islice(lines[commune.id], _count(commune)))
        names = streets.names(commune, Dice(f"{commune.code}:names"), len(chosen))
        laid[commune.id] = [Street(name, line) for name, line in zip(names, chosen, strict=True)]
    return laid
