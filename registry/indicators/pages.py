"""Pages of the indicators: the catalogue, one indicator with targets and values, forms."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from flask import Response as FlaskResponse
from flask import redirect, render_template, request, send_file, url_for

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.dated_rows.pages import RowPages, withdraw
from registry.files.pages import STORE
from registry.files.queries import list_files
from registry.files.service import AddFile, add_file
from registry.indicators.commands import EnterValue
from registry.indicators.declared import FIGURES
from registry.indicators.forms import (
    PLAN,
    CorrectForm,
    EditForm,
    EnterForm,
    TargetForm,
    ValueFileForm,
    ValueForm,
    indicator_as_typed,
    value_as_typed,
)
from registry.indicators.list_view import INDICATORS, check_day
from registry.indicators.models import Indicator, IndicatorTarget, IndicatorValue
from registry.indicators.queries import (
    figures_of,
    get_indicator,
    get_target,
    get_value,
    list_targets,
    list_values,
    own_parts,
    series_of,
)
from registry.indicators.service import TARGETS, VALUE, add_target, edit_indicator, enter_value
from registry.indicators.value_file import MOST_ROWS, enter_file, template
from registry.kernel.errors import errors_at
from registry.kernel.exports.workbook import XLSX
from registry.kernel.fields import address_day
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, _l, _n, current_locale
from registry.kernel.lists.page import list_page

bp = GuardedBlueprint("indicators", __name__, errors=html_errors, url_prefix="/indicators")


@bp.get("", permission=P.INDICATOR_READ)
def index(ctx: Ctx) -> str:
    may_enter = holds(ctx.actor, P.INDICATOR_ENTER)
    return render_template("indicators/list.html", listing=list_page(ctx, INDICATORS), may_enter=may_enter)


@bp.get("/import", permission=P.INDICATOR_ENTER)
def enter_file_form(_ctx: Ctx) -> str:
    return _file_page(ValueFileForm(formdata=None))


@bp.post("/import", permission=P.INDICATOR_ENTER, costly=True, endpoint="enter_file_post")
def enter_file_post(ctx: Ctx) -> Page:
    """Enter the rows of a file; 422 lists what is wrong with each."""
    form = ValueFileForm()
    entered = submit(ctx, form, lambda: _entered_file(ctx, form))
    if entered is None:
        return _file_page(form), form.refusal_status
    flash_done(ctx, _n("Đã ghi %(num)d số liệu.", len(entered)))
    return redirect(url_for("indicators.index"), code=303)


@bp.get("/import/template.xlsx", permission=P.INDICATOR_ENTER)
def file_template(ctx: Ctx) -> FlaskResponse:
    """The workbook to fill in."""
    answer: FlaskResponse = send_file(
        io.BytesIO(template(ctx)), mimetype=XLSX, as_attachment=True, download_name="so-lieu-chi-tieu.xlsx"
    )
    return answer


def _entered_file(ctx: Ctx, form: ValueFileForm) -> list[IndicatorValue]:
    """The values of the file, each with the document; a refused document is an error of its field."""
    document = form.document()
    entered = enter_file(ctx, form.file.data.stream, has_evidence=document is not None)
    for value in entered if document else ():
        name, content = document or ("", b"")
        with errors_at("evidence"):
            add_file(
                ctx,
                STORE.current(),
                AddFile(subject_kind=VALUE, subject_id=value.id, file_name=name, content=content),
            )
    return entered


def _file_page(form: ValueFileForm) -> str:
    return render_template("indicators/import.html", form=form, most=MOST_ROWS)


@bp.get("/<indicator>", permission=P.INDICATOR_READ)
def detail(ctx: Ctx, indicator: str) -> str:
    """The definition of an indicator, its figure and series of a day (`on` or `as_of`), targets and entered values."""
    declared = get_indicator(ctx, indicator)
    on = address_day(request.args, "on", "as_of") or ctx.today
    check_day(ctx, on)
    (figure,) = figures_of(ctx, [declared], on)
    return render_template(
        "indicators/detail.html",
        figure=figure,
        targets=list_targets(ctx, declared),
        values=list_values(ctx, declared),
        computation=FIGURES[declared.computation] if declared.computation else None,
        own=own_parts(ctx, declared, on),
        on=on,
        series=series_of(ctx, declared, on),
        may_edit=holds(ctx.actor, P.INDICATOR_EDIT),
        may_enter=holds(ctx.actor, P.INDICATOR_ENTER) and declared.computation is None,
        **_names(declared),
    )


@bp.get("/<indicator>/edit", permission=P.INDICATOR_EDIT)
def edit(ctx: Ctx, indicator: str) -> str:
    declared = get_indicator(ctx, indicator)
    return _form_page(EditForm(formdata=None, data=indicator_as_typed(declared)), declared, _("Sửa định nghĩa"))


@bp.post("/<indicator>/edit", permission=P.INDICATOR_EDIT, endpoint="edit_post")
def edit_post(ctx: Ctx, indicator: str) -> Page:
    declared, form = get_indicator(ctx, indicator), EditForm()
    return _saved(
        ctx,
        form,
        lambda: edit_indicator(ctx, form.to_command(indicator)),
        declared,
        _("Sửa định nghĩa"),
        _("Đã lưu định nghĩa."),
    )


@bp.get("/<indicator>/targets/new", permission=P.INDICATOR_EDIT)
def new_target(ctx: Ctx, indicator: str) -> str:
    form = TargetForm(formdata=None, data={"needs_verification": "true"})
    return _form_page(form, get_indicator(ctx, indicator), _("Thêm mục tiêu"))


@bp.post("/<indicator>/targets/new", permission=P.INDICATOR_EDIT, endpoint="new_target_post")
def new_target_post(ctx: Ctx, indicator: str) -> Page:
    declared, form = get_indicator(ctx, indicator), TargetForm()
    return _saved(
        ctx,
        form,
        lambda: add_target(ctx, form.to_command(indicator)),
        declared,
        _("Thêm mục tiêu"),
        _("Đã thêm mục tiêu."),
    )


@bp.get("/<indicator>/values/new", permission=P.INDICATOR_ENTER)
def new_value(ctx: Ctx, indicator: str) -> str:
    return _form_page(EnterForm(formdata=None), get_indicator(ctx, indicator), _("Nhập số liệu"))


@bp.post("/<indicator>/values/new", permission=P.INDICATOR_ENTER, endpoint="new_value_post")
def new_value_post(ctx: Ctx, indicator: str) -> Page:
    declared, form = get_indicator(ctx, indicator), EnterForm()
    return _saved(
        ctx,
        form,
        lambda: _entered(ctx, form, form.to_command(indicator)),
        declared,
        _("Nhập số liệu"),
        _("Đã ghi số liệu."),
    )


@bp.get("/values/<int:value_id>", permission=P.INDICATOR_READ)
def value(ctx: Ctx, value_id: int) -> str:
    """One entered value with its documents."""
    indicator, entered = get_value(ctx, value_id)
    return render_template(
        "indicators/value.html",
        indicator=indicator,
        entered=entered,
        links=list_files(ctx, VALUE, value_id) if holds(ctx.actor, P.FILE_READ) else None,
        subject_kind=VALUE,
        subject_id=value_id,
        can_add=False,
        may_correct=holds(ctx.actor, P.INDICATOR_ENTER) and entered.corrected_by is None,
        **_names(indicator),
    )


@bp.get("/values/<int:value_id>/correct", permission=P.INDICATOR_ENTER)
def correct(ctx: Ctx, value_id: int) -> str:
    indicator, entered = get_value(ctx, value_id)
    form = CorrectForm(formdata=None, data=value_as_typed(entered.value))
    return _form_page(form, indicator, _("Đính chính số liệu"), former=entered.value)


@bp.post("/values/<int:value_id>/correct", permission=P.INDICATOR_ENTER, endpoint="correct_post")
def correct_post(ctx: Ctx, value_id: int) -> Page:
    indicator, entered = get_value(ctx, value_id)
    form = CorrectForm()
    done = _("Đã ghi số liệu đính chính; số liệu trước vẫn được giữ.")
    return _saved(
        ctx,
        form,
        lambda: _entered(ctx, form, form.to_command(indicator.code, entered.value)),
        indicator,
        _("Đính chính số liệu"),
        done,
        former=entered.value,
    )


def _entered(ctx: Ctx, form: ValueForm, command: EnterValue) -> IndicatorValue:
    """The value with its document; a refused file is an error of its field."""
    indicator_value = enter_value(ctx, command)
    file = form.to_file(indicator_value.id)
    if file is not None:
        with errors_at("evidence"):
            add_file(ctx, STORE.current(), file)
    return indicator_value


def _saved(
    ctx: Ctx, form: BaseForm, call: Callable[[], Any], indicator: Indicator, title: str, done: str, **shown: Any
) -> Page:
    if submit(ctx, form, call) is None:
        return _form_page(form, indicator, title, **shown), form.refusal_status
    flash_done(ctx, done)
    return redirect(url_for("indicators.detail", indicator=indicator.code), code=303)


def _form_page(form: BaseForm, indicator: Indicator, title: str, **shown: Any) -> str:
    return render_template(
        "indicators/form.html", form=form, indicator=indicator, title=title, **_names(indicator), **shown
    )


def _names(indicator: Indicator) -> dict[str, Any]:
    """What every page of one indicator needs."""
    return {"name": indicator.name_in(str(current_locale()))}


def _target_page(ctx: Ctx, form: BaseForm, title: str, row: IndicatorTarget) -> str:
    indicator, target = get_target(ctx, row.id)
    return _form_page(form, indicator, title, target=target)


ROW_PAGES: Final = RowPages(
    TARGETS,
    "/targets/<int:target_id>",
    "target_",
    (PLAN,),
    page_of=lambda ctx, row: url_for("indicators.detail", indicator=get_target(ctx, row.id)[0].code),
    frame=_target_page,
    withdrawal=_l("Rút mục tiêu"),
    withdraw=partial(withdraw, TARGETS),
)
