"""Commands that write offered sites and requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry.kernel.geo.coordinates import ParsedPosition


@dataclass(frozen=True)
class OfferSite:
    """A site of the actor's office; `values` by field name."""

    values: Mapping[str, Any]
    position: ParsedPosition


@dataclass(frozen=True)
class RequestSite:
    """A request of the actor's organisation for a site; `values` by field name."""

    site_id: int
    values: Mapping[str, Any]
