"""Pages of occupations: list, detail, form."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import redirect, render_template, request, url_for

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.cables.queries import foreign_uses
from registry.capacity.queries import may_see_holders
from registry.files.pages import STORE, files_part
from registry.files.service import add_photo
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, format_date
from registry.kernel.lists.page import list_page
from registry.occupations.codes import OccupationState
from registry.occupations.forms import OccupationForm, as_typed, fill_choices, sent_photos, to_edit, to_open
from registry.occupations.list_view import OCCUPATIONS
from registry.occupations.models import Occupation
from registry.occupations.queries import (
    get_occupation,
    get_structure,
    occupant_options,
    place_options,
    structure_code_of,
    view_occupation,
)
from registry.occupations.service import check_editable, edit_occupation, open_occupation
from registry.occupations.workflow import OCCUPATION
from registry.structures.models import Structure
from registry.workflow.forms import save_case_form
from registry.workflow.views import case_view

bp = GuardedBlueprint("occupations", __name__, errors=html_errors)


@bp.get("/occupations", permission=P.OCCUPATION_READ)
def index(ctx: Ctx) -> str:
    looked_for = url_for("occupations.index", state=OccupationState.UNCLAIMED.value)
    return render_template("occupations/list.html", listing=list_page(ctx, OCCUPATIONS), looked_for=looked_for)


@bp.get("/occupations/<int:case_id>", permission=P.OCCUPATION_READ)
def detail(ctx: Ctx, case_id: int) -> str:
    """One occupation; a reader who only helps to find the owner sees what was found and the photos."""
    case = get_occupation(ctx, case_id)
    occupation_view, view = view_occupation(ctx, case), case_view(ctx, OCCUPATION, case)
    return render_template(
        "occupations/detail.html",
        case=case,
        seen=occupation_view,
        # The history is for the parties only.
        view=view if occupation_view.parties else replace(view, events=()),
        steps=view.steps,
        editable=case.state is OccupationState.NOTED,
        **files_part(ctx, OCCUPATION.code, case.id),
    )


@bp.get("/structures/<code>/occupations/new", permission=P.OCCUPATION_OPEN)
def new(ctx: Ctx, code: str) -> str:
    structure = get_structure(ctx, code)
    typed = {"quantity": "1", "is_dead": "false", "found_on": format_date(ctx.today)}
    form = OccupationForm(formdata=None, data=typed | _of_cable(ctx, structure, request.args.get("cable", "")))
    _fill(ctx, form, structure.id, structure.owner_organisation_id)
    return _form_page(structure.code, form)


def _of_cable(ctx: Ctx, structure: Structure, cable_code: str) -> dict[str, Any]:
    """The fields of a case about a recorded cable of another, where the reader may see who uses the structure."""
    if not cable_code or not may_see_holders(ctx, structure):
        return {}
    for use in foreign_uses(ctx, structure):
        if use.code == cable_code:
            evidence = _(
                "Tuyến cáp %(cable)s của %(holder)s được khai đi qua công trình, sổ sức chứa không có hợp đồng.",
                cable=use.code,
                holder=use.owner,
            )
            return {
                "equipment": f"{use.cable_kind.label} {use.code}",
                "occupant": use.owner_id,
                "is_dead": "true" if use.is_dead else "false",
                "evidence": evidence,
            }
    return {}


@bp.post("/structures/<code>/occupations/new", permission=P.OCCUPATION_OPEN, endpoint="new_post")
def new_post(ctx: Ctx, code: str) -> Page:
    structure, form = get_structure(ctx, code), OccupationForm()
    _fill(ctx, form, structure.id, structure.owner_organisation_id)
    occupation = submit(ctx, form, lambda: _opened(ctx, form, structure.code))
    if occupation is None:
        return _form_page(structure.code, form), form.refusal_status
    flash_done(ctx, _("Đã ghi nhận; bên sử dụng chỉ được thông báo khi chọn “Thông báo bên sử dụng”."))
    return redirect(url_for("occupations.detail", case_id=occupation.id), code=303)


@bp.get("/occupations/<int:case_id>/edit", permission=P.OCCUPATION_WRITE)
def edit(ctx: Ctx, case_id: int) -> str:
    case = _editable(ctx, case_id)
    form = OccupationForm(formdata=None, data=as_typed(case))
    _fill(ctx, form, case.structure_id, case.owner_organisation_id)
    return _form_page(structure_code_of(ctx, case), form, case)


@bp.post("/occupations/<int:case_id>/edit", permission=P.OCCUPATION_WRITE, endpoint="edit_post")
def edit_post(ctx: Ctx, case_id: int) -> Page:
    """422 and 409 (edited meanwhile) show the form again with the typed values."""
    case, form = _editable(ctx, case_id), OccupationForm()
    _fill(ctx, form, case.structure_id, case.owner_organisation_id)
    return save_case_form(
        ctx,
        case,
        form,
        lambda: _edited(ctx, form, case_id),
        lambda: _form_page(structure_code_of(ctx, case), form, case),
        "occupations.detail",
    )


def _editable(ctx: Ctx, case_id: int) -> Occupation:
    case = get_occupation(ctx, case_id)
    require(ctx, P.OCCUPATION_WRITE, case)
    check_editable(case)
    return case


def _opened(ctx: Ctx, form: Any, code: str) -> Occupation:
    occupation = open_occupation(ctx, to_open(form, code))
    _keep_photos(ctx, form, occupation.id)
    return occupation


def _edited(ctx: Ctx, form: Any, case_id: int) -> Occupation:
    occupation = edit_occupation(ctx, to_edit(form, case_id))
    _keep_photos(ctx, form, occupation.id)
    return occupation


def _keep_photos(ctx: Ctx, form: Any, case_id: int) -> None:
    for photo in sent_photos(form, case_id):
        add_photo(ctx, STORE.current(), photo, "photos")


def _fill(ctx: Ctx, form: Any, structure_id: int, owner_id: int) -> None:
    fill_choices(form, place_options(ctx, structure_id), occupant_options(ctx, owner_id))


def _form_page(code: str, form: Any, case: Occupation | None = None) -> str:
    return render_template("occupations/form.html", form=form, case=case, code=code)
