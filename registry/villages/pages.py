"""Pages of villages: list, one village, forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import render_template

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import allowed, holds, require
from registry.kernel.fields import facts_of
from registry.kernel.forms.answers import Page, go
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _
from registry.kernel.lists.page import list_page
from registry.villages.coverage import coverage_of
from registry.villages.forms import AddForm, ChangeForm, EditForm, as_typed_village, title_of
from registry.villages.list_view import VILLAGES
from registry.villages.models import COVERAGE, Village
from registry.villages.queries import get_village, list_communes, list_neighbours, view_village
from registry.villages.service import add_village, change_villages, edit_village

bp = GuardedBlueprint("villages", __name__, errors=html_errors, url_prefix="/villages")


@bp.get("", permission=P.VILLAGE_READ)
def index(ctx: Ctx) -> str:
    may_edit = holds(ctx.actor, P.VILLAGE_EDIT)
    return render_template("villages/list.html", listing=list_page(ctx, VILLAGES), may_edit=may_edit)


@bp.get("/<int:village_id>", permission=P.VILLAGE_READ)
def detail(ctx: Ctx, village_id: int) -> str:
    """One village: its coverage, what it came from and became."""
    village = get_village(ctx, village_id)
    day = ctx.today if village.valid_to is None else min(village.valid_to, ctx.today)
    may_edit = village.exists_on(ctx.today) and allowed(ctx, P.VILLAGE_EDIT, village)
    return render_template(
        "villages/detail.html",
        view=view_village(ctx, village),
        title=title_of(village),
        title_of=title_of,
        facts=facts_of(village, *COVERAGE, "valid_from", "legal_basis"),
        may_edit=may_edit,
        coverage=coverage_of(ctx, village, day),
    )


@bp.get("/new", permission=P.VILLAGE_EDIT)
def new(ctx: Ctx) -> str:
    return _new_page(ctx, AddForm(formdata=None))


@bp.post("/new", permission=P.VILLAGE_EDIT)
def create(ctx: Ctx) -> Page:
    form = AddForm()
    form.offer(list_communes(ctx))
    village = submit(ctx, form, lambda: add_village(ctx, form.to_command()))
    if village is None:
        return _new_page(ctx, form), form.refusal_status
    return go(ctx, "villages.detail", _("Đã thêm %(name)s.", name=title_of(village)), village_id=village.id)


@bp.get("/<int:village_id>/edit", permission=P.VILLAGE_EDIT)
def edit(ctx: Ctx, village_id: int) -> str:
    village = _own(ctx, village_id)
    return _form_page(EditForm(formdata=None, data=as_typed_village(village)), village, _("Sửa số hộ, phủ sóng"))


@bp.post("/<int:village_id>/edit", permission=P.VILLAGE_EDIT, endpoint="edit_post")
def edit_post(ctx: Ctx, village_id: int) -> Page:
    """Save the coverage; 422 and 409 (somebody else changed it) keep what was typed."""
    village, form = _own(ctx, village_id), EditForm()
    return _saved(
        ctx,
        form,
        lambda: edit_village(ctx, form.to_command(village.id)),
        lambda: _form_page(form, village, _("Sửa số hộ, phủ sóng")),
        _("Đã lưu."),
    )


@bp.get("/<int:village_id>/change", permission=P.VILLAGE_EDIT)
def change(ctx: Ctx, village_id: int) -> str:
    """The form to merge, split or rename a village."""
    village = _own(ctx, village_id)
    return _change_page(ctx, ChangeForm(formdata=None, data={"kind": village.kind.value}), village)


@bp.post("/<int:village_id>/change", permission=P.VILLAGE_EDIT, endpoint="change_post")
def change_post(ctx: Ctx, village_id: int) -> Page:
    """Merge, split or rename; the page of the first successor follows."""
    village, form = _own(ctx, village_id), ChangeForm()
    form.offer(list_neighbours(ctx, village))
    return _saved(
        ctx,
        form,
        lambda: change_villages(ctx, form.to_command(village.id))[0],
        lambda: _change_page(ctx, form, village),
        _("Đã ghi việc sắp xếp; thôn, bản cũ vẫn được giữ với ngày kết thúc."),
    )


def _own(ctx: Ctx, village_id: int) -> Village:
    village = get_village(ctx, village_id)
    require(ctx, P.VILLAGE_EDIT, village)
    return village


def _saved(ctx: Ctx, form: Any, call: Callable[[], Village], page: Callable[[], str], done: str) -> Page:
    saved = submit(ctx, form, call)
    if saved is None:
        return page(), form.refusal_status
    return go(ctx, "villages.detail", done, village_id=saved.id)


def _new_page(ctx: Ctx, form: Any) -> str:
    form.offer(list_communes(ctx))
    return _form_page(form, None, _("Thêm thôn, bản, khu phố"))


def _change_page(ctx: Ctx, form: Any, village: Village) -> str:
    form.offer(list_neighbours(ctx, village))
    return _form_page(form, village, _("Gộp, chia tách, đổi tên"))


def _form_page(form: Any, village: Village | None, title: str) -> str:
    name = title_of(village) if village else ""
    return render_template("villages/form.html", form=form, village=village, name=name, title=title)
