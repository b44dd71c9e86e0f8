"""What a drawing shows, as far as its reader may know it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from registry.capacity.models import EntryState, PlaceUnit
from registry.drawings.layout import isolated, plain
from registry.kernel.i18n import NO_BREAK_SPACE, _, format_number
from registry.kernel.units import with_symbol
from registry.structures.kinds.kind import Picture

Amount = Decimal | float | int
#: Columns have three at most.
_MOST_DECIMALS: Final = 3


@dataclass(frozen=True)
class Load:
    """What takes units of a place. `name` None: the reader may not know it; "": the ledger does not state it."""

    state: EntryState
    quantity: int
    name: str | None = None
    equipment: str = ""
    height_m: Decimal | None = None
    diameter_mm: Decimal | None = None


@dataclass(frozen=True)
class Place:
    """One place of the ledger with its loads; None is not stated. `asked`: units that a request asks for."""

    label: str
    unit: PlaceUnit
    total: int | None
    free: int | None
    loads: tuple[Load, ...] = ()
    height_m: Decimal | None = None
    diameter_mm: Decimal | None = None
    level: int | None = None
    asked: int = 0
    is_asked: bool = False

    @property
    def taken(self) -> int:
        return sum(load.quantity for load in self.loads)

    @property
    def over(self) -> int:
        """Units taken beyond the total."""
        return 0 if self.total is None else max(0, self.taken - self.total)


@dataclass(frozen=True)
class HeightLimit:
    """A height above the foot that a check compares with."""

    label: str
    metres: Decimal


@dataclass(frozen=True)
class ShareLimit:
    """A share in percent and its limits; `high` None: it may be any amount above `low`."""

    label: str
    low: Decimal
    high: Decimal | None
    limits: tuple[Decimal, ...]


@dataclass(frozen=True)
class Asked:
    """What a request asks for; `place` is its label, "" where none was chosen."""

    place: str
    quantity: int
    height_m: Decimal | None = None
    #: It takes units that are still free; an accepted one is in the ledger already.
    is_open: bool = True


@dataclass(frozen=True)
class StructureFacts:
    """A structure: its measures by the names that its picture reads, its places, and what a request adds."""

    key: str
    title: str
    picture: Picture
    measures: Mapping[str, Any] = field(default_factory=dict)
    #: Label and value of its measures, for the text.
    stated: tuple[tuple[str, str], ...] = ()
    places: tuple[Place, ...] = ()
    asked: Asked | None = None
    heights: tuple[HeightLimit, ...] = ()
    shares: tuple[ShareLimit, ...] = ()
    #: Places that are in the table only.
    left_out: int = 0


def with_request(
    facts: StructureFacts, asked: Asked | None, limits: Iterable[HeightLimit | ShareLimit] = ()
) -> StructureFacts:
    """The facts with what a request asks for at its place, and the limits of its screening."""
    listed = tuple(limits)
    places = tuple(
        replace(slot, is_asked=True, asked=asked.quantity if asked.is_open else 0)
        if asked is not None and slot.label == asked.place
        else slot
        for slot in facts.places
    )
    return replace(
        facts,
        places=places,
        asked=asked,
        heights=tuple(limit for limit in listed if isinstance(limit, HeightLimit)),
        shares=tuple(limit for limit in listed if isinstance(limit, ShareLimit)),
    )


@dataclass(frozen=True)
class Run:
    """A part of a route; `metres` None: not stated. `style` is reused, new, full, aerial, underground or end."""

    style: str
    label: str
    metres: float | None = None
    detail: str = ""


@dataclass(frozen=True)
class RouteFacts:
    """A route from its start to its end."""

    key: str
    title: str
    runs: tuple[Run, ...] = ()
    #: Label and value, for the text.
    stated: tuple[tuple[str, str], ...] = ()


def not_stated() -> str:
    return _("không khai")


def amount(value: Amount, unit: str = "m", decimals: int | None = None) -> str:
    """A measure as people read it: "32,5 m"; trailing zeros are dropped unless `decimals` fixes them."""
    exact = round(Decimal(str(value)), _MOST_DECIMALS if decimals is None else decimals)
    shown = Decimal(format(exact.normalize(), "f")) if decimals is None else exact
    return with_symbol(format_number(shown, decimals), unit)


def state_label(load: Load) -> str:
    return str(load.state.label)


def load_text(load: Load) -> str:
    """A load in words; its name only where the facts have it."""
    if load.name is None:
        parts = [state_label(load)]
    else:
        unnamed = state_label(load) if load.state is EntryState.BLOCKED else _("đơn vị không khai")
        parts = [isolated(load.name) or unnamed]
    if load.equipment:
        parts.append(isolated(load.equipment))
    if load.height_m is not None:
        parts.append(_("ở %(height)s", height=amount(load.height_m)))
    if load.diameter_mm is not None:
        parts.append(f"Ø{NO_BREAK_SPACE}{amount(load.diameter_mm, 'mm')}")
    return " · ".join(part for part in parts if plain(part))


def free_text(slot: Place) -> str:
    """What is free of a place, as the ledger has it."""
    if slot.free is None or slot.total is None:
        return _("tổng số không khai")
    return _("trống %(free)s/%(total)s", free=format_number(slot.free), total=format_number(slot.total))
