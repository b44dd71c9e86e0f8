"""Commands of tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class IssueToken:
    """A new token with the text that is shown once; valid to the end of `expires_on`."""

    text: str = field(repr=False)
    name: str
    scopes: tuple[str, ...]
    expires_on: date
    unit_ids: tuple[int, ...] = ()
    is_of_organisation: bool = False
