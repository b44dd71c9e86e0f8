"""What the writes of occupations need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class OpenOccupation:
    """Something found on a structure; `values` by the names of the declared fields, None for an unknown occupant."""

    structure_code: str
    values: Mapping[str, Any]
    place_id: int | None = None
    occupant_id: int | None = None


@dataclass(frozen=True)
class EditOccupation:
    """The same said better, before anybody is told of it."""

    occupation_id: int
    version: int | None
    values: Mapping[str, Any]
    place_id: int | None = None
    occupant_id: int | None = None
