"""What else waits for somebody besides cases: features above and beside this one register where to look."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from registry.authz.actors import Ctx


@dataclass(frozen=True)
class DeskLine:
    """One thing to do: what, where, and in a few words how it stands."""

    text: str
    url: str
    state: str


#: Gives text, address and state of each thing to do: features beside this one do not know its classes.
LineSource = Callable[[Ctx], Iterable[tuple[str, str, str]]]
_sources: list[LineSource] = []


def register_lines(source: LineSource) -> None:
    """Let a feature add lines to the start page; the same source counts once."""
    if source not in _sources:
        _sources.append(source)


def lines(ctx: Ctx) -> list[DeskLine]:
    """What waits for the actor, in the order in which features registered."""
    return [DeskLine(*line) for source in _sources for line in source(ctx)]
