"""The command on yearly plans."""

from __future__ import annotations

from dataclasses import dataclass

from registry.kernel.geo.coordinates import System


@dataclass(frozen=True)
class FilePlan:
    """The plan of a year; `system` is that of the coordinates in its file."""

    year: int
    system: System
    file_name: str
