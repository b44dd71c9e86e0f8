"""Saved searches: list, save, change, replace the filter, delete."""

from __future__ import annotations

from urllib.parse import parse_qsl

from flask import redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.kernel.errors import Invalid
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _
from registry.saved_searches.forms import DeleteForm, ReplaceSearchForm, SearchForm
from registry.saved_searches.models import SavedSearch
from registry.saved_searches.queries import args_of, conditions_of, get_search, list_views
from registry.saved_searches.rules import MAX_SEARCHES, read_query, stored_query
from registry.saved_searches.service import change_search, delete_search, replace_filter, save_search
from registry.structures.filtering.url import Args
from registry.structures.listing.saved_filters import OPENED

bp = GuardedBlueprint("saved_searches", __name__, errors=html_errors)


@bp.get("/saved-searches", permission=P.SAVED_SEARCH_READ)
def index(ctx: Ctx) -> str:
    """The reader's own searches and those that colleagues share."""
    views = list_views(ctx)
    return render_template(
        "saved_searches/list.html",
        own=[view for view in views if view.is_own],
        shared=[view for view in views if not view.is_own],
        most=MAX_SEARCHES,
    )


@bp.get("/saved-searches/new", permission=P.SAVED_SEARCH_EDIT)
def new(ctx: Ctx) -> str:
    """The form for the filter in the address."""
    query = stored_query(read_query(request.query_string.decode("utf-8", "replace")))
    return _form_page(ctx, SearchForm(formdata=None, query=query))


@bp.post("/saved-searches/new", permission=P.SAVED_SEARCH_EDIT)
def create(ctx: Ctx) -> Page:
    """Save it and open the list with it."""
    form = SearchForm()
    saved = submit(ctx, form, lambda: save_search(ctx, form.to_save()))
    if saved is None:
        return _form_page(ctx, form), form.refusal_status
    flash_done(ctx, _("Đã lưu bộ lọc “%(name)s”.", name=saved.name))
    return redirect(url_for("structures.list", saved=saved.slug), code=303)


@bp.get("/saved-searches/<int:search_id>/edit", permission=P.SAVED_SEARCH_EDIT)
def edit(ctx: Ctx, search_id: int) -> str:
    """The form of an own search."""
    search = get_search(ctx, search_id)
    return _form_page(ctx, SearchForm.of(search), search)


@bp.post("/saved-searches/<int:search_id>/edit", permission=P.SAVED_SEARCH_EDIT)
def edit_post(ctx: Ctx, search_id: int) -> Page:
    """Change name, sharing, watching, default."""
    search, form = get_search(ctx, search_id), SearchForm()
    changed = submit(ctx, form, lambda: change_search(ctx, form.to_change(search_id)), current=search)
    if changed is None:
        return _form_page(ctx, form, search), form.refusal_status
    flash_done(ctx, _("Đã lưu bộ lọc “%(name)s”.", name=changed.name))
    return redirect(url_for("saved_searches.index"), code=303)


@bp.get("/saved-searches/<int:search_id>/filter", permission=P.SAVED_SEARCH_EDIT)
def replace(ctx: Ctx, search_id: int) -> str:
    """The stored filter next to the one in the address that would replace it."""
    search = get_search(ctx, search_id)
    query = stored_query(read_query(request.query_string.decode("utf-8", "replace")))
    return _replace_page(ctx, ReplaceSearchForm(formdata=None, version=str(search.version), query=query), search)


@bp.post("/saved-searches/<int:search_id>/filter", permission=P.SAVED_SEARCH_EDIT)
def replace_post(ctx: Ctx, search_id: int) -> Page:
    """Replace the filter and open the list with it."""
    search, form = get_search(ctx, search_id), ReplaceSearchForm()
    replaced = submit(ctx, form, lambda: replace_filter(ctx, form.to_command(search_id)), current=search)
    if replaced is None:
        return _replace_page(ctx, form, search), form.refusal_status
    flash_done(ctx, _("Đã cập nhật bộ lọc “%(name)s”.", name=replaced.name))
    return redirect(url_for("structures.list", saved=replaced.slug), code=303)


@bp.get("/saved-searches/<int:search_id>/delete", permission=P.SAVED_SEARCH_EDIT, endpoint="delete")
def delete_page(ctx: Ctx, search_id: int) -> str:
    """Confirm the deletion."""
    search = get_search(ctx, search_id)
    return _delete_page(ctx, DeleteForm(formdata=None, version=str(search.version)), search)


@bp.post("/saved-searches/<int:search_id>/delete", permission=P.SAVED_SEARCH_EDIT)
def delete_post(ctx: Ctx, search_id: int) -> Page:
    """Delete the search."""
    search, form = get_search(ctx, search_id), DeleteForm()
    deleted = submit(ctx, form, lambda: delete_search(ctx, form.to_command(search_id)), current=search)
    if deleted is None:
        return _delete_page(ctx, form, search), form.refusal_status
    flash_done(ctx, _("Đã xóa bộ lọc “%(name)s”.", name=deleted.name))
    return redirect(url_for("saved_searches.index"), code=303)


def _form_page(ctx: Ctx, form: SearchForm, search: SavedSearch | None = None) -> str:
    try:
        args = args_of(search) if search is not None else read_query(form.query.data or "")
        conditions, problem = conditions_of(ctx, args), ""
    except Invalid as refused:
        conditions, problem = (), refused.message
    return render_template(
        "saved_searches/form.html",
        form=form,
        search=search,
        conditions=conditions,
        problem=problem,
        back=url_for("saved_searches.index") if search is not None else _list_of(form),
    )


def _replace_page(ctx: Ctx, form: ReplaceSearchForm, search: SavedSearch) -> str:
    return render_template(
        "saved_searches/replace.html",
        form=form,
        search=search,
        before=_conditions(ctx, args_of(search)),
        after=_conditions(ctx, MultiDict(parse_qsl(form.query.data or ""))),
        back=f"{_list_of(form)}&{OPENED}={search.slug}",
    )


def _conditions(ctx: Ctx, args: Args) -> tuple[str, ...]:
    """A filter as text; empty where the list does not accept it."""
    try:
        return conditions_of(ctx, args)
    except Invalid:
        return ()


def _list_of(form: SearchForm | ReplaceSearchForm) -> str:
    return f"{url_for('structures.list')}?{form.query.data or ''}"


def _delete_page(ctx: Ctx, form: DeleteForm, search: SavedSearch) -> str:
    conditions = _conditions(ctx, args_of(search))
    return render_template("saved_searches/delete.html", form=form, search=search, conditions=conditions)
