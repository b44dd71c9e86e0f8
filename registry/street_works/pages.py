"""Pages of announced works: list, one work, the form, its correction, and the tiles of the map."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Response as FlaskResponse
from flask import render_template, request
from wtforms import SelectChoice

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import allowed, holds, require
from registry.files.pages import files_part
from registry.kernel.fields import display_value
from registry.kernel.forms.answers import Page, go
from registry.kernel.forms.submit import add_errors, submit
from registry.kernel.geo.bounds import outline_and_bounds
from registry.kernel.http.errors import html_errors
from registry.kernel.http.map_data import pack_tile, tile_response
from registry.kernel.i18n import _, format_date
from registry.kernel.lists.page import list_page
from registry.kernel.units import M
from registry.street_works.forms import NEW_FIELDS, CorrectionForm, WorkForm, as_typed, to_announce, to_change
from registry.street_works.list_view import WORKS
from registry.street_works.map import tile
from registry.street_works.queries import get_work, names_of, shape_of_work
from registry.street_works.service import EDITABLE, announce_work, change_work, require_editable
from registry.street_works.workflow import STREET_WORK
from registry.streets.queries import label_of
from registry.streets.rule_models import StreetAct
from registry.streets.rule_queries import rules_at
from registry.streets.work_models import StreetWork
from registry.structures.writing.locate import acceptance_bounds, working_bounds
from registry.territory.queries import commune_choices
from registry.workflow.forms import save_case_form
from registry.workflow.views import case_view

bp = GuardedBlueprint("street_works", __name__, errors=html_errors, url_prefix="/street-works")
#: Degrees around lines on their map, about 300 m.
_MARGIN = 0.003


@bp.get("", permission=P.STREET_WORK_READ)
def index(ctx: Ctx) -> str:
    may_announce = holds(ctx.actor, P.STREET_WORK_ANNOUNCE)
    return render_template("street_works/list.html", listing=list_page(ctx, WORKS), may_announce=may_announce)


@bp.get("/<int:case_id>", permission=P.STREET_WORK_READ)
def detail(ctx: Ctx, case_id: int) -> str:
    """One work with its line, and the rules of the streets that it is in."""
    case = get_work(ctx, case_id)
    view, shape = case_view(ctx, STREET_WORK, case), shape_of_work(ctx, case)
    acts = (StreetAct.DIG,) if case.is_dug else ()
    return render_template(
        "street_works/detail.html",
        case=case,
        view=view,
        steps=view.steps,
        work_facts=_facts(ctx, case, shape.length_m),
        street_rules=rules_at(ctx.session, shape.geojson, acts, max(case.starts_on, ctx.today)),
        may_edit=case.state in EDITABLE and allowed(ctx, P.STREET_WORK_ANNOUNCE, case),
        **files_part(ctx, STREET_WORK.code, case.id, can_add=bool(view.moves) and holds(ctx.actor, P.FILE_ADD)),
        **outline_and_bounds(shape.geojson, _MARGIN),
    )


@bp.get("/new", permission=P.STREET_WORK_ANNOUNCE)
def new(ctx: Ctx) -> str:
    typed = {"street": request.args.get("street", "")[:200]}
    return _form_page(ctx, WorkForm(formdata=None, data=typed))


@bp.post("/new", permission=P.STREET_WORK_ANNOUNCE)
def create(ctx: Ctx) -> Page:
    """Announce work; 422 shows every refusal at its field."""
    form = WorkForm()
    line, refusals = form.read_line(acceptance_bounds(ctx.session, ctx.today))
    if refusals:
        form.validate_on_submit()
        add_errors(form, refusals)
        return _form_page(ctx, form), form.refusal_status
    work = submit(ctx, form, lambda: announce_work(ctx, to_announce(form, line)))
    if work is None:
        return _form_page(ctx, form), form.refusal_status
    return go(ctx, "street_works.detail", _("Đã thông báo %(number)s.", number=work.number), case_id=work.id)


@bp.get("/<int:case_id>/edit", permission=P.STREET_WORK_ANNOUNCE)
def edit(ctx: Ctx, case_id: int) -> str:
    case = _editable(ctx, case_id)
    return _correction_page(CorrectionForm(formdata=None, data=as_typed(case)), case)


@bp.post("/<int:case_id>/edit", permission=P.STREET_WORK_ANNOUNCE)
def save(ctx: Ctx, case_id: int) -> Page:
    """Save; 422 shows refusals, 409 what another user saved meanwhile."""
    case, form = _editable(ctx, case_id), CorrectionForm()
    return save_case_form(
        ctx,
        case,
        form,
        lambda: change_work(ctx, to_change(form, case_id)),
        lambda: _correction_page(form, case),
        "street_works.detail",
    )


@bp.get("/tiles/<int:zoom>/<int:x>/<int:y>.mvt", permission=P.STREET_WORK_READ)
def tile_of(ctx: Ctx, zoom: int, x: int, y: int) -> FlaskResponse:
    return tile_response(pack_tile(tile(ctx, zoom, x, y)))


def _editable(ctx: Ctx, case_id: int) -> StreetWork:
    case = get_work(ctx, case_id)
    require(ctx, P.STREET_WORK_ANNOUNCE, case)
    require_editable(case)
    return case


def _form_page(ctx: Ctx, form: Any) -> str:
    communes = [SelectChoice(*choice) for choice in commune_choices(ctx.session, ctx.today)]
    form.commune.choices = [SelectChoice(0, _("Toàn tuyến, qua nhiều xã, phường")), *communes]
    return render_template("street_works/form.html", form=form, bounds=working_bounds(ctx))


def _correction_page(form: Any, case: StreetWork) -> str:
    return render_template("street_works/edit.html", form=form, case=case)


def _facts(ctx: Ctx, case: StreetWork, length_m: float) -> list[tuple[Any, str]]:
    names = names_of(ctx, case)
    values = [(field.label, display_value(field, getattr(case, name))) for name, field in NEW_FIELDS.items()]
    days = (_("Ngày bắt đầu thực tế"), case.started_on), (_("Ngày hoàn thành thực tế"), case.finished_on)
    return [
        (_("Đơn vị thi công"), names.announcer),
        (_("Xã, phường"), names.commune),
        (_("Đường"), label_of(names.Street) if names.Street is not None else ""),
        (_("Chiều dài"), M.display(Decimal(length_m), 0)),
        *values,
        *((label, format_date(day)) for label, day in days if day is not None),
    ]
