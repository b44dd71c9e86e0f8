"""Split a route into stretches along existing structures and stretches to be built; arithmetic on metres."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

#: Tolerance in metres: the rounding of coordinates.
_TOLERANCE: Final = 0.01


@dataclass(frozen=True)
class RouteRun:
    """An interval of the route where a cable could run: in one line structure, or from one pole to the next."""

    start: float
    end: float
    structures: tuple[int, ...]
    owner_id: int
    #: Code of the hosting: hung, pulled or laid cables.
    way: str


@dataclass(frozen=True)
class Stretch:
    """An interval of the route along structures of one owner in one way; to be built where `owner_id` is None."""

    start: float
    end: float
    structures: tuple[int, ...] = ()
    owner_id: int | None = None
    way: str | None = None

    @property
    def metres(self) -> float:
        return self.end - self.start

    @property
    def is_gap(self) -> bool:
        return self.owner_id is None


def spans(posts: Sequence[tuple[float, int, int]], most: float, way: str) -> list[RouteRun]:
    """Runs from pole to pole up to `most` metres apart; `posts` are (metre, structure, owner).

    A span belongs to the owner of its first pole.
    """
    ordered = sorted(posts)
    return [
        RouteRun(at, following, tuple(dict.fromkeys((pole, other))), owner, way)
        for (at, pole, owner), (following, other, _owner) in pairwise(ordered)
        if following - at <= most
    ]


def cover(runs: Iterable[RouteRun], length: float, *, join: float, least: float) -> list[Stretch]:
    """The whole route in stretches: along `runs` where there are any, else to be built.

    Of several runs the one that reaches farthest is taken, which needs the fewest. A gap of up to `join` metres belongs
    to the run after it, at the end of the route to the one before it. Re-use without a break over less than `least`
    metres is replaced by a gap.
    """
    pieces = _merged(_pieces(runs, length, join))
    return _merged(_without_short_reuse(pieces, least))


def _pieces(runs: Iterable[RouteRun], length: float, join: float) -> list[Stretch]:
    waiting = deque(sorted(runs, key=lambda run: (run.start, -run.end)))
    pieces: list[Stretch] = []
    best: RouteRun | None = None
    at = 0.0
    while length - at > _TOLERANCE:
        reach = at + (_TOLERANCE if pieces and pieces[-1].is_gap else max(join, _TOLERANCE))
        while waiting and waiting[0].start <= reach:
            run = waiting.popleft()
            best = run if best is None or run.end > best.end else best
        if best is not None and best.end - at > _TOLERANCE:
            end = min(best.end, length)
            pieces.append(Stretch(at, end, best.structures, best.owner_id, best.way))
        else:
            end = min(waiting[0].start, length) if waiting else length
            pieces.append(Stretch(at, end))
        at = end
    if len(pieces) > 1 and pieces[-1].is_gap and pieces[-1].metres <= join:
        pieces.pop()
    # The remainder to the end is rounding, or too short to build.
    return [*pieces[:-1], *(_extended(piece, length) for piece in pieces[-1:])]


def split_gap(gap: Stretch, blocked: Iterable[tuple[float, float]], *, join: float) -> list[Stretch]:
    """Split a stretch to be built where structures without free capacity begin and end."""
    runs = [
        RouteRun(max(start - gap.start, 0), end - gap.start, (), 0, "") for start, end in blocked if end > gap.start
    ]
    pieces = _merged(_pieces(runs, gap.metres, join))
    return [Stretch(gap.start + piece.start, gap.start + piece.end) for piece in pieces]


def _without_short_reuse(pieces: Sequence[Stretch], least: float) -> list[Stretch]:
    result: list[Stretch] = []
    chain: list[Stretch] = []
    for piece in [*pieces, Stretch(0, 0)]:
        if not piece.is_gap:
            chain.append(piece)
            continue
        is_long = sum(each.metres for each in chain) >= least
        result += chain if is_long else [Stretch(each.start, each.end) for each in chain]
        chain = []
        if piece.metres:
            result.append(piece)
    return result


def _merged(pieces: Iterable[Stretch]) -> list[Stretch]:
    """Merge neighbours of one owner and one way."""
    merged: list[Stretch] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if last is not None and (last.owner_id, last.way) == (piece.owner_id, piece.way):
            structures = tuple(dict.fromkeys((*last.structures, *piece.structures)))
            merged[-1] = Stretch(last.start, piece.end, structures, last.owner_id, last.way)
        else:
            merged.append(piece)
    return merged


def _extended(piece: Stretch, end: float) -> Stretch:
    return Stretch(piece.start, end, piece.structures, piece.owner_id, piece.way)


def reused(stretches: Iterable[Stretch]) -> float:
    return sum(stretch.metres for stretch in stretches if not stretch.is_gap)


def reused_by_owner(stretches: Iterable[Stretch]) -> dict[int, float]:
    metres_by_owner: dict[int, float] = {}
    for stretch in stretches:
        if stretch.owner_id is not None:
            metres_by_owner[stretch.owner_id] = metres_by_owner.get(stretch.owner_id, 0.0) + stretch.metres
    return metres_by_owner
