"""Commands of lists and streets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.routelists.models import Priority
from registry.structures.commands import GivenPosition


@dataclass(frozen=True)
class OpenList:
    """Open the list of a year."""

    year: int


@dataclass(frozen=True)
class ProposeItem:
    """A street for a list; `values` are the parsed declared fields of RouteItem.

    Without a `line` it is a draft that waits for one, in the commune `commune_id`.
    """

    list_id: int
    values: Mapping[str, Any]
    planned_kinds: tuple[str, ...]
    line: GivenPosition | None
    commune_id: int | None = None


@dataclass(frozen=True)
class ImportStreets:
    """How the rows of a workbook are read for a list.

    `defaults`: field -> text where a row has none; `headings`: field -> heading of its column; `meanings`: field ->
    text in the file -> the value that it means.
    """

    list_id: int
    defaults: Mapping[str, str] = field(default_factory=dict)
    headings: Mapping[str, str] = field(default_factory=dict)
    meanings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class EditRouteItem:
    """New values of a street that is a draft or was returned; `line` None keeps the line."""

    item_id: int
    version: int | None
    values: Mapping[str, Any]
    planned_kinds: tuple[str, ...]
    line: GivenPosition | None = None


@dataclass(frozen=True)
class Rank:
    """Priority and first year of a street as the department of construction sets them; None keeps a value."""

    item_id: int
    version: int | None
    priority: Priority | None = None
    year: int | None = None


@dataclass(frozen=True)
class BulkReview:
    """One act of the review desk on several streets: a move of the review, or a new priority or first year.

    `items`: id and the version that the page showed. `text`: opinion, what is missing, or the reason.
    """

    act: str
    items: tuple[tuple[int, int], ...]
    text: str = ""
    priority: Priority | None = None
    year: int | None = None
