"""What the writes of lists and streets need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry.structures.commands import GivenPosition


@dataclass(frozen=True)
class OpenList:
    """Begin the list of a year."""

    year: int


@dataclass(frozen=True)
class ProposeItem:
    """A street for a list; `values` are the declared fields of RouteItem, already parsed."""

    list_id: int
    values: Mapping[str, Any]
    planned_kinds: tuple[str, ...]
    line: GivenPosition


@dataclass(frozen=True)
class EditItem:
    """New values of a street that was not sent yet, or was returned; `line` None leaves the line as it is."""

    item_id: int
    version: int | None
    values: Mapping[str, Any]
    planned_kinds: tuple[str, ...]
    line: GivenPosition | None = None
