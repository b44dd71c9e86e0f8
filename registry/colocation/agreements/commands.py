"""What the writes of agreements need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class EditContract:
    """What the contract says; `values` by the names of the declared fields."""

    agreement_id: int
    version: int | None
    values: Mapping[str, Any]


@dataclass(frozen=True)
class ReportItem:
    """What was really installed on one structure; `values` by the names of the declared fields."""

    agreement_id: int
    item_id: int
    version: int | None
    values: Mapping[str, Any]
