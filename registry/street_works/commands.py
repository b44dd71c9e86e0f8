"""Commands that write announced works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class AnnounceWork:
    """The parsed declared fields of `StreetWork`, and where: a line (GeoJSON, WGS 84), or a street in words.

    Without a line the ends in words are looked up in the street; without them it is the whole street, in the commune if
    one is named.
    """

    values: Mapping[str, Any]
    street: str
    commune_id: int | None
    line: str | None = None


@dataclass(frozen=True)
class ChangeWork:
    """New values of an announcement; place and period stay."""

    work_id: int
    version: int | None
    values: Mapping[str, Any]
