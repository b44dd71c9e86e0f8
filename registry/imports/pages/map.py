"""The rows of an import as the map asks for them."""

from __future__ import annotations

from math import isfinite
from typing import Final

from flask import Response, request

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.imports.mapview import Box, places
from registry.imports.pages.blueprint import bp
from registry.imports.pages.results import read_show
from registry.imports.queries import get_batch
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _

_EDGES: Final = 4
_HALF_TURN: Final = 180


@bp.get("/<int:batch_id>/places.geojson", permission=P.IMPORT_RUN, endpoint="places")
def places_of(ctx: Ctx, batch_id: int) -> Response:
    """Where the rows of a list lie, inside a window or all; never kept by anybody between."""
    batch = get_batch(ctx, batch_id)
    response = Response(places(ctx, batch, read_show(), _box(request.args.get("bbox", ""))))
    response.headers["Content-Type"] = "application/geo+json"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _box(text: str) -> Box | None:
    if not text:
        return None
    try:
        edges = [float(edge) for edge in text.split(",")]
    except ValueError:
        edges = []
    if len(edges) != _EDGES or not all(isfinite(edge) and abs(edge) <= _HALF_TURN for edge in edges):
        raise Invalid({"bbox": _("Khung «%(box)s» không đúng; cần tây,nam,đông,bắc bằng độ.", box=text[:60])})
    west, south, east, north = edges
    return west, south, east, north
