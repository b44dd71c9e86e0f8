"""Commands that write rules of streets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class WriteRule:
    """A draft: the parsed declared fields of `StreetRule`, the street in words, and where in it.

    Without a `line` (GeoJSON, WGS 84) the ends in words are looked up; without them it is the whole street, in the
    commune if one is named. `rule_id` and `version` of a draft that is changed.
    """

    values: Mapping[str, Any]
    street: str
    commune_id: int | None
    line: str | None = None
    rule_id: int | None = None
    version: int | None = None
