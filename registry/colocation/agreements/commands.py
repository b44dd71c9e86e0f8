"""What the writes of agreements need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class EditContract:
    """What the contract says: `values` by the names of declared fields, `lines` the price of each item by its id."""

    agreement_id: int
    version: int | None
    values: Mapping[str, Any]
    lines: Mapping[int, Decimal | None] = field(default_factory=dict)


@dataclass(frozen=True)
class ReportItem:
    """What was really installed on one structure; `values` by the names of the declared fields."""

    agreement_id: int
    item_id: int
    version: int | None
    values: Mapping[str, Any]
