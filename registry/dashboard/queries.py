"""Figures of the start page; each opens the list behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from registry.authz.actors import Ctx, Role
from registry.structures.filters import StructureFilter
from registry.structures.lists import COUNTED_TO, count_structures

_OWNERS = {Role.OPERATOR, Role.INFRA_OWNER}


@dataclass(frozen=True)
class Figure:
    """A count and the filter whose list shows exactly those rows."""

    key: str
    count: int
    query: dict[str, Any]

    @property
    def is_more(self) -> bool:
        """Whether there are more than were counted."""
        return self.count > COUNTED_TO


def list_figures(ctx: Ctx) -> list[Figure]:
    """Structures seen, shareable, suspended and in danger, for an owner only its own."""
    mine = ctx.actor.organisation_id if ctx.actor.roles & _OWNERS else None
    wanted: tuple[tuple[str, dict[str, tuple[str, ...]]], ...] = (
        ("all", {}),
        ("available", {"sharing_status": ("available", "shared_available")}),
        ("not_assessed", {"sharing_status": ("not_assessed",)}),
        ("suspended", {"status": ("suspended",)}),
        ("dangerous", {"condition": ("dangerous",)}),
    )
    return [_figure(ctx, key, choices, mine) for key, choices in wanted]


def _figure(ctx: Ctx, key: str, choices: dict[str, tuple[str, ...]], owner_id: int | None) -> Figure:
    count = count_structures(ctx, StructureFilter(choices=choices, owner_id=owner_id))
    query: dict[str, Any] = dict(choices)
    if owner_id is not None:
        query["owner"] = owner_id
    return Figure(key, count, query)
