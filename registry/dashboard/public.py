"""What the public home states of the province: structures shown as cells, and how requests were answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from registry.audit.queries import register_version
from registry.authz.actors import Ctx
from registry.colocation.figures.outcomes import last_year
from registry.colocation.figures.tables import ColocationFigures, figures_by_owner
from registry.dashboard.figures import count_by_kind
from registry.kernel.cache import VersionedCache
from registry.structures.kinds import KINDS
from registry.structures.writing.locate import acceptance_bounds


@dataclass(frozen=True)
class PublicFigures:
    """Counts for everyone; figures of requests are None where fewer than three make them up."""

    #: Kind -> structures that the public map shows.
    by_kind: dict[str, int]
    requests: ColocationFigures
    bounds: list[float]

    @property
    def total(self) -> int:
        return sum(self.by_kind.values())


_FIGURES: Final[VersionedCache[PublicFigures]] = VersionedCache(256 * 1024)


def public_figures(ctx: Ctx) -> PublicFigures:
    """The figures of a visitor without sign-in, cached until the register changes."""
    return _FIGURES.get(ctx.today, register_version(ctx), lambda: _read(ctx))


def _read(ctx: Ctx) -> PublicFigures:
    box = acceptance_bounds(ctx.session, ctx.today)
    counts = {each.code: each.total for each in count_by_kind(ctx) if each.total}
    total = figures_by_owner(ctx, last_year(ctx.today)).total.now
    return PublicFigures(counts, total, [box.west, box.south, box.east, box.north])


def kinds_by_count(figures: PublicFigures) -> list[tuple[Any, int]]:
    """Kinds with their counts, the most frequent first."""
    return sorted(((KINDS[code], count) for code, count in figures.by_kind.items()), key=lambda pair: -pair[1])
