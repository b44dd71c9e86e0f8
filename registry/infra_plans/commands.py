"""Commands that write plans and conclusions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class WritePlan:
    """A draft of a version; `values` by field name; `plan_id` and `version` of one that exists."""

    values: Mapping[str, Any]
    plan_id: int | None = None
    version: int | None = None


@dataclass(frozen=True)
class Conclude:
    """A conclusion of the actor's office on a structure; `values` by field name."""

    structure_code: str
    values: Mapping[str, Any]
    #: A photo and a drawing come with it.
    has_photo: bool = False
    has_drawing: bool = False
