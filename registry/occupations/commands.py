"""Commands that write occupations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class OpenOccupation:
    """Something found on a structure; `values` by field name, `occupant_id` None: unknown."""

    structure_code: str
    values: Mapping[str, Any]
    place_id: int | None = None
    occupant_id: int | None = None


@dataclass(frozen=True)
class EditOccupation:
    """Correct an occupation before anyone else is notified."""

    occupation_id: int
    version: int | None
    values: Mapping[str, Any]
    place_id: int | None = None
    occupant_id: int | None = None
