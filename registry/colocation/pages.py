"""Pages of requests: list, detail, forms, receipt, dossier."""

from __future__ import annotations

from typing import Any

from flask import current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds, require
from registry.colocation.agreements.queries import find_agreement
from registry.colocation.codes import RequestKind
from registry.colocation.commands import RemoveItem, StartRequests
from registry.colocation.drawings import ON_PAPER, draw_items
from registry.colocation.forms import (
    REQUEST_FIELDS,
    RemovalForm,
    RequestForm,
    item_as_typed,
    item_form,
    offer_choices,
    request_as_typed,
    to_item,
    to_removal,
    to_request,
)
from registry.colocation.item_views import dossier_of, exact_structure_ids, view_items
from registry.colocation.list_view import REQUESTS
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.queries import entry_options, get_item, get_request, occupants_of, parties_of, place_options
from registry.colocation.receipt import receipt_of
from registry.colocation.rules import ABOUT_EXISTING, EDITABLE, pointless_moves
from registry.colocation.screening.service import screen_now, stored_screenings
from registry.colocation.service import (
    check_editable,
    check_published,
    edit_item,
    edit_request,
    remove_item,
    similar_open_items,
    start_requests,
)
from registry.colocation.workflow import COLOCATION
from registry.colocation.workflow.asking import problems_of
from registry.files.pages import files_part
from registry.files.queries import list_files
from registry.infra_plans.codes import VERDICT_TONES
from registry.infra_plans.queries import verdicts_of
from registry.kernel.errors import NotFound
from registry.kernel.fields import display_value
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.base import BaseForm
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _
from registry.kernel.lists.page import list_page
from registry.workflow.forms import MoveForm, save_case_form
from registry.workflow.receipts import receipt_code
from registry.workflow.views import case_view, without_moves

bp = GuardedBlueprint("colocation", __name__, errors=html_errors)
_DETAIL = "colocation.detail"


@bp.get("/colocation", permission=P.COLOCATION_READ)
def index(ctx: Ctx) -> str:
    return render_template("colocation/list.html", listing=list_page(ctx, REQUESTS))


@bp.post("/colocation", permission=P.COLOCATION_REQUEST)
def create(ctx: Ctx) -> Response:
    """Put the chosen structures into drafts, one for each owner."""
    drafts = start_requests(ctx, StartRequests(tuple(request.form.getlist("code"))))
    if len(drafts) == 1:
        flash_done(ctx, _("Đã thêm công trình vào bản nháp. Đề nghị hoàn thiện thông tin trước khi gửi."))
        return redirect(url_for("colocation.detail", case_id=drafts[0].id), code=303)
    flash_done(
        ctx,
        _(
            "Các công trình thuộc %(count)d chủ sở hữu: mỗi chủ sở hữu một đề nghị riêng trong giỏ.",
            count=len(drafts),
        ),
    )
    return redirect(url_for("basket.index"), code=303)


@bp.get("/colocation/<int:case_id>", permission=P.COLOCATION_READ)
def detail(ctx: Ctx, case_id: int) -> str:
    """A request; a draft also shows what is missing."""
    case = get_request(ctx, case_id)
    view = case_view(ctx, COLOCATION, case)
    items = view_items(ctx, case)
    screened = stored_screenings(ctx, case, exact_structure_ids(items))
    screened_now = screen_now(ctx, case) if case.state in EDITABLE and _is_own(ctx, case) else {}
    view = without_moves(view, pointless_moves(case.state, (shown.item for shown in items)))
    requester, owner = parties_of(ctx, case)
    is_own = _is_own(ctx, case)
    editable = case.state in EDITABLE and is_own
    return render_template(
        "colocation/detail.html",
        case=case,
        view=view,
        steps=view.steps,
        items=items,
        requester=requester,
        owner=owner,
        content=_content(case),
        is_own=is_own,
        editable=editable,
        missing=problems_of(ctx, case) if editable else [],
        agreement=find_agreement(ctx, case),
        occupants=occupants_of(ctx, case),
        screened=screened,
        screened_now=screened_now,
        drawings=draw_items(ctx, case, items, screened_now, screened),
        conformity=verdicts_of(ctx, exact_structure_ids(items)),
        verdict_tones=VERDICT_TONES,
        **files_part(ctx, COLOCATION.code, case.id, can_add=bool(view.moves) and holds(ctx.actor, P.FILE_ADD)),
        can_withdraw=editable and case.number is None,
    )


@bp.get("/colocation/<int:case_id>/receipt", permission=P.COLOCATION_READ)
def receipt(ctx: Ctx, case_id: int) -> str:
    """The receipt of a filed request, as one printable sheet."""
    case = get_request(ctx, case_id)
    if case.filed_at is None:
        raise NotFound(_("Bản nháp chưa gửi nên chưa có phiếu tiếp nhận."))
    return render_template(
        "colocation/receipt.html",
        case=case,
        workflow=COLOCATION,
        code=receipt_code(str(current_app.config["SECRET_KEY"]), case.number or ""),
        receipt=receipt_of(ctx, case),
    )


