"""The page of a list against the one before: map and table."""

from __future__ import annotations

from collections import Counter

from flask import render_template

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.errors import NotFound
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
    points = [
        point for feature in (shapes or {"features": []})["features"] for point in feature["geometry"]["coordinates"]
    ]
    frame = None
    if points:
        lons, lats = [point[0] for point in points], [point[1] for point in points]
        frame = [min(lons), min(lats), max(lons), max(lats)]
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
