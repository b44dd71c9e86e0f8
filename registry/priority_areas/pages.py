"""Pages of areas: list, one area, its form, a file of areas, the tiles of the map, the panel of a structure."""

from __future__ import annotations

from typing import Any, Final

from flask import Response as FlaskResponse
from flask import render_template

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.indicators.declared import FigureQuery, FigureScope, read_figure
from registry.kernel.errors import Invalid
from registry.kernel.fields import display_value
from registry.kernel.forms.answers import Page, go
from registry.kernel.forms.submit import submit
from registry.kernel.geo.bounds import outline_and_bounds
from registry.kernel.http.errors import html_errors
from registry.kernel.http.map_data import pack_tile, tile_response
from registry.kernel.i18n import _, _n
from registry.kernel.lists.page import list_page
from registry.priority_areas.figures import CODE
from registry.priority_areas.forms import FIELDS, AreaForm, AreasForm, as_typed, to_command, to_import
from registry.priority_areas.list_view import AREAS
from registry.priority_areas.map import tile
from registry.priority_areas.models import PriorityArea
from registry.priority_areas.queries import areas_of_structure, get_area, outline_of, served_metres
from registry.priority_areas.service import import_areas, save_area
from registry.structures.models import Structure
from registry.structures.pages.panels import Panel
from registry.structures.writing.locate import acceptance_bounds, working_bounds

bp = GuardedBlueprint("priority_areas", __name__, errors=html_errors, url_prefix="/priority-areas")
#: Degrees around an area on its map, about 500 m.
_MARGIN: Final = 0.005


@bp.get("", permission=P.PRIORITY_AREA_READ)
def index(ctx: Ctx) -> str:
    """The areas, and for those who see all that can be shared the number of those without it."""
    unserved = None
    if holds(ctx.actor, P.PRIORITY_AREA_FIGURES):
        unserved = read_figure(ctx, CODE, FigureQuery(ctx.today, scope=FigureScope.READER))
    return render_template(
        "priority_areas/list.html",
        listing=list_page(ctx, AREAS),
        unserved=unserved,
        metres=served_metres(ctx),
        may_keep=holds(ctx.actor, P.PRIORITY_AREA_KEEP),
    )


@bp.get("/<int:area_id>", permission=P.PRIORITY_AREA_READ)
def detail(ctx: Ctx, area_id: int) -> str:
    area = get_area(ctx, area_id)
    return render_template(
        "priority_areas/detail.html",
        area=area,
        area_facts=[(field.label, display_value(field, getattr(area, name))) for name, field in FIELDS.items()],
        may_keep=holds(ctx.actor, P.PRIORITY_AREA_KEEP),
        **outline_and_bounds(outline_of(ctx, area), _MARGIN),
    )


@bp.get("/new", permission=P.PRIORITY_AREA_KEEP)
def new(ctx: Ctx) -> str:
    return _form_page(ctx, AreaForm(formdata=None, data={"needs_verification": "true"}))


@bp.post("/new", permission=P.PRIORITY_AREA_KEEP)
def create(ctx: Ctx) -> Page:
    """Add an area; 422 shows every refusal."""
    form = AreaForm()
    area = _saved(ctx, form)
    if area is None:
        return _form_page(ctx, form), form.refusal_status
    return go(ctx, "priority_areas.detail", _("Đã ghi khu vực."), area_id=area.id)


@bp.get("/import", permission=P.PRIORITY_AREA_KEEP)
def file_form(ctx: Ctx) -> str:
    del ctx
    return _file_page(AreasForm(formdata=None, data={"needs_verification": "true"}))


@bp.post("/import", permission=P.PRIORITY_AREA_KEEP)
def file_post(ctx: Ctx) -> Page:
    """Add the areas of a file, all or none."""
    form = AreasForm()
    number = submit(ctx, form, lambda: _imported(ctx, form))
    if number is None:
        return _file_page(form), form.refusal_status
    return go(ctx, "priority_areas.index", _n("Đã ghi %(num)d khu vực.", number))


@bp.get("/<int:area_id>/edit", permission=P.PRIORITY_AREA_KEEP)
def edit(ctx: Ctx, area_id: int) -> str:
    area = get_area(ctx, area_id)
    return _form_page(ctx, AreaForm(formdata=None, data=as_typed(area)), area)


@bp.post("/<int:area_id>/edit", permission=P.PRIORITY_AREA_KEEP)
def save(ctx: Ctx, area_id: int) -> Page:
    """Save; 422 shows refusals, 409 what another user saved meanwhile."""
    area, form = get_area(ctx, area_id), AreaForm()
    if _saved(ctx, form, area_id) is None:
        return _form_page(ctx, form, area), form.refusal_status
    return go(ctx, "priority_areas.detail", _("Đã lưu khu vực."), area_id=area_id)


@bp.get("/tiles/<int:zoom>/<int:x>/<int:y>.mvt", permission=P.PRIORITY_AREA_READ)
def tile_of(ctx: Ctx, zoom: int, x: int, y: int) -> FlaskResponse:
    return tile_response(pack_tile(tile(ctx, zoom, x, y)))


def areas_panel(ctx: Ctx, structure: Structure) -> Panel | None:
    """The areas that a structure stands in; None where it stands in none."""
    areas = areas_of_structure(ctx, structure.id)
    return Panel("priority_areas", "priority_areas/panel.html", {"priority_areas": areas}) if areas else None


def _saved(ctx: Ctx, form: Any, area_id: int | None = None) -> PriorityArea | None:
    position = None
    if (form.position.data or "").strip():
        position = form.read_point(acceptance_bounds(ctx.session, ctx.today))
        if position is None:
            return None
    area: PriorityArea | None = submit(
        ctx, form, lambda: save_area(ctx, to_command(form, position, area_id), form.stream())
    )
    return area


def _imported(ctx: Ctx, form: Any) -> int:
    stream = form.stream()
    if stream is None:
        raise Invalid({"file": _("Chưa chọn tệp; cần tệp GeoJSON, GeoPackage, Shapefile (.zip) hoặc KML.")})
    return import_areas(ctx, to_import(form), stream)


def _form_page(ctx: Ctx, form: Any, area: PriorityArea | None = None) -> str:
    return render_template("priority_areas/form.html", form=form, area=area, bounds=working_bounds(ctx))


def _file_page(form: Any) -> str:
    return render_template("priority_areas/import.html", form=form)