@bp.get("/colocation/<int:case_id>/dossier", permission=P.COLOCATION_READ, costly=True)
def dossier(ctx: Ctx, case_id: int) -> str:
    """The printable dossier for the department and both sides."""
    case = get_request(ctx, case_id)
    requester, owner = parties_of(ctx, case)
    extracts = dossier_of(ctx, case)
    screened = stored_screenings(ctx, case, exact_structure_ids(extract.view for extract in extracts))
    return render_template(
        "colocation/dossier.html",
        case=case,
        view=case_view(ctx, COLOCATION, case),
        extracts=extracts,
        screened=screened,
        drawings=draw_items(ctx, case, [extract.view for extract in extracts], screened, most=ON_PAPER),
        requester=requester,
        owner=owner,
        content=_content(case),
        links=list_files(ctx, COLOCATION.code, case.id),
        printed_at=ctx.now,
    )


@bp.get("/colocation/<int:case_id>/edit", permission=P.COLOCATION_REQUEST)
def edit(ctx: Ctx, case_id: int) -> str:
    case = _editable(ctx, case_id)
    return _edit_page(case, RequestForm(formdata=None, data=request_as_typed(case)))


@bp.post("/colocation/<int:case_id>/edit", permission=P.COLOCATION_REQUEST, endpoint="edit_post")
def edit_post(ctx: Ctx, case_id: int) -> Page:
    """422 and 409 (edited meanwhile) show the form again with the typed values."""
    case, form = _editable(ctx, case_id), RequestForm()
    return save_case_form(
        ctx,
        case,
        form,
        lambda: edit_request(ctx, to_request(form, case_id)),
        lambda: _edit_page(case, form),
        _DETAIL,
    )


@bp.get("/colocation/<int:case_id>/items/<int:item_id>", permission=P.COLOCATION_REQUEST)
def item(ctx: Ctx, case_id: int, item_id: int) -> str:
    case = _editable(ctx, case_id)
    request_item, structure = get_item(ctx, case, item_id)
    check_published(structure)
    form = _form_of(case, structure)(formdata=None, data=item_as_typed(case, request_item, structure.kind))
    return _item_page(ctx, case, request_item, structure, form)


@bp.post("/colocation/<int:case_id>/items/<int:item_id>", permission=P.COLOCATION_REQUEST, endpoint="item_post")
def item_post(ctx: Ctx, case_id: int, item_id: int) -> Page:
    case = _editable(ctx, case_id)
    request_item, structure = get_item(ctx, case, item_id)
    check_published(structure)
    form = _form_of(case, structure)()
    _fill(ctx, case, form, structure.id)
    removal = case.kind is RequestKind.REMOVE
    kind = structure.kind
    return save_case_form(
        ctx,
        case,
        form,
        lambda: edit_item(
            ctx, to_removal(form, case_id, item_id) if removal else to_item(form, case_id, item_id, kind)
        ),
        lambda: _item_page(ctx, case, request_item, structure, form),
        _DETAIL,
    )


@bp.post("/colocation/<int:case_id>/items/<int:item_id>/remove", permission=P.COLOCATION_REQUEST)
def remove(ctx: Ctx, case_id: int, item_id: int) -> Response:
    _editable(ctx, case_id)
    form = MoveForm()
    remove_item(ctx, RemoveItem(case_id, item_id, form.read_version))
    flash_done(ctx, _("Đã bỏ công trình khỏi đề nghị."))
    return redirect(url_for("colocation.detail", case_id=case_id), code=303)


def _is_own(ctx: Ctx, case: ColocationRequest) -> bool:
    return case.requester_organisation_id in ctx.actor.organisation_ids


def _editable(ctx: Ctx, case_id: int) -> ColocationRequest:
    """The request, if the actor may edit it in its present state; checked before the form is read."""
    case = get_request(ctx, case_id)
    require(ctx, P.COLOCATION_REQUEST, case)
    check_editable(case)
    return case


def _edit_page(case: ColocationRequest, form: BaseForm) -> str:
    return render_template("colocation/form.html", case=case, form=form, structure=None, title=_("Nội dung đề nghị"))


def _item_page(ctx: Ctx, case: ColocationRequest, request_item: ColocationItem, structure: Any, form: Any) -> str:
    _fill(ctx, case, form, structure.id)
    removal = case.kind is RequestKind.REMOVE
    title = _("Thông tin tháo dỡ") if removal else _("Thông tin lắp đặt")
    others = 0 if removal else len(similar_open_items(ctx, case, request_item))
    return render_template(
        "colocation/form.html", case=case, form=form, structure=structure, title=title, others=others
    )


def _form_of(case: ColocationRequest, structure: Any) -> type[Any]:
    return RemovalForm if case.kind is RequestKind.REMOVE else item_form(structure.kind)


def _fill(ctx: Ctx, case: ColocationRequest, form: Any, structure_id: int) -> None:
    """Set the choices: places of the structure and, for changes and removals, the requester's equipment."""
    if case.kind is not RequestKind.REMOVE:
        offer_choices(form.place, place_options(ctx, structure_id))
    about = case.kind in ABOUT_EXISTING
    offer_choices(form.former, entry_options(ctx, structure_id, case.requester_organisation_id) if about else [])


def _content(case: ColocationRequest) -> list[tuple[Any, str]]:
    return [(field.label, display_value(field, getattr(case, name))) for name, field in REQUEST_FIELDS.items()]
