"""Pages of the denominators by commune: the rows of a day, and their import from a file."""

from __future__ import annotations

import io
from datetime import date
from typing import Final

from flask import Response as FlaskResponse
from flask import render_template, send_file
from flask_wtf.file import FileField, FileRequired

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.indicators.forms import SOURCE
from registry.indicators.list_view import check_day
from registry.indicators.population import (
    COLUMNS,
    MOST_ROWS,
    VALID_FROM,
    EnterPopulation,
    enter_population,
    population_query,
)
from registry.kernel.exports.workbook import HEAD, TEXT, XLSX, open_book
from registry.kernel.forms.answers import Page, go
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import form_field
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, _l, _n, _n_noop
from registry.kernel.lists.columns import Column
from registry.kernel.lists.filters import Day
from registry.kernel.lists.page import list_page
from registry.kernel.lists.view import Empty, ListView
from registry.territory.models import UnitLevel
from registry.territory.queries import list_units

bp = GuardedBlueprint("population", __name__, errors=html_errors, url_prefix="/population")


POPULATION_LIST: Final = ListView(
    code="population",
    label=_l("Dân số, số hộ theo xã, phường"),
    subtitle=_l("Mẫu số của các chỉ tiêu, theo ngày, có nguồn"),
    endpoint="population.index",
    parent=(_l("Chỉ tiêu"), "indicators.index"),
    permission=P.INDICATOR_READ,
    select=lambda ctx, filter_values: population_query(ctx, filter_values["on"]),
    columns=(
        Column("code", _l("Mã"), "code", sort="code"),
        Column("commune", COLUMNS["commune"][0], "commune", main=True, sort="commune"),
        *(
            Column(name, COLUMNS[name][0], kind=int, total=name, sort=name)
            for name in ("people", "adults", "households", "villages")
        ),
        Column("valid_from", VALID_FROM.label, kind=date, sort="valid_from"),
        Column("source", SOURCE.label),
    ),
    filters=(Day("on", _l("Tại ngày"), default=lambda ctx: ctx.today, alias="as_of", has_chip=False, sticky=True),),
    check=lambda ctx, filter_values: check_day(ctx, filter_values["on"]),
    order=("code", "id"),
    stem="dan-so",
    count=_n_noop("%(count)s xã, phường"),
    empty=Empty(_l("Chưa có xã, phường nào"), _l("Danh mục chưa có xã, phường nào vào ngày này.")),
)


class PopulationForm(BaseForm):
    """A file of denominators with its day and source."""

    valid_from = form_field(VALID_FROM)
    source = form_field(SOURCE)
    file = FileField(
        _l("Tệp số liệu"),
        [FileRequired(_l("Chưa chọn tệp; hãy chọn tệp XLSX, XLS, ODS hoặc CSV đã điền."))],
        description=_l("Mỗi dòng một xã, phường, theo tệp mẫu; nhận tất cả các dòng hoặc không dòng nào."),
        render_kw={"accept": ".xlsx,.xls,.ods,.csv"},
    )


@bp.get("", permission=P.INDICATOR_READ)
def index(ctx: Ctx) -> str:
    may_enter = holds(ctx.actor, P.INDICATOR_ENTER)
    return render_template("indicators/population.html", listing=list_page(ctx, POPULATION_LIST), may_enter=may_enter)


@bp.get("/import", permission=P.INDICATOR_ENTER)
def enter_form(_ctx: Ctx) -> str:
    return _form_page(PopulationForm(formdata=None))


@bp.post("/import", permission=P.INDICATOR_ENTER, costly=True, endpoint="enter_post")
def enter_post(ctx: Ctx) -> Page:
    """Enter the rows of a file; 422 lists what is wrong with each."""
    form = PopulationForm()

    def enter() -> int:
        return enter_population(ctx, form.file.data.stream, EnterPopulation(form.valid_from.value, form.source.value))

    entered = submit(ctx, form, enter)
    if entered is None:
        return _form_page(form), form.refusal_status
    return go(ctx, "population.index", _n("Đã ghi số liệu của %(num)d xã, phường.", entered))


@bp.get("/import/template.xlsx", permission=P.INDICATOR_ENTER)
def template(ctx: Ctx) -> FlaskResponse:
    """A workbook with the communes of today, to fill in."""
    target = io.BytesIO()
    with open_book(target) as book:
        sheet = book.sheet(_("Số liệu"), head=0, columns=len(COLUMNS))
        for number, (label, _headings) in enumerate(COLUMNS.values()):
            book.text(sheet, 0, number, str(label), HEAD)
            sheet.set_column(number, number, 26)
        sheet.freeze_panes(1, 1)
        for row, unit in enumerate(list_units(ctx.session, ctx.today, UnitLevel.COMMUNE), 1):
            book.text(sheet, row, 0, unit.code, TEXT)
    answer: FlaskResponse = send_file(
        io.BytesIO(target.getvalue()), mimetype=XLSX, as_attachment=True, download_name="dan-so.xlsx"
    )
    return answer


def _form_page(form: PopulationForm) -> str:
    return render_template("indicators/population_import.html", form=form, most=MOST_ROWS)
