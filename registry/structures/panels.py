"""Panels on the page of a structure, which the features above provide."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.authz.actors import Ctx
from registry.kernel.feature import ExtensionPoint
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
PANELS = ExtensionPoint[PanelSource]("structures.panels")
PAST_PANELS = ExtensionPoint[PastSource]("structures.past_panels")


def panels_of(ctx: Ctx, structure: Structure) -> list[Panel]:
    """The panels that have something to show to this actor."""
    return [panel for source in PANELS if (panel := source(ctx, structure)) is not None]


def past_panels_of(ctx: Ctx, record: Record, when: When) -> list[Panel]:
    """The panels that have something to say of that time."""
    return [panel for source in PAST_PANELS if (panel := source(ctx, record, when)) is not None]
