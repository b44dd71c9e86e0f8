"""Commands on the library."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from registry.guidance.models import GuidanceKind


@dataclass(frozen=True)
class PublishDocument:
    """A document with one file: name and content."""

    kind: GuidanceKind
    title: str
    number: str | None
    issued_on: date | None
    summary: str | None
    file_name: str
    content: bytes
