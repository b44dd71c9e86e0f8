"""Parts of the start page, of visitors and of signed-in users, which features provide."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.authz.actors import Actor, Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.kernel.feature import ExtensionPoint


@dataclass(frozen=True)
class StartPart:
    """A template with its own frame, and its `data` by name (no two parts share a name)."""

    template: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class StartAct:
    """What a role begins with most days, as a button of its start page."""

    label: Any
    endpoint: str
    permission: P
    icon: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    #: Empty: of each role that has the permission.
    roles: frozenset[Role] = frozenset()


#: The button that comes first is the main one.
START_ACTS = ExtensionPoint[StartAct]("start_page.acts")
#: Each gives its part for a reader, or None; whether somebody is signed in says `ctx.actor.roles`.
START_PARTS = ExtensionPoint[Callable[[Ctx], StartPart | None]]("start_page.parts")


def start_parts(ctx: Ctx) -> dict[str, Any]:
    """`parts` of the page in their order, and the data of all of them by name."""
    parts = [part for source in START_PARTS if (part := source(ctx)) is not None]
    return {"parts": parts, **{name: value for part in parts for name, value in part.data.items()}}


def start_acts(actor: Actor) -> list[StartAct]:
    """The buttons of the actor's start page, the main one first."""
    return [
        act for act in START_ACTS if holds(actor, act.permission) and (not act.roles or bool(act.roles & actor.roles))
    ]


def main_act(actor: Actor) -> StartAct | None:
    """The first button of the start page, which the head of every page has too; None where there is none."""
    return next(iter(start_acts(actor)), None)
