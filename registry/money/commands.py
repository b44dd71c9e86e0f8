"""Commands that write projects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SaveProject:
    """The parsed declared fields; `project_id` and `version` of one that is changed."""

    values: Mapping[str, Any]
    project_id: int | None = None
    version: int | None = None
