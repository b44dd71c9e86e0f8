"""Commands that write requests and agreements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class StartRequests:
    """Structures to request, by their codes."""

    codes: tuple[str, ...]


@dataclass(frozen=True)
class EditRequest:
    """Contact, purpose and term of a request; `values` by field name."""

    request_id: int
    version: int | None
    values: Mapping[str, Any]


@dataclass(frozen=True)
class EditItem:
    """What is to be installed on one structure, and on which of its places (None: not chosen yet)."""

    request_id: int
    item_id: int
    version: int | None
    place_id: int | None
    values: Mapping[str, Any]
    #: Existing equipment to change or remove.
    replaces_entry_id: int | None = None
    #: Copy the values to all open items on similar structures.
    for_alike: bool = False


@dataclass(frozen=True)
class RemoveItem:
    """Take a structure out of a request."""

    request_id: int
    item_id: int
    version: int | None


@dataclass(frozen=True)
class EditContract:
    """Contract terms: `values` by field name, `lines` the price of each item by its id."""

    agreement_id: int
    version: int | None
    values: Mapping[str, Any]
    lines: Mapping[int, Decimal | None] = field(default_factory=dict)


@dataclass(frozen=True)
class ReportItem:
    """What was installed on one structure; `values` by field name."""

    agreement_id: int
    item_id: int
    version: int | None
    values: Mapping[str, Any]
