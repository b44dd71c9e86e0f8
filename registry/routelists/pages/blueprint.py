"""The blueprint of lists and streets and what its pages share."""

from __future__ import annotations

import json
from typing import Any

from werkzeug.wrappers import Response

from registry.authz.blueprint import GuardedBlueprint
from registry.kernel.http.errors import html_errors

bp = GuardedBlueprint("routelists", __name__, errors=html_errors)
Page = str | tuple[str, int] | Response
INVALID, CONFLICT = 422, 409
#: Degrees around lines on their map, about 300 m.
_MARGIN = 0.003


def shape_of(geojson: str) -> tuple[dict[str, Any], list[float]]:
    """A geometry of lines as the map takes it, and the box around it."""
    shape: dict[str, Any] = json.loads(geojson)
    lines = [shape["coordinates"]] if shape["type"] == "LineString" else shape["coordinates"]
    lons = [point[0] for line in lines for point in line]
    lats = [point[1] for line in lines for point in line]
    return shape, [min(lons) - _MARGIN, min(lats) - _MARGIN, max(lons) + _MARGIN, max(lats) + _MARGIN]
