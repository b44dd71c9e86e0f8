"""Parts of the start page, of visitors and of signed-in users, which features provide."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.authz.actors import Ctx
from registry.kernel.feature import ExtensionPoint


@dataclass(frozen=True)
class StartPart:
    """A template with its own frame, and its `data` by name (no two parts share a name)."""

    template: str
    data: Mapping[str, Any] = field(default_factory=dict)


#: Each gives its part for a reader, or None; whether somebody is signed in says `ctx.actor.roles`.
START_PARTS = ExtensionPoint[Callable[[Ctx], StartPart | None]]("start_page.parts")


def start_parts(ctx: Ctx) -> dict[str, Any]:
    """`parts` of the page in their order, and the data of all of them by name."""
    parts = [part for source in START_PARTS if (part := source(ctx)) is not None]
    return {"parts": parts, **{name: value for part in parts for name, value in part.data.items()}}
