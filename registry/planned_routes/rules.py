"""Which stretches of a route run along what stands, and which must be built: pure arithmetic on metres."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

#: Less than this, in metres, is the rounding of coordinates.
LEAST: Final = 0.01


@dataclass(frozen=True)
class Run:
    """Metres of the route along which a cable could be led: in one line structure, or from one pole to the next."""

    start: float
    end: float
    structures: tuple[int, ...]
    owner_id: int
    #: Code of how a cable is led there: hung, pulled, laid.
    way: str


@dataclass(frozen=True)
class Stretch:
    """A part of the route along structures of one owner in one way; a part to be built where `owner_id` is None."""

    start: float
    end: float
    structures: tuple[int, ...] = ()
    owner_id: int | None = None
    way: str | None = None

    @property
    def metres(self) -> float:
        """How long it is."""
        return self.end - self.start

    @property
    def is_gap(self) -> bool:
        """Whether it must be built."""
        return self.owner_id is None


def spans(posts: Sequence[tuple[float, int, int]], most: float, way: str) -> list[Run]:
    """Runs from pole to pole. `posts`: metre, structure, owner, along the route; a span is its first pole's owner's."""
    ordered = sorted(posts)
    return [
        Run(at, following, tuple(dict.fromkeys((pole, other))), owner, way)
        for (at, pole, owner), (following, other, _owner) in pairwise(ordered)
        if following - at <= most
    ]


def cover(runs: Iterable[Run], length: float, *, join: float, least: float) -> list[Stretch]:
    """The whole route in stretches from its start to its end: along `runs` where there are any, else to be built.

    Of several runs the one that leads farthest is taken, so that as few as possible are needed. A gap of up to `join`
    metres belongs to the run behind it, at the end of the route to that before it; what is re-used without a break
    over less than `least` is not worth it.
    """
    pieces = _merged(_pieces(runs, length, join))
    return _merged(_without_crumbs(pieces, least))


def _pieces(runs: Iterable[Run], length: float, join: float) -> list[Stretch]:
    waiting = deque(sorted(runs, key=lambda run: (run.start, -run.end)))
    pieces: list[Stretch] = []
    best: Run | None = None
    at = 0.0
    while length - at > LEAST:
        reach = at + (LEAST if pieces and pieces[-1].is_gap else max(join, LEAST))
        while waiting and waiting[0].start <= reach:
            run = waiting.popleft()
            best = run if best is None or run.end > best.end else best
        if best is not None and best.end - at > LEAST:
            end = min(best.end, length)
            pieces.append(Stretch(at, end, best.structures, best.owner_id, best.way))
        else:
            end = min(waiting[0].start, length) if waiting else length
            pieces.append(Stretch(at, end))
        at = end
    if len(pieces) > 1 and pieces[-1].is_gap and pieces[-1].metres <= join:
        pieces.pop()
    # What is left to the end is the rounding of coordinates, or too little to build.
    return [*pieces[:-1], *(_longer(piece, length) for piece in pieces[-1:])]


def broken(gap: Stretch, blocked: Iterable[tuple[float, float]], *, join: float) -> list[Stretch]:
    """A part to be built, cut where something that cannot be used begins and ends; all are parts to be built."""
    runs = [Run(max(start - gap.start, 0), end - gap.start, (), 0, "") for start, end in blocked if end > gap.start]
    pieces = _merged(_pieces(runs, gap.metres, join))
    return [Stretch(gap.start + piece.start, gap.start + piece.end) for piece in pieces]


def _without_crumbs(pieces: Sequence[Stretch], least: float) -> list[Stretch]:
    kept: list[Stretch] = []
    chain: list[Stretch] = []
    for piece in [*pieces, Stretch(0, 0)]:
        if not piece.is_gap:
            chain.append(piece)
            continue
        worth = sum(each.metres for each in chain) >= least
        kept += chain if worth else [Stretch(each.start, each.end) for each in chain]
        chain = []
        if piece.metres:
            kept.append(piece)
    return kept


def _merged(pieces: Iterable[Stretch]) -> list[Stretch]:
    """Neighbours of one owner and one way as one stretch, in their order."""
    merged: list[Stretch] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if last is not None and (last.owner_id, last.way) == (piece.owner_id, piece.way):
            structures = tuple(dict.fromkeys((*last.structures, *piece.structures)))
            merged[-1] = Stretch(last.start, piece.end, structures, last.owner_id, last.way)
        else:
            merged.append(piece)
    return merged


def _longer(piece: Stretch, end: float) -> Stretch:
    return Stretch(piece.start, end, piece.structures, piece.owner_id, piece.way)


def reused(stretches: Iterable[Stretch]) -> float:
    """Metres along what stands."""
    return sum(stretch.metres for stretch in stretches if not stretch.is_gap)


def reused_by_owner(stretches: Iterable[Stretch]) -> dict[int, float]:
    """Metres along what stands, by owner."""
    found: dict[int, float] = {}
    for stretch in stretches:
        if stretch.owner_id is not None:
            found[stretch.owner_id] = found.get(stretch.owner_id, 0.0) + stretch.metres
    return found
