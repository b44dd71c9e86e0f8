"""Commands on the library."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from registry.authz.actors import Role
from registry.guidance.models import GuidanceKind


@dataclass(frozen=True)
class PublishDocument:
    """A document with one file: name and content; `replaces_id` of the version before."""

    kind: GuidanceKind
    title: str
    number: str | None
    issued_on: date | None
    summary: str | None
    file_name: str
    content: bytes
    #: Everyone may read it, without an account.
    is_public: bool = False
    #: Who acknowledges that it has it, and until when.
    addressees: tuple[Role, ...] = ()
    due_on: date | None = None
    replaces_id: int | None = None
