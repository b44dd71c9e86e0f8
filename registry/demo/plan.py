"""What one sample structure is to be, as values; and the dice that choose, the same for the same seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any, TypeVar

from registry.capacity.models import EntryState, PlaceUnit, Technology
from registry.demo.ground import Line
from registry.demo.words import SEED

T = TypeVar("T")
_PERCENT = 100


@dataclass(frozen=True)
class Hung:
    """Something in a place; `holder` is an organisation's code, `holder_name` one written out."""

    quantity: int
    started_on: date | None
    holder: str = ""
    holder_name: str = ""
    equipment: str = ""
    technology: Technology | None = None
    state: EntryState = EntryState.USED
    ended_on: date | None = None
    #: Name and value of what its owner wrote of its measures.
    loads: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True)
class PlannedPlace:
    """A capacity place with what is in it; `total` None is unknown."""

    label: str
    unit: PlaceUnit
    total: int | None
    hung: tuple[Hung, ...] = ()
    #: By the names of capacity.models.MEASURES.
    measures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Planned:
    """A structure to be; `registered` counts in words.REGISTERED, `line` is a single place for a point.

    `members` are the own codes of what carries a cable, in order.
    """

    kind: str
    owner: str
    values: Mapping[str, Any]
    line: Line
    registered: int
    places: tuple[PlannedPlace, ...] = field(default=())
    members: tuple[str, ...] = ()


class Dice:
    """Chances that come out the same for the same `name`."""

    def __init__(self, name: str) -> None:
        self._random = Random(f"{SEED}:{name}")  # noqa: S311 - sample data, nothing secret

    def chance(self, percent: int) -> bool:
        """True in so many of a hundred cases."""
        return self._random.randrange(_PERCENT) < percent

    def between(self, least: int, most: int) -> int:
        """A whole number, both ends included."""
        return self._random.randint(least, most)

    def real(self, least: float, most: float) -> float:
        """A number of the interval."""
        return self._random.uniform(least, most)

    def tenths(self, least: int, most: int) -> Decimal:
        """A number with one decimal; the bounds are in tenths."""
        return Decimal(self.between(least, most)) / 10

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return self._random.choice(items)

    def some(self, items: Sequence[T], count: int) -> list[T]:
        """So many different ones of the items, or all of them."""
        return self._random.sample(items, min(count, len(items)))

    def weighted(self, items: Sequence[tuple[T, int]]) -> T:
        """One of the items by weight."""
        return self._random.choices([item for item, _ in items], weights=[weight for _, weight in items])[0]

    def day(self, first: date, last: date) -> date:
        """A day of the period; `last` where the period is empty."""
        days = (last - first).days
        return last if days <= 0 else first + timedelta(days=self.between(0, days))
