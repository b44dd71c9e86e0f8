"""Commands on villages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from registry.villages.models import VillageKind


@dataclass(frozen=True)
class Coverage:
    """Households of a village, and since when it is covered."""

    households: int | None
    mobile_on: date | None
    ftth_on: date | None


@dataclass(frozen=True)
class AddVillage:
    """A village that exists."""

    commune_id: int
    kind: VillageKind
    name: str
    coverage: Coverage
    valid_from: date | None
    legal_basis: str | None


@dataclass(frozen=True)
class EditVillage:
    """Other coverage of a village; its name and kind change by a decision (ChangeVillages)."""

    village_id: int
    version: int
    coverage: Coverage


@dataclass(frozen=True)
class ChangeVillages:
    """Villages of one commune are merged, split or renamed by a decision: `names` are those of the successors."""

    village_ids: tuple[int, ...]
    kind: VillageKind
    names: tuple[str, ...]
    effective_on: date
    decision: str
