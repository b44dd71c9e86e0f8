"""What the page of a street shows: its facts, its line, and what stands along it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from registry.authz.actors import Ctx
from registry.kernel.dated_settings import setting_row
from registry.kernel.feature import ExtensionPoint
from registry.kernel.fields import display_value, fields_named
from registry.kernel.geo.bounds import box_of
from registry.kernel.geo.coordinates import format_vn2000, format_wgs84
from registry.kernel.i18n import NO_BREAK_SPACE, _
from registry.kernel.lists.markup import unbroken
from registry.kernel.units import M
from registry.routelists.forms import ITEM_FIELDS
from registry.routelists.linked_works import works_of_street
from registry.routelists.models import RouteItem
from registry.routelists.queries import geojson_of, organisation_name
from registry.routelists.street_figures import CORRIDOR_SETTING, LIVE, street_figures
from registry.streets.rule_models import StreetAct
from registry.streets.rule_queries import rules_at
from registry.structures.kinds import KINDS
from registry.structures.nearby.along_line import count_along_line
from registry.structures.nearby.corridor import corridor_of
from registry.territory.queries import get_unit
from registry.workflow.views import CaseView

#: Degrees around lines on their map, about 300 m.
_MARGIN = 0.003
_YEARS = ("wanted_from_year", "wanted_to_year")
#: An axis and its value stay on one line.
_AXES: Final = "X = {x}; Y = {y}".replace(" = ", f"{NO_BREAK_SPACE}={NO_BREAK_SPACE}")


@dataclass(frozen=True)
class StreetProject:
    """A project that builds a street: its name, state and page."""

    name: str
    state: str
    url: str


#: The projects of a street, which a feature above keeps, as far as the reader may know them.
STREET_PROJECTS = ExtensionPoint[Callable[[Ctx, int], Sequence[StreetProject]]]("routelists.street_projects")


def projects_of(ctx: Ctx, item_id: int) -> list[StreetProject]:
    """The projects of a street that the reader may know."""
    return [project for source in STREET_PROJECTS for project in source(ctx, item_id)]


def shape_of(geojson: str) -> tuple[dict[str, Any], list[float] | None]:
    """A GeoJSON geometry of lines, and the bounding box with a margin."""
    shape: dict[str, Any] = json.loads(geojson)
    return shape, box_of([shape], _MARGIN)


def rejection(view: CaseView) -> str:
    """Why the department rejected an item, from its last such event."""
    reasons = (str(part["value"]) for event in view.events if event["move"] == "reject" for part in event["said"])
    return next(reasons, "")


def position_of(ctx: Ctx, case: RouteItem) -> dict[str, Any]:
    """What the page shows of the line of an item and of what stands along it; {} for one without a line."""
    # The corridor is read with the line, which `geojson_of` then has.
    corridor_of(ctx, case.id)
    geojson = geojson_of(ctx, case)
    if geojson is None:
        return {}
    outline, bounds = shape_of(geojson)
    corridor = setting_row(ctx.session, CORRIDOR_SETTING, ctx.today)
    linked, along = works_of_street(ctx, case)
    return {
        "ends": _ends(outline["coordinates"]),
        "outline": outline,
        "bounds": bounds,
        "corridor": count_along_line(ctx, geojson, corridor.value),
        "rule": corridor,
        "live": LIVE,
        "street_figures": street_figures(ctx, case.id),
        "counted_at": ctx.now,
        "street_rules": rules_at(ctx.session, geojson, tuple(StreetAct), ctx.today),
        "linked_works": linked,
        "works_along": along,
    }


def _ends(points: list[list[float]]) -> list[tuple[Markup, str]]:
    """Both ends of a line in both systems, as label and value."""
    ends = []
    fields = fields_named(RouteItem, "from_place", "to_place")
    for field, (lon, lat) in zip(fields, (points[0], points[-1]), strict=True):
        label = field.heading or field.label
        x, y = format_vn2000(lon, lat)
        texts = {"WGS 84": format_wgs84(lon, lat), "VN-2000": _AXES.format(x=x, y=y)}
        ends += [(Markup("{}, {}").format(label, unbroken(system)), text) for system, text in texts.items()]
    return ends


def facts(ctx: Ctx, case: RouteItem) -> list[tuple[Any, str]]:
    commune = get_unit(ctx.session, case.commune_id)
    planned = ", ".join(str(KINDS[kind].label) for kind in case.planned_kinds if kind in KINDS)
    return [
        (_("Đơn vị đề xuất"), organisation_name(ctx, case.organisation_id)),
        (_("Xã, phường"), commune.name if commune else ""),
        *((field.label, display_value(field, getattr(case, name))) for name, field in ITEM_FIELDS.items()),
        (_("Công trình dự kiến"), planned),
        (_("Chiều dài"), "" if case.length_m is None else M.display(case.length_m, 0)),
    ]
