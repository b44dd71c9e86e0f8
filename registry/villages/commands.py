"""Commands on villages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.villages.models import VillageKind


@dataclass(frozen=True)
class AddVillage:
    """A village that exists: values of NEW_VILLAGE."""

    commune_id: int
    values: Mapping[str, Any]


@dataclass(frozen=True)
class EditVillage:
    """Other coverage of a village, values of COVERAGE; its name and kind change by a decision (ChangeVillages)."""

    village_id: int
    version: int
    values: Mapping[str, Any]


@dataclass(frozen=True)
class ChangeVillages:
    """Villages of one commune are merged, split or renamed by a decision: `names` are those of the successors."""

    village_ids: tuple[int, ...]
    kind: VillageKind
    names: tuple[str, ...]
    effective_on: date
    decision: str
