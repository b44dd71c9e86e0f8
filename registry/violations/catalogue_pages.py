"""Pages of one act and of one authority with their dated rows; the lead department changes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import redirect, render_template, url_for

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.dated_rows.service import confirm_row, get_row, withdraw_row
from registry.dated_rows.tables import DatedTable, RowT
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, format_date
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
    CompetenceForm,
    ConfirmCatalogueForm,
    KindForm,
    NewKindForm,
    WithdrawCatalogueForm,
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


@bp.get("/violations/kinds/rows/<int:kind_id>/confirm", permission=P.SETTING_EDIT)
def kind_check(ctx: Ctx, kind_id: int) -> str:
    return _confirm_page(ctx, KINDS, kind_id)


@bp.post("/violations/kinds/rows/<int:kind_id>/confirm", permission=P.SETTING_EDIT)
def kind_confirm(ctx: Ctx, kind_id: int) -> Page:
    return _confirmed(ctx, KINDS, kind_id)


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


@bp.get("/violations/competence/rows/<int:competence_id>/confirm", permission=P.SETTING_EDIT)
def competence_check(ctx: Ctx, competence_id: int) -> str:
    return _confirm_page(ctx, COMPETENCES, competence_id)


@bp.post("/violations/competence/rows/<int:competence_id>/confirm", permission=P.SETTING_EDIT)
def competence_confirm(ctx: Ctx, competence_id: int) -> Page:
    return _confirmed(ctx, COMPETENCES, competence_id)


@bp.get("/violations/kinds/rows/<int:kind_id>/withdraw", permission=P.SETTING_EDIT)
def kind_leave(ctx: Ctx, kind_id: int) -> str:
    return _withdraw_page(get_row(ctx, KINDS, kind_id), WithdrawCatalogueForm(formdata=None))


@bp.post("/violations/kinds/rows/<int:kind_id>/withdraw", permission=P.SETTING_EDIT)
def kind_withdraw(ctx: Ctx, kind_id: int) -> Page:
    return _withdrawn(ctx, KINDS, kind_id)


@bp.get("/violations/competence/rows/<int:competence_id>/withdraw", permission=P.SETTING_EDIT)
def competence_leave(ctx: Ctx, competence_id: int) -> str:
    return _withdraw_page(get_row(ctx, COMPETENCES, competence_id), WithdrawCatalogueForm(formdata=None))


@bp.post("/violations/competence/rows/<int:competence_id>/withdraw", permission=P.SETTING_EDIT)
def competence_withdraw(ctx: Ctx, competence_id: int) -> Page:
    return _withdrawn(ctx, COMPETENCES, competence_id)


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


def _confirm_page(ctx: Ctx, table: DatedTable[Any], row_id: int) -> str:
    row = get_row(ctx, table, row_id)
    form = ConfirmCatalogueForm(formdata=None, data={"decree": row.decree, "article": row.article})
    return _form_page(form, _("Xác nhận căn cứ"), _subject(row), _page_of(row))


def _confirmed(ctx: Ctx, table: DatedTable[Any], row_id: int) -> Page:
    row = get_row(ctx, table, row_id)
    form = ConfirmCatalogueForm()
    saved = submit(
        ctx,
        form,
        lambda: confirm_row(ctx, table, row_id, {"decree": form.decree.value, "article": form.article.value or ""}),
    )
    if saved is None:
        return _form_page(form, _("Xác nhận căn cứ"), _subject(row), _page_of(row)), form.refusal_status
    flash_done(ctx, _("Đã xác nhận căn cứ."))
    return redirect(_page_of(row), code=303)


def _withdraw_page(row: Any, form: BaseForm) -> str:
    return _form_page(form, _("Rút dòng"), _subject(row), _page_of(row), row)


def _withdrawn(ctx: Ctx, table: DatedTable[Any], row_id: int) -> Page:
    row = get_row(ctx, table, row_id)
    form = WithdrawCatalogueForm()
    if submit(ctx, form, lambda: withdraw_row(ctx, table, row_id, form.reason.value)) is None:
        return _withdraw_page(row, form), form.refusal_status
    flash_done(ctx, _("Đã rút dòng có hiệu lực từ %(day)s.", day=format_date(row.valid_from)))
    return redirect(_page_of(row), code=303)


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
