"""Commands of capacity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from registry.capacity.models import EntryState, PlaceUnit, Technology


@dataclass(frozen=True)
class SetPlace:
    """A place of a structure by its label: new, or with another unit, total or measure; `total` None is unknown.

    `measures` are by the names of `models.MEASURES`; others stay as they are.
    """

    structure_code: str
    label: str
    unit: PlaceUnit
    total: int | None
    measures: Mapping[str, Decimal | int | None] = field(default_factory=dict)
    #: Fingerprint of the existing place that the form showed; None for a new one.
    known: str | None = None


@dataclass(frozen=True)
class AddEntry:
    """A use or blocking of a place; `holder` is the occupant as typed."""

    structure_code: str
    place_label: str
    quantity: int
    holder: str = ""
    equipment: str = ""
    technology: Technology | None = None
    started_on: date | None = None
    ended_on: date | None = None
    state: EntryState = EntryState.USED
    #: By the names of `models.LOADS`; others are unknown.
    loads: Mapping[str, Decimal | None] = field(default_factory=dict)


@dataclass(frozen=True)
class EndEntry:
    """End an entry on a day."""

    entry_id: int
    ended_on: date
