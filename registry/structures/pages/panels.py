"""Panels on the page of a structure, which the features above provide, and that of its files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Final

from flask import url_for

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import allowed
from registry.files.queries import list_files
from registry.kernel.feature import ExtensionPoint
from registry.kernel.i18n import _, _l
from registry.structures.history import HistoryRecord
from registry.structures.models import Structure
from registry.structures.positions.moment import When

SUBJECT = "structure"


class Section(Enum):
    """The parts of the page in their order, each with its name in the menu of the page."""

    OVERVIEW = "overview", _l("Tổng quan")
    CAPACITY = "capacity-part", _l("Sức chứa")
    TECHNICAL = "technical", _l("Kỹ thuật")
    CASES = "cases", _l("Hồ sơ")
    DOCUMENTS = "documents", _l("Tài liệu")
    HISTORY = "history-part", _l("Lịch sử")

    def __init__(self, anchor: str, label: Any) -> None:
        self.anchor = anchor
        self.label = label


class TimelineKind(Enum):
    """What an entry of the timeline is about; readers filter it by this."""

    CHANGE = "change", _l("Thay đổi")
    CASE = "case", _l("Hồ sơ")
    FILE = "file", _l("Tài liệu")

    def __init__(self, code: str, label: Any) -> None:
        self.code = code
        self.label = label


@dataclass(frozen=True)
class Panel:
    """One part of the page: a template with its own frame, and its `data` by name (no two panels share a name)."""

    key: str
    template: str
    data: Mapping[str, Any] = field(default_factory=dict)
    section: Section = Section.CASES
    #: Template of a line in the head of the page, and of an act there; both with the same data.
    head: str = ""
    act: str = ""
    #: What the panel adds to the timeline, as `timeline_entry` makes it.
    entries: Sequence[Mapping[str, Any]] = ()


def timeline_entry(kind: TimelineKind, at: datetime, action: str, url: str | None = None) -> dict[str, Any]:
    """One entry of the timeline of a structure."""
    return {"kind": kind.code, "at": at, "action": action, "actor": None, "url": url, "icon": _ICONS[kind]}


def case_entries(endpoint: str, cases: Iterable[Any]) -> list[dict[str, Any]]:
    """An entry for each case with a number: its state, and since when."""
    return [
        timeline_entry(
            TimelineKind.CASE,
            case.state_since,
            f"{case.number}: {case.state.label}",
            url_for(endpoint, case_id=case.id),
        )
        for case in cases
        if case.number
    ]


_ICONS: Final = {
    TimelineKind.CHANGE: "history",
    TimelineKind.CASE: "briefcase",
    TimelineKind.FILE: "paperclip",
}


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
    links = list_files(ctx, SUBJECT, structure.id)
    data = {
        "links": links,
        "subject_kind": SUBJECT,
        "subject_id": structure.id,
        "can_add": allowed(ctx, P.FILE_ADD, structure),
        "can_withdraw": allowed(ctx, P.FILE_ADD, structure),
    }
    entries = [
        timeline_entry(
            TimelineKind.FILE,
            link.attachment.uploaded_at,
            _("Thêm tệp: %(name)s", name=link.caption or link.attachment.served_name),
            url_for("files.open", attachment_id=link.attachment.id),
        )
        for link in links
        if link.is_active
    ]
    return Panel("files", "files/panel.html", data, Section.DOCUMENTS, "files/_head.html", entries=entries)
