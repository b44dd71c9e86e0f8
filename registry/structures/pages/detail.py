"""The page of one structure: attributes, position, places and files of higher features, history."""

from __future__ import annotations

import json
from datetime import datetime, time
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import allowed
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.errors import Invalid, NotFound
from registry.kernel.fields_parse import ValueRefused, parse_day
from registry.kernel.geo.display import format_dms, format_vn2000, format_wgs84
from registry.kernel.i18n import _
from registry.structures import positions
from registry.structures.contract import Problem
from registry.structures.forms import GROUPS, StepForm, fields_for
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.pages.blueprint import bp, words
from registry.structures.panels import panels_of
from registry.structures.queries import get_as_of, get_coarse, get_code, get_structure, owner_name
from registry.structures.service.edit import current_values
from registry.structures.service.locate import acceptance_bounds
from registry.structures.service.values import find_problems, rule_context
from registry.structures.timeline import entries, shown
from registry.territory.models import UnitLevel
from registry.territory.queries import get_unit, unit_at
from registry.territory.reforms import LAST_DISTRICT_DAY

#: Degrees around a structure on its small map, about 500 m.
_MARGIN = 0.005
STEPS = {
    "confirm": P.STRUCTURE_CONFIRM,
    "suspend": P.STRUCTURE_SUSPEND,
    "resume": P.STRUCTURE_SUSPEND,
    "decommission": P.STRUCTURE_DECOMMISSION,
}


@bp.get("/structures/by-id/<int:structure_id>", permission=P.PUBLIC)
def by_id(ctx: Ctx, structure_id: int) -> Response:
    """The page of a structure by its row number (map, files)."""
    return redirect(url_for("structures.detail", code=get_code(ctx, structure_id)))


@bp.get("/structures/<code>", permission=P.PUBLIC)
def detail(ctx: Ctx, code: str) -> str:
    """The full page for who sees the structure exactly, else kind, owner category and cell."""
    row = get_coarse(ctx, code)
    if not row.exact:
        return render_template("structures/coarse.html", row=row, bounds=_cell_bounds(ctx, row.id), **words())
    structure = get_structure(ctx, code)
    past = _as_of(ctx, structure, request.args.get("as_of", ""))
    panels = panels_of(ctx, structure)
    return render_template(
        "structures/detail.html",
        structure=structure,
        kind=KINDS[structure.kind],
        groups=_groups(structure, past),
        past=past,
        position=_position(ctx, structure, past["moment"] if past else None),
        owner=owner_name(ctx.session, structure.owner_organisation_id),
        commune=get_unit(ctx.session, structure.commune_id) if structure.commune_id else None,
        warnings=_warnings(ctx, structure),
        panels=panels,
        **{name: value for panel in panels for name, value in panel.data.items()},
        timeline=entries(ctx, structure) if allowed(ctx, P.STRUCTURE_HISTORY, structure) else None,
        may={name: allowed(ctx, permission, structure) for name, permission in STEPS.items()},
        may_edit=allowed(ctx, P.STRUCTURE_EDIT, structure),
        step_form=StepForm(formdata=None, version=str(structure.version)),
        **words(),
    )


def _as_of(ctx: Ctx, structure: Structure, text: str) -> dict[str, Any] | None:
    """The recorded values at the end of a day, where the address asks for one and the actor may read history."""
    if not text:
        return None
    try:
        day = parse_day(text)
    except ValueRefused as refused:
        raise Invalid({"as_of": str(refused)}) from refused
    if not allowed(ctx, P.STRUCTURE_HISTORY, structure):
        raise NotFound
    moment = datetime.combine(day, time.max, tzinfo=LOCAL_ZONE)
    return get_as_of(ctx, structure, moment) | {"day": day, "moment": moment}


def _groups(structure: Structure, past: dict[str, Any] | None) -> list[dict[str, Any]]:
    fields = fields_for(structure.kind)
    values = past if past is not None else current_values(structure)
    return [
        {
            "title": title,
            "rows": [
                (field.label, shown(field, values.get(field.name))) for field in fields.values() if field.group == code
            ],
        }
        for code, title in GROUPS
    ]


def _position(ctx: Ctx, structure: Structure, moment: datetime | None) -> dict[str, Any]:
    given = positions.given_of(ctx, structure.id, moment)
    if given is None:
        raise NotFound
    shape = json.loads(given.geojson)
    points = [shape["coordinates"]] if shape["type"] == "Point" else shape["coordinates"]
    (lon, lat), (last_lon, last_lat) = points[0], points[-1]
    x, y = format_vn2000(lon, lat)
    district = unit_at(ctx.session, lon, lat, UnitLevel.DISTRICT, LAST_DISTRICT_DAY)
    return {
        "wgs84": format_wgs84(lon, lat),
        "dms": format_dms(lon, lat),
        "vn2000": f"X = {x}; Y = {y}",
        "end": format_wgs84(last_lon, last_lat) if len(points) > 1 else None,
        "points": len(points),
        "length_m": given.length_m if len(points) > 1 else None,
        "given": given.given_position,
        "srid": given.given_srid,
        "operation": given.position_operation,
        "bounds": _around(points),
        "point": points[0] if len(points) == 1 else None,
        "district": district,
        "now": unit_at(ctx.session, lon, lat, UnitLevel.COMMUNE, ctx.today),
    }


def _around(points: list[list[float]]) -> list[float]:
    lons, lats = [p[0] for p in points], [p[1] for p in points]
    return [min(lons) - _MARGIN, min(lats) - _MARGIN, max(lons) + _MARGIN, max(lats) + _MARGIN]


def _cell_bounds(ctx: Ctx, structure_id: int) -> list[float]:
    text = positions.geojson_of(ctx, structure_id)
    if text is None:
        box = acceptance_bounds(ctx.session, ctx.today)
        return [box.west, box.south, box.east, box.north]
    rings = [point for polygon in json.loads(text)["coordinates"] for ring in polygon for point in ring]
    return _around(rings)


def _warnings(ctx: Ctx, structure: Structure) -> list[Problem]:
    kind = KINDS[structure.kind]
    context = rule_context(ctx.session, kind, ctx.today)
    found = [problem for problem in find_problems(kind, current_values(structure), context) if not problem.blocks]
    if structure.outside_area:
        found.append(
            Problem("position", _("Công trình nằm ngoài địa bàn tỉnh, được quản trị cho phép ghi nhận."), blocks=False)
        )
    return found
