"""What the writes of imports need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from registry.imports.mapping import System


@dataclass(frozen=True)
class UploadFile:
    """A file of one owner, said to hold structures of one kind."""

    organisation_id: int
    kind: str
    file_name: str
    content: bytes


@dataclass(frozen=True)
class SetMapping:
    """Which column holds which field; `version` is the one of the batch that was read."""

    batch_id: int
    version: int
    mapping: Mapping[str, str]
    system: System | None
    outside_area: bool = False
