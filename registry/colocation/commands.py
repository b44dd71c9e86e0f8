"""What the writes of requests need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class StartRequests:
    """Structures that somebody asks for, by their codes."""

    codes: tuple[str, ...]


@dataclass(frozen=True)
class EditRequest:
    """Who asks, for what, from when; `values` by the names of the declared fields."""

    request_id: int
    version: int | None
    values: Mapping[str, Any]


@dataclass(frozen=True)
class EditItem:
    """What is to be installed on one structure, and at which of its places (None: not chosen yet)."""

    request_id: int
    item_id: int
    version: int | None
    place_id: int | None
    values: Mapping[str, Any]
    #: What hangs there already and is to be changed or taken down.
    replaces_entry_id: int | None = None
    #: Say the same of all open items on structures that carry the same things.
    for_alike: bool = False


@dataclass(frozen=True)
class RemoveItem:
    """A structure is taken out of a request again."""

    request_id: int
    item_id: int
    version: int | None


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
