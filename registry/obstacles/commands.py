"""Commands that write obstacles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RaiseObstacle:
    """An obstacle of the actor's organisation; `values` by field name, `unit_id` None: no single commune."""

    values: Mapping[str, Any]
    unit_id: int | None = None
