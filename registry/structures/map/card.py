"""The card of one structure in the drawer of the workspace, and the box around what a filter finds."""

from __future__ import annotations

import json

from flask import Response, jsonify, make_response, render_template, request

from registry.audit.access_log import log_access
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.structures.filtering.url import read_filter
from registry.structures.listing.saved_filters import expand_saved
from registry.structures.map.extent import bounds_of, extent_of
from registry.structures.pages.blueprint import bp, code_labels
from registry.structures.queries import get_coarse, get_code


@bp.get("/structures/<int:structure_id>/card", permission=P.PUBLIC)
def card(ctx: Ctx, structure_id: int) -> Response:
    """A fragment: the structure as far as the reader may see it; NotFound otherwise.

    The header Map-Bounds has the box around it, exact or as cells: the map may go there.
    """
    row = get_coarse(ctx, get_code(ctx, structure_id))
    if row.exact:
        log_access(ctx, "detail", [row.owner_organisation_id], code=row.code)
    response = make_response(render_template("structures/_card.html", row=row, **code_labels()))
    response.headers["Map-Bounds"] = json.dumps(bounds_of(ctx, structure_id))
    return response


@bp.get("/structures/extent", permission=P.PUBLIC)
def extent(ctx: Ctx) -> Response:
    """{"bounds": [west, south, east, north] or null, "is_cut": too many to say}: what the filter of the list finds."""
    found = extent_of(ctx, read_filter(expand_saved(ctx, request.args)))
    log_access(ctx, "tile", found.owners, rows=found.rows)
    return jsonify(bounds=found.bounds, is_cut=found.is_cut)
