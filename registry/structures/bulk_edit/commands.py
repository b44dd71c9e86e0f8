"""What a bulk edit needs: the structures meant, the field, the value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from registry.structures.filtering.filter import StructureFilter


@dataclass(frozen=True)
class Target:
    """Ticked structures, or all that match a filter; the filter also as it stands in the address of the list."""

    codes: tuple[str, ...] = ()
    query: str = ""
    chosen: StructureFilter | None = None

    def as_json(self) -> dict[str, Any]:
        """What the batch keeps."""
        return {"query": self.query} if self.chosen is not None else {"codes": list(self.codes)}


@dataclass(frozen=True)
class Change:
    """One field and its new value, already parsed; `typed` and `companion` are kept as words."""

    field: str
    value: Any
    typed: str | None
    companion: Any = None


@dataclass(frozen=True)
class ApplyBulkEdit:
    """A change of a target; `digest` is that of the preview which was looked at."""

    target: Target
    change: Change
    reason: str
    digest: str


@dataclass(frozen=True)
class UndoBulkEdit:
    """Take a batch back."""

    batch_id: int
    version: int
    reason: str
