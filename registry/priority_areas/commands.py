"""Commands that write areas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry.kernel.geo.coordinates import ParsedPosition


@dataclass(frozen=True)
class SaveArea:
    """The parsed declared fields; a point without a file; `area_id` and `version` of one that is changed."""

    values: Mapping[str, Any]
    position: ParsedPosition | None = None
    area_id: int | None = None
    version: int | None = None


@dataclass(frozen=True)
class ImportAreas:
    """What all areas of a file have in common."""

    values: Mapping[str, Any]
