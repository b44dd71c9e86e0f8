"""The card of one structure in the drawer of the workspace, and the box around what a filter finds."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response, jsonify, make_response, render_template, request
from sqlalchemy import Row, select

from registry.accounts.models import Organisation
from registry.audit.access_log import log_access
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.errors import NotFound
from registry.kernel.feature import ExtensionPoint
from registry.kernel.i18n import _
from registry.structures import positions
from registry.structures.filtering.url import read_filter
from registry.structures.listing.saved_filters import expand_saved
from registry.structures.map.extent import bounds_of, extent_of
from registry.structures.pages.blueprint import bp, code_labels
from registry.structures.positions.moment import When, read_when
from registry.territory.models import AdminUnit


@dataclass(frozen=True)
class CardPart:
    """Lines of the card: a template and its `data` by name (no two parts share a name)."""

    template: str
    data: Mapping[str, Any] = field(default_factory=dict)


#: Called with a row of `positions.readable`: `exact` says whether the reader sees more than kind and cell.
CARD_PARTS = ExtensionPoint[Callable[[Ctx, Row[Any]], CardPart | None]]("structures.card_parts")


@bp.get("/structures/<int:structure_id>/card", permission=P.PUBLIC)
def card(ctx: Ctx, structure_id: int) -> Response:
    """A fragment: the structure as far as the reader may see it; NotFound otherwise.

    Of a past time it has no parts, which show the present. The header Map-Bounds has the box around the structure,
    exact or as cells: the map may go there.
    """
    when = read_when(request.args)
    row = _row(ctx, structure_id, when)
    if row.exact:
        log_access(ctx, "card", [row.owner_organisation_id], code=row.code)
    parts = [part for source in CARD_PARTS if (part := source(ctx, row)) is not None] if when is None else []
    page = render_template(
        "structures/_card.html",
        row=row,
        when=when,
        parts=parts,
        **{name: value for part in parts for name, value in part.data.items()},
        **code_labels(),
    )
    response = make_response(page)
    if when is None:
        response.headers["Map-Bounds"] = json.dumps(bounds_of(ctx, structure_id))
    return response


def _row(ctx: Ctx, structure_id: int, when: When | None) -> Row[Any]:
    """What the reader may see of a structure, with the names of its owner and its commune."""
    readable_rows = positions.readable(ctx, when)
    query = (
        select(readable_rows, Organisation.short_name.label("owner_name"), AdminUnit.name.label("commune_name"))
        .outerjoin(Organisation, Organisation.id == readable_rows.c.owner_organisation_id)
        .outerjoin(AdminUnit, AdminUnit.id == readable_rows.c.commune_id)
        .where(readable_rows.c.id == structure_id)
    )
    row = positions.run(ctx, query).first()
    if row is None:
        raise NotFound(_("Không có công trình nào mang số này, hoặc không có quyền xem."))
    return row


@bp.get("/structures/extent", permission=P.PUBLIC)
def extent(ctx: Ctx) -> Response:
    """{"bounds": [west, south, east, north] or null, "is_cut": too many to say}: what the filter of the list finds."""
    map_extent = extent_of(ctx, read_filter(expand_saved(ctx, request.args)))
    log_access(ctx, "tile", map_extent.owners, rows=map_extent.rows)
    return jsonify(bounds=map_extent.bounds, is_cut=map_extent.is_cut)
