"""Panels on the page of a structure, which the features above provide, and that of its files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import allowed
from registry.files.queries import list_files
from registry.kernel.feature import ExtensionPoint
from registry.structures.history import HistoryRecord
from registry.structures.models import Structure
from registry.structures.positions.moment import When

SUBJECT = "structure"


@dataclass(frozen=True)
class Panel:
    """One part of the page: a template with its own frame, and its `data` by name (no two panels share a name)."""

    key: str
    template: str
    data: Mapping[str, Any] = field(default_factory=dict)


PanelSource = Callable[[Ctx, Structure], Panel | None]
#: Called with the row of `get_coarse`: `exact` says whether the reader sees more than kind and cell.
RowSource = Callable[[Ctx, Any], Panel | None]
PastSource = Callable[[Ctx, HistoryRecord, When], Panel | None]
PANELS = ExtensionPoint[PanelSource]("structures.panels")
PAST_PANELS = ExtensionPoint[PastSource]("structures.past_panels")
#: After the states in the head of the page, of readers of its cell too; without a frame of their own.
HEAD_PARTS = ExtensionPoint[RowSource]("structures.head_parts")
#: On the page of who knows its cell only.
CELL_PANELS = ExtensionPoint[RowSource]("structures.cell_panels")


def panels_of(ctx: Ctx, structure: Structure) -> list[Panel]:
    """The panels that have content for this actor."""
    return [panel for source in PANELS if (panel := source(ctx, structure)) is not None]


def parts_of(ctx: Ctx, row: Any, sources: ExtensionPoint[RowSource]) -> list[Panel]:
    """The parts that have content for this actor, of HEAD_PARTS or CELL_PANELS."""
    return [panel for source in sources if (panel := source(ctx, row)) is not None]


def data_of(panels: Iterable[Panel]) -> dict[str, Any]:
    """The data of all parts of a page by name."""
    return {name: value for panel in panels for name, value in panel.data.items()}


def past_panels_of(ctx: Ctx, record: HistoryRecord, when: When) -> list[Panel]:
    """The panels that have content for that time."""
    return [panel for source in PAST_PANELS if (panel := source(ctx, record, when)) is not None]


def files_panel(ctx: Ctx, structure: Structure) -> Panel | None:
    """The files of a structure, for actors who may read them."""
    if not allowed(ctx, P.FILE_READ, structure):
        return None
    data = {
        "links": list_files(ctx, SUBJECT, structure.id),
        "subject_kind": SUBJECT,
        "subject_id": structure.id,
        "can_add": allowed(ctx, P.FILE_ADD, structure),
        "can_withdraw": allowed(ctx, P.FILE_ADD, structure),
    }
    return Panel("files", "files/panel.html", data)
