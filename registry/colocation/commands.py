"""What the writes of requests need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
