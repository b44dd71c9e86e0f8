"""Commands that write announcements of joint building."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.kernel.geo.coordinates import ParsedPosition


@dataclass(frozen=True)
class AnnounceBuild:
    """An announcement of the actor's organisation; `values` by field name, `kind` a code of a kind of structure."""

    values: Mapping[str, Any]
    kind: str
    #: First day of the month in which it is to be begun; None for a text that is no month.
    starts_in: date | None
    position: ParsedPosition
