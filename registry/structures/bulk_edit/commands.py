"""Commands of bulk edits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from registry.structures.filtering.filter import StructureFilter


@dataclass(frozen=True)
class Target:
    """Selected structures, or all that match a filter, which is also given as the query string of the list."""

    codes: tuple[str, ...] = ()
    query: str = ""
    chosen: StructureFilter | None = None

    def as_json(self) -> dict[str, Any]:
        """The stored form."""
        return {"query": self.query} if self.chosen is not None else {"codes": list(self.codes)}


@dataclass(frozen=True)
class BulkChange:
    """One field and its new value, parsed; `typed` is the text as entered."""

    field: str
    value: Any
    typed: str | None
    companion: Any = None


@dataclass(frozen=True)
class ApplyBulkEdit:
    """A change of a target; `digest` is that of the preview."""

    target: Target
    change: BulkChange
    reason: str
    digest: str


@dataclass(frozen=True)
class UndoBulkEdit:
    """Undo a batch."""

    batch_id: int
    version: int
    reason: str
