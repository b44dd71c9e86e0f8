"""Pages of proposed streets: the list of a year, the form, one street with what stands along it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response as FlaskResponse
from flask import flash, jsonify, redirect, render_template, request, url_for
from wtforms import SelectChoice

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import allowed, holds, require
from registry.files.queries import list_files
from registry.kernel.dated_settings import setting_row
from registry.kernel.errors import Conflict
from registry.kernel.forms.submit import add_errors, submit
from registry.kernel.geo.coordinates import format_vn2000, format_wgs84
from registry.kernel.i18n import _
from registry.kernel.units import M
from registry.routelists.forms import ITEM_FIELDS, ItemForm, as_typed, to_edit, to_propose
from registry.routelists.models import RouteItem
from registry.routelists.pages.blueprint import CONFLICT, INVALID, Page, bp, shape_of
from registry.routelists.queries import (
    ALL_YEARS,
    commune_names,
    find_list,
    geojson_of,
    get_item,
    get_list,
    given_line,
    list_years,
    of_list,
    organisation_name,
)
from registry.routelists.rules import EDITABLE
from registry.routelists.service import edit_item, propose_item, require_editable
from registry.routelists.workflow import ITEM
from registry.structures.codes import Condition, SharingStatus
from registry.structures.commands import GivenPosition
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import display_value
from registry.structures.map.page import describe_position
from registry.structures.nearby.along_line import count_along_line
from registry.structures.pages.blueprint import code_labels
from registry.structures.writing.locate import acceptance_bounds, working_bounds
from registry.territory.queries import get_unit
from registry.workflow.list_pages import case_list
from registry.workflow.views import case_view

_CORRIDOR = "routelist.corridor_m"
#: All that operators and owners learn of the review.
_PUBLIC_STEP = "agree"
_YEARS = ("wanted_from_year", "wanted_to_year")


@bp.get("/route-lists/items", permission=P.ROUTELIST_ITEMS)
def items(ctx: Ctx) -> str:
    """The streets proposed for a year, or for all; without a year for the latest list."""
    years = list_years(ctx)
    wanted = request.args.get("year", "")
    chosen = find_list(years, wanted)
    where = [of_list(chosen)] if chosen else []
    kept = {"year": str(chosen.year) if chosen else wanted} if chosen or wanted else {}
    found = case_list(ctx, ITEM, *where, **kept)
    rows = found["page"].rows
    communes = commune_names(ctx, rows)
    year_of = {} if chosen else {one.id: one.year for one in years}
    return render_template(
        "routelists/items.html",
        found=chosen,
        years=years,
        all_years=ALL_YEARS,
        notes={item.id: _note(item, communes[item.id], year_of.get(item.route_list_id)) for item in rows},
        may_propose=holds(ctx.actor, P.ROUTELIST_PROPOSE),
        export_list="route-items",
        **found,
    )


@bp.get("/route-lists/items/new", permission=P.ROUTELIST_PROPOSE)
def new(ctx: Ctx) -> str:
    """The empty form of a street."""
    form = _with_lists(ctx, ItemForm(formdata=None, is_urban="true", work_kind="underground"))
    return _form_page(ctx, form)


@bp.post("/route-lists/items/new", permission=P.ROUTELIST_PROPOSE)
def create(ctx: Ctx) -> Page:
    """Write a street down, or show the form again with every refusal at its field (422)."""
    form = _with_lists(ctx, ItemForm())
    line = form.read_line(acceptance_bounds(ctx.session, ctx.today))
    if isinstance(line, GivenPosition) and form.validate_on_submit() and not form.was_echoed():
        return _form_page(ctx, form, echo=line)
    try:
        made = _submitted(ctx, form, line, lambda given: propose_item(ctx, to_propose(form, given)))
    except Conflict as issued:
        form.form_errors = [*form.form_errors, issued.message]
        return _form_page(ctx, form), CONFLICT
    if made is None:
        return _form_page(ctx, form), INVALID
    flash(_("Đã lưu đề xuất; hãy kiểm tra lại rồi gửi Sở Xây dựng."), "success")
    return redirect(url_for("routelists.item", case_id=made.id), code=303)


@bp.get("/route-lists/items/<int:case_id>", permission=P.ROUTELIST_ITEMS)
def item(ctx: Ctx, case_id: int) -> str:
    """One street: what is proposed, where it runs, what stands along it, where its review stands.

    Operators and owners see what was agreed, not what was written and sent on the way there.
    """
    case = get_item(ctx, case_id)
    view, papers = case_view(ctx, ITEM, case), allowed(ctx, P.ROUTELIST_PAPERS, case)
    if not papers:
        agreed = (event | {"said": []} for event in view.events if event["move"] == _PUBLIC_STEP)
        view = replace(view, events=tuple(agreed))
    geojson = geojson_of(ctx, case)
    outline, bounds = shape_of(geojson)
    corridor = setting_row(ctx.session, _CORRIDOR, ctx.today)
    may_edit = case.state in EDITABLE and allowed(ctx, P.ROUTELIST_PROPOSE, case)
    return render_template(
        "routelists/item.html",
        case=case,
        view=view,
        steps=view.steps,
        found=get_list(ctx, case.route_list_id),
        known=_facts(ctx, case),
        ends=_ends(outline["coordinates"]),
        outline=outline,
        bounds=bounds,
        corridor=count_along_line(ctx, geojson, corridor.value),
        rule=corridor,
        box=",".join(f"{edge:.5f}" for edge in bounds),
        condition_labels={member.value: member.label for member in Condition},
        sharing_labels={member.value: member.label for member in SharingStatus},
        may_edit=may_edit,
        papers=papers,
        links=list_files(ctx, ITEM.code, case.id) if papers else [],
        subject_kind=ITEM.code,
        subject_id=case.id,
        can_add=bool(view.moves) and holds(ctx.actor, P.FILE_ADD),
        can_withdraw=may_edit and case.number is None,
        **code_labels(),
    )


@bp.get("/route-lists/items/<int:case_id>.geojson", permission=P.ROUTELIST_ITEMS)
def item_geojson(ctx: Ctx, case_id: int) -> FlaskResponse:
    """The line of one street as a GeoJSON feature (RFC 7946), for maps."""
    case = get_item(ctx, case_id)
    properties = {
        "id": case.id,
        "number": case.number,
        "title": case.title,
        "state": case.state.value,
        "work_kind": case.work_kind.value,
        "length_m": float(case.length_m),
    }
    outline, _bounds = shape_of(geojson_of(ctx, case))
    answer = jsonify(type="Feature", geometry=outline, properties=properties)
    answer.mimetype = "application/geo+json"
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@bp.get("/route-lists/items/<int:case_id>/edit", permission=P.ROUTELIST_PROPOSE)
def edit(ctx: Ctx, case_id: int) -> str:
    """The form with what is proposed now."""
    case = get_item(ctx, case_id)
    require(ctx, P.ROUTELIST_PROPOSE, case)
    require_editable(case)
    form = ItemForm(formdata=None, data=as_typed(case, given_line(ctx, case)))
    del form.route_list
    return _form_page(ctx, form, case)


@bp.post("/route-lists/items/<int:case_id>/edit", permission=P.ROUTELIST_PROPOSE)
def save(ctx: Ctx, case_id: int) -> Page:
    """Save, or show the form again with refusals (422) or with what somebody else changed meanwhile (409)."""
    case = get_item(ctx, case_id)
    require(ctx, P.ROUTELIST_PROPOSE, case)
    form = ItemForm()
    del form.route_list
    line = form.read_line(acceptance_bounds(ctx.session, ctx.today))
    moved = (form.position.data or "").split() != given_line(ctx, case).split()
    if moved and isinstance(line, GivenPosition) and form.validate_on_submit() and not form.was_echoed():
        return _form_page(ctx, form, case, echo=line)
    try:
        saved = _submitted(
            ctx, form, line, lambda given: edit_item(ctx, to_edit(form, case_id, given if moved else None))
        )
    except Conflict as conflict:
        form.form_errors = [*form.form_errors, conflict.message]
        form.version.data = str(case.version)
        return _form_page(ctx, form, case), CONFLICT
    if saved is None:
        return _form_page(ctx, form, case), INVALID
    flash(_("Đã lưu đề xuất."), "success")
    return redirect(url_for("routelists.item", case_id=case_id), code=303)


def _submitted(ctx: Ctx, form: Any, line: GivenPosition | str, call: Any) -> RouteItem | None:
    """Validate everything, so that all refusals are shown at once; call only when the line was read too."""
    if isinstance(line, GivenPosition):
        return submit(ctx, form, lambda: call(line))
    form.validate_on_submit()
    if not form.position.errors:
        add_errors(form, {"position": [line]})
    return None


def _with_lists(ctx: Ctx, form: Any) -> Any:
    """Offer the lists that take streets now, the one of the address first."""
    wanted = request.args.get("year", "")
    lists = sorted(list_years(ctx, collecting=True), key=lambda found: str(found.year) != wanted)
    form.route_list.choices = [SelectChoice(found.id, str(found.year)) for found in lists]
    return form


def _form_page(ctx: Ctx, form: Any, case: RouteItem | None = None, echo: GivenPosition | None = None) -> str:
    if echo is not None:
        form.echoed.data = form.position.data
    return render_template(
        "routelists/form.html",
        form=form,
        case=case,
        bounds=working_bounds(ctx),
        echo=describe_position(ctx, echo) if echo else None,
        fields=ITEM_FIELDS,
    )


def _note(case: RouteItem, commune: str, year: int | None) -> str:
    parts = [commune, M.display(case.length_m, 0), str(case.work_kind.label)]
    if year is not None:
        parts.insert(0, _("Danh mục năm %(year)s", year=year))
    return " · ".join(parts if case.is_urban else [*parts, _("ngoài đô thị")])


def _ends(points: list[list[float]]) -> list[tuple[str, str]]:
    """Both ends of a line in both systems, as label and value."""
    found = []
    for label, (lon, lat) in ((_("Điểm đầu"), points[0]), (_("Điểm cuối"), points[-1])):
        x, y = format_vn2000(lon, lat)
        found += [(f"{label}, WGS 84", format_wgs84(lon, lat)), (f"{label}, VN-2000", f"X = {x}; Y = {y}")]
    return found


def _facts(ctx: Ctx, case: RouteItem) -> list[tuple[Any, str]]:
    """What is proposed, as label and value."""
    commune = get_unit(ctx.session, case.commune_id)
    planned = ", ".join(str(KINDS[kind].label) for kind in case.planned_kinds if kind in KINDS)
    return [
        (_("Đơn vị đề xuất"), organisation_name(ctx, case.organisation_id)),
        (_("Xã, phường"), commune.name if commune else ""),
        *((field.label, _in_words(name, getattr(case, name))) for name, field in ITEM_FIELDS.items()),
        (_("Công trình dự kiến"), planned),
        (_("Chiều dài"), M.display(case.length_m, 0)),
        (_("Quyết định ban hành"), case.decision_number or ""),
    ]


def _in_words(name: str, value: Any) -> str:
    """A value of a declared field; years are written without a dot."""
    return str(value) if name in _YEARS and value is not None else display_value(ITEM_FIELDS[name], value)
