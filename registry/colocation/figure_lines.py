"""What the figures of one owner or commune are, and what of them is told to who may not see the cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final

from registry.colocation.codes import RefusalGround

#: Fewer requests than this would tell of single cases.
LEAST: Final = 3
_PERCENT: Final = 100


@dataclass(frozen=True)
class Refusals:
    """Structures refused on one ground, and the requests that they stand in; None where that is withheld."""

    items: int | None
    requests: int | None


@dataclass(frozen=True)
class Figures:
    """Counts of requests and of their structures, days in working days; None: nothing to compute from, or withheld."""

    requests: int | None = 0
    answered: int | None = 0
    median: float | None = None
    p90: float | None = None
    late: int | None = 0
    decided: int | None = 0
    items: int | None = 0
    items_answered: int | None = 0
    items_accepted: int | None = 0
    items_refused: int | None = 0
    #: Requests with a structure that the owner answered for good, granted, refused.
    with_answered: int | None = 0
    with_accepted: int | None = 0
    with_refused: int | None = 0
    grounds: Mapping[RefusalGround, Refusals] = field(default_factory=dict)

    @property
    def acceptance_pct(self) -> float | None:
        """Structures granted by their owner in percent of those that it answered for good."""
        if not self.items_answered or self.items_accepted is None:
            return None
        return _PERCENT * self.items_accepted / self.items_answered

    def refusals(self, ground: RefusalGround) -> Refusals:
        """What was refused on a ground."""
        return self.grounds.get(ground, Refusals(0, 0))


@dataclass(frozen=True)
class Line:
    """The figures of one owner or commune (`id` None: of all), now and in the period before."""

    id: int | None
    name: str
    #: Whether the reader may see the cases, and so whether figures are whole and open their lists.
    is_open: bool
    now: Figures
    before: Figures
    least: ClassVar[int] = LEAST


@dataclass(frozen=True)
class Table:
    """All lines, and all requests together."""

    total: Line
    lines: list[Line]


def coarsened(figures: Figures, parts: Sequence[Figures] = ()) -> Figures:
    """Without anything that fewer requests than `LEAST` stand for, none at all included; decisions are left out.

    `parts` are told beside it: where what is left when they are taken away is that little, it is not told either.
    """

    def told(count: Callable[[Figures], int | None]) -> int | None:
        whole = count(figures) or 0
        rest = whole - sum(count(part) or 0 for part in parts)
        return whole if whole >= LEAST and not 0 < rest < LEAST else None

    answered, granted = told(lambda one: one.answered), told(lambda one: one.with_answered)
    requests, refused = told(lambda one: one.requests), told(lambda one: one.with_refused)

    def on(ground: RefusalGround) -> Refusals:
        count = told(lambda one: one.refusals(ground).requests)
        return Refusals(figures.refusals(ground).items if count else None, count)

    return Figures(
        requests=requests,
        answered=answered,
        median=figures.median if answered else None,
        p90=figures.p90 if answered else None,
        late=told(lambda one: one.late),
        decided=None,
        items=figures.items if requests else None,
        items_answered=figures.items_answered if granted else None,
        items_accepted=figures.items_accepted if granted else None,
        items_refused=figures.items_refused if refused else None,
        with_answered=granted,
        with_accepted=told(lambda one: one.with_accepted),
        with_refused=refused,
        grounds={ground: on(ground) for ground in RefusalGround},
    )
