"""Ask every feature for what somebody looks for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from registry.authz.actors import Ctx
from registry.kernel.db.session import plan_for_values
from registry.kernel.search import SEARCH_SOURCES, Group, Query


@dataclass(frozen=True)
class Found:
    """The groups with something in them or to say, whether they are only near, and how many hits they hold."""

    groups: list[Group]
    near: bool = False

    @property
    def count(self) -> int:
        """Hits of all groups."""
        return sum(len(group.hits) for group in self.groups)


def search(ctx: Ctx, query: Query) -> Found:
    """What all features found; what is only alike where no feature has the words themselves."""
    if not query.words:
        return Found([])
    plan_for_values(ctx.session)
    groups = _ask(ctx, query)
    if query.may_have_slips and all(group.is_empty for group in groups):
        near = _ask(ctx, replace(query, near=True))
        return Found(near, near=True) if near else Found(groups)
    return Found(groups)


def _ask(ctx: Ctx, query: Query) -> list[Group]:
    groups = [group for source in SEARCH_SOURCES.values() if (group := source(ctx, query)) is not None]
    return [group for group in groups if not group.is_empty or group.note]
