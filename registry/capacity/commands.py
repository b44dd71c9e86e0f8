"""What the writes of capacity need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from registry.capacity.models import EntryState, PlaceUnit, Technology


@dataclass(frozen=True)
class SetPlace:
    """A place of a structure by its label: new, or with another unit, total or measure; `total` None is unknown.

    `measures` are by the names of `models.MEASURES`; what is not among them stays as it is.
    """

    structure_code: str
    label: str
    unit: PlaceUnit
    total: int | None
    measures: Mapping[str, Decimal | int | None] = field(default_factory=dict)
    #: What the form showed of a place that stands; None where it showed none.
    known: str | None = None


@dataclass(frozen=True)
class AddEntry:
    """Something that hangs at, or blocks, a place; `holder` is the occupant as written."""

    structure_code: str
    place_label: str
    quantity: int
    holder: str = ""
    equipment: str = ""
    technology: Technology | None = None
    started_on: date | None = None
    ended_on: date | None = None
    state: EntryState = EntryState.USED
    #: By the names of `models.LOADS`; what is not said is unknown.
    loads: Mapping[str, Decimal | None] = field(default_factory=dict)


@dataclass(frozen=True)
class EndEntry:
    """The last day of an entry."""

    entry_id: int
    ended_on: date
