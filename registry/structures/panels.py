"""Panels on a structure's page; higher layers register theirs, so that this feature knows none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.authz.actors import Ctx
from registry.structures.models import Structure
from registry.structures.past.records import Record
from registry.structures.past.when import When


@dataclass(frozen=True)
class Panel:
    """One part of the page: its template draws its own frame and sees `data` by name (no two panels share one)."""

    key: str
    template: str
    data: Mapping[str, Any] = field(default_factory=dict)


PanelSource = Callable[[Ctx, Structure], Panel | None]
PastSource = Callable[[Ctx, Record, When], Panel | None]
#: In the order of registration.
PANELS: list[PanelSource] = []
PAST_PANELS: list[PastSource] = []


def register_panel(source: PanelSource) -> None:
    """Let a feature show its part on every structure's page; registering twice changes nothing."""
    if source not in PANELS:
        PANELS.append(source)


def panels_of(ctx: Ctx, structure: Structure) -> list[Panel]:
    """The panels that have something to show to this actor."""
    return [panel for source in PANELS if (panel := source(ctx, structure)) is not None]


def register_past_panel(source: PastSource) -> None:
    """Let a feature show its part as it was, where the page is of the past; registering twice changes nothing."""
    if source not in PAST_PANELS:
        PAST_PANELS.append(source)


def past_panels_of(ctx: Ctx, record: Record, when: When) -> list[Panel]:
    """The panels that have something to say of that time."""
    return [panel for source in PAST_PANELS if (panel := source(ctx, record, when)) is not None]
