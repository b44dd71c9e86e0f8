"""The page of a list against the one before: map and table."""

from __future__ import annotations

from collections import Counter

from flask import render_template

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.errors import NotFound
from registry.kernel.geo.bounds import box_of
from registry.kernel.i18n import _
from registry.routelists.differences import DifferenceKind, shapes_of_differences, street_differences
from registry.routelists.pages import bp
from registry.routelists.queries import get_list, previous_list
from registry.structures.map.workspace import MapState, tiles_of_kind, workspace
from registry.structures.writing.locate import working_bounds


@bp.get("/route-lists/<int:list_id>/differences", permission=P.ROUTELIST_ITEMS)
def differences(ctx: Ctx, list_id: int) -> str:
    """Each street of a list and of the one before, on the map and in the table. NotFound for the first list."""
    route_list = get_list(ctx, list_id)
    before = previous_list(ctx, route_list)
    if before is None:
        raise NotFound(_("Chưa có danh mục của năm trước năm %(year)d để so sánh.", year=route_list.year))
    rows = street_differences(ctx, route_list, before)
    shapes = shapes_of_differences(ctx, rows)
    frame = box_of(feature["geometry"] for feature in shapes["features"]) if shapes else None
    return render_template(
        "routelists/differences.html",
        found=route_list,
        before=before,
        rows=rows,
        counts=Counter(row.kind for row in rows),
        kinds_of=list(DifferenceKind),
        **workspace(
            ctx, "routelists.differences", MapState(tiles_of_kind(), shapes=shapes, frame=frame), working_bounds(ctx)
        ),
    )
