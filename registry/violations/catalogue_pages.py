"""Pages of one act and of one authority with their dated rows; the lead department changes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from flask import redirect, render_template, url_for

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.dated_rows.pages import RowPages, withdraw
from registry.dated_rows.tables import DatedTable, RowT
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _
from registry.kernel.i18n.stored import stored_text
from registry.violations.catalogue import (
    COMPETENCES,
    KINDS,
    add_competence,
    add_kind,
    rows_of_competence,
    rows_of_kind,
)
from registry.violations.catalogue_forms import (
    ARTICLE,
    DECREE,
    CompetenceForm,
    KindForm,
    NewKindForm,
)
from registry.violations.codes import Authority
from registry.violations.models import ViolationKind
from registry.violations.rules import format_fine_range, format_remedies

bp = GuardedBlueprint("catalogue", __name__, errors=html_errors)


@bp.get("/violations/kinds/new", permission=P.SETTING_EDIT)
def kind_new(ctx: Ctx) -> str:
    del ctx
    return _form_page(NewKindForm(formdata=None), _("Thêm hành vi"), "", url_for("violations.kinds"))


@bp.post("/violations/kinds/new", permission=P.SETTING_EDIT)
def kind_create(ctx: Ctx) -> Page:
    form = NewKindForm()
    saved = submit(ctx, form, lambda: add_kind(ctx, form.to_command(), is_new=True))
    if saved is None:
        return _form_page(form, _("Thêm hành vi"), "", url_for("violations.kinds")), form.refusal_status
    flash_done(ctx, _("Đã thêm hành vi vào danh mục."))
    return redirect(url_for("catalogue.kind", act=saved.code), code=303)


@bp.get("/violations/kinds/<act>", permission=P.VIOLATION_READ)
def kind(ctx: Ctx, act: str) -> str:
    """One act with its rows."""
    rows = rows_of_kind(ctx, act)
    change = url_for("catalogue.kind_change", act=act)
    links = {
        row.id: (url_for("catalogue.kind_check", kind_id=row.id), url_for("catalogue.kind_leave", kind_id=row.id))
        for row in rows
    }
    return _rows_page(ctx, rows, stored_text(_newest_standing(rows).act), act, change, links)


@bp.get("/violations/kinds/<act>/new", permission=P.SETTING_EDIT)
def kind_change(ctx: Ctx, act: str) -> str:
    newest = _newest_standing(rows_of_kind(ctx, act))
    form = KindForm(formdata=None)
    form.fill(newest)
    return _form_page(form, _("Thêm dòng"), stored_text(newest.act), url_for("catalogue.kind", act=act))


@bp.post("/violations/kinds/<act>/new", permission=P.SETTING_EDIT)
def kind_add(ctx: Ctx, act: str) -> Page:
    newest = _newest_standing(rows_of_kind(ctx, act))
    form = KindForm()
    back = url_for("catalogue.kind", act=act)
    return _saved(ctx, form, lambda: add_kind(ctx, form.to_command(act), is_new=False), stored_text(newest.act), back)


@bp.get("/violations/competence/<authority>", permission=P.VIOLATION_READ)
def competence(ctx: Ctx, authority: str) -> str:
    """One authority with its rows."""
    rows = rows_of_competence(ctx, authority)
    change = url_for("catalogue.competence_change", authority=authority)
    links = {
        row.id: (
            url_for("catalogue.competence_check", competence_id=row.id),
            url_for("catalogue.competence_leave", competence_id=row.id),
        )
        for row in rows
    }
    return _rows_page(ctx, rows, str(Authority(authority).label), authority, change, links)


@bp.get("/violations/competence/<authority>/new", permission=P.SETTING_EDIT)
def competence_change(ctx: Ctx, authority: str) -> str:
    rows = rows_of_competence(ctx, authority)
    form = CompetenceForm(formdata=None)
    if rows:
        form.fill(rows[0])
    back = url_for("catalogue.competence", authority=authority)
    return _form_page(form, _("Thêm dòng"), str(Authority(authority).label), back)


@bp.post("/violations/competence/<authority>/new", permission=P.SETTING_EDIT)
def competence_add(ctx: Ctx, authority: str) -> Page:
    rows_of_competence(ctx, authority)
    form = CompetenceForm()
    back = url_for("catalogue.competence", authority=authority)
    return _saved(
        ctx, form, lambda: add_competence(ctx, form.to_command(authority)), str(Authority(authority).label), back
    )


def _newest_standing(rows: Sequence[RowT]) -> RowT:
    """The newest row that is not withdrawn; the newest of all where none is left."""
    return next((row for row in rows if row.withdrawn_at is None), rows[0])


def _rows_page(
    ctx: Ctx, rows: Sequence[Any], title: str, code: str, change: str, links: Mapping[int, tuple[str, str]]
) -> str:
    return render_template(
        "violations/catalogue.html",
        rows=rows,
        title=title,
        code=code,
        change_url=change,
        links=links,
        today=ctx.today,
        fine_words=format_fine_range,
        remedy_words=format_remedies,
        may_edit=holds(ctx.actor, P.SETTING_EDIT),
    )


def _saved(ctx: Ctx, form: BaseForm, call: Callable[[], Any], subject: str, back: str) -> Page:
    if submit(ctx, form, call) is None:
        return _form_page(form, _("Thêm dòng"), subject, back), form.refusal_status
    flash_done(ctx, _("Đã thêm dòng; dòng trước đó kết thúc ngày hôm trước."))
    return redirect(back, code=303)


def _subject(row: Any) -> str:
    return stored_text(row.act) if isinstance(row, ViolationKind) else str(row.authority.label)


def _page_of(row: Any) -> str:
    if isinstance(row, ViolationKind):
        return url_for("catalogue.kind", act=row.code)
    return url_for("catalogue.competence", authority=row.authority.value)


def _form_page(form: BaseForm, title: str, subject: str, back: str, withdrawn: Any = None) -> str:
    """`withdrawn`: the row that the form withdraws."""
    return render_template(
        "violations/catalogue_form.html", form=form, title=title, subject=subject, back=back, withdrawn=withdrawn
    )


def _row_page(ctx: Ctx, form: BaseForm, title: str, row: Any) -> str:
    del ctx
    return _form_page(form, title, _subject(row), _page_of(row), row if "reason" in form else None)


def _row_pages(table: DatedTable[Any], address: str, name: str) -> RowPages[Any]:
    return RowPages(
        table,
        address,
        name,
        (DECREE, ARTICLE),
        page_of=lambda _ctx, row: _page_of(row),
        frame=_row_page,
        withdraw=partial(withdraw, table),
    )


ROW_PAGES: Final = (
    _row_pages(KINDS, "/violations/kinds/rows/<int:kind_id>", "kind_"),
    _row_pages(COMPETENCES, "/violations/competence/rows/<int:competence_id>", "competence_"),
)
