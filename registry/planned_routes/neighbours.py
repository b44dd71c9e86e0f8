"""What other features know along a route: they are told of it by the wiring, so that this one need not know them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from registry.authz.actors import Ctx


class Met(Protocol):
    """A case that a route meets, with its page: `url_for(endpoint, case_id=case_id)`."""

    @property
    def case_id(self) -> int:
        """Its id."""

    @property
    def endpoint(self) -> str:
        """The endpoint of its page."""

    @property
    def title(self) -> str:
        """What it is."""

    @property
    def note(self) -> str:
        """Where it stands."""

    @property
    def at_m(self) -> float:
        """The metre of the route at which it is met first."""

    @property
    def along_m(self) -> float:
        """How far it leads beside the route."""


class Part(Protocol):
    """A part of a street along which one may dig, with its line in metres of the province's grid."""

    @property
    def label(self) -> str:
        """The street's name."""

    @property
    def shape(self) -> Any:
        """The line (shapely)."""


#: Context, line (GeoJSON), metres, degrees.
MetFinder = Callable[[Ctx, str, float, float], Iterable[Met]]
#: Context, line (GeoJSON), metres, most.
PartFinder = Callable[[Ctx, str, float, int], Iterable[Part]]
_MET: list[MetFinder] = []
_PARTS: list[PartFinder] = []


def register_met(finder: MetFinder) -> None:
    """Let the page of a route name what another feature knows along it; twice is once."""
    if finder not in _MET:
        _MET.append(finder)


def register_streets(finder: PartFinder) -> None:
    """Let paths be dug along further streets; twice is once."""
    if finder not in _PARTS:
        _PARTS.append(finder)


def met_along(ctx: Ctx, geojson: str, metres: float, degrees: float) -> list[Met]:
    """All that the features know along a line."""
    return [met for finder in _MET for met in finder(ctx, geojson, metres, degrees)]


def streets_of_features(ctx: Ctx, geojson: str, metres: float, most: int) -> list[Part]:
    """The further streets within `metres` of a line."""
    return [part for finder in _PARTS for part in finder(ctx, geojson, metres, most)]
