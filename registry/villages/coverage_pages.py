"""Pages of the coverage of villages by operator: the rows of a day, and their import from a file."""

from __future__ import annotations

import io
from datetime import date
from typing import Any, Final

from flask import Response as FlaskResponse
from flask import render_template, send_file
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectChoice, SelectField

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.indicators.forms import SOURCE
from registry.kernel.db.matching import contains_all
from registry.kernel.exports.workbook import HEAD, TEXT, XLSX, open_book
from registry.kernel.forms.answers import Page, flash_done, go
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import form_field
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, _l, _n, _n_noop
from registry.kernel.lists.columns import Column
from registry.kernel.lists.filters import Day, Search
from registry.kernel.lists.markup import link
from registry.kernel.lists.page import list_page
from registry.kernel.lists.view import Empty, ListView
from registry.territory.models import AdminUnit
from registry.villages.coverage import (
    COLUMNS,
    MOST_ROWS,
    STATED_ON,
    EnterCoverage,
    EnteredCoverage,
    coverage_query,
    enter_coverage,
    fold_of_coverage,
    list_operators,
    list_to_fill_in,
)
from registry.villages.forms import title_of
from registry.villages.list_view import check_day
from registry.villages.models import OFFERS, Village

bp = GuardedBlueprint("village_coverage", __name__, errors=html_errors, url_prefix="/villages/coverage")
#: Sentences on former units that are shown after an import; all are counted.
_SHOWN: Final = 10


def _stated(name: str) -> Any:
    """“có”, “không”, or nothing where it is not stated."""

    def text(_ctx: Ctx, row: Any) -> str:
        value = getattr(row.coverage, name)
        return "" if value is None else _("có") if value else _("không")

    return text


def _title(_ctx: Ctx, row: Any) -> str:
    return title_of(row.Village)


COVERAGE_LIST: Final = ListView(
    code="village-coverage",
    label=_l("Phủ sóng thôn, bản theo doanh nghiệp"),
    subtitle=_l("Tệp của từng doanh nghiệp, theo ngày, có nguồn; chỉ tiêu phủ sóng và cáp quang tính cả các dòng này"),
    endpoint="village_coverage.index",
    parent=(_l("Thôn, bản, khu phố"), "villages.index"),
    permission=P.VILLAGE_READ,
    select=lambda ctx, filter_values: coverage_query(ctx, filter_values["on"]),
    columns=(
        Column(
            "village",
            COLUMNS["village"][0],
            _title,
            main=True,
            sort=Village.name,
            show=link("villages.detail", _title, village_id="Village.id"),
        ),
        Column("commune", COLUMNS["commune"][0], sort="commune"),
        Column("operator", _l("Doanh nghiệp"), sort="operator"),
        *(Column(name, COLUMNS[name][0], _stated(name)) for name in OFFERS),
        Column("valid_from", STATED_ON.label, "coverage.valid_from", kind=date, sort="stated_on"),
        Column("source", SOURCE.label, "coverage.source"),
    ),
    filters=(
        Day("on", _l("Tại ngày"), default=lambda ctx: ctx.today, alias="as_of", has_chip=False, sticky=True),
        Search(
            "q",
            _l("Thôn, xã hoặc doanh nghiệp"),
            where=lambda _ctx, text: contains_all(fold_of_coverage(), text.split()),
        ),
    ),
    check=check_day,
    order=(AdminUnit.name, Village.name, Organisation.short_name, Village.id),
    stem="phu-song-thon-ban",
    count=_n_noop("%(count)s dòng"),
    empty=Empty(_l("Chưa có tệp phủ sóng nào"), _l("Doanh nghiệp hoặc Sở nhập tệp phủ sóng của từng doanh nghiệp.")),
    no_match=Empty(_l("Không có dòng nào khớp"), _l("Bộ lọc đang quá hẹp.")),
)


class CoverageForm(BaseForm):
    """A file of one operator with its day and source."""

    operator = SelectField(_l("Doanh nghiệp"), coerce=int)
    valid_from = form_field(STATED_ON)
    source = form_field(SOURCE)
    file = FileField(
        _l("Tệp phủ sóng"),
        [FileRequired(_l("Chưa chọn tệp; hãy chọn tệp XLSX, XLS, ODS hoặc CSV đã điền."))],
        description=_l("Mỗi dòng một thôn, bản, theo tệp mẫu; nhận tất cả các dòng hoặc không dòng nào."),
        render_kw={"accept": ".xlsx,.xls,.ods,.csv"},
    )


@bp.get("", permission=P.VILLAGE_READ)
def index(ctx: Ctx) -> str:
    may_enter = holds(ctx.actor, P.VILLAGE_COVERAGE)
    return render_template("villages/coverage.html", listing=list_page(ctx, COVERAGE_LIST), may_enter=may_enter)


@bp.get("/import", permission=P.VILLAGE_COVERAGE)
def enter_form(ctx: Ctx) -> str:
    return _form_page(ctx, CoverageForm(formdata=None))


@bp.post("/import", permission=P.VILLAGE_COVERAGE, costly=True, endpoint="enter_post")
def enter_post(ctx: Ctx) -> Page:
    """Enter the rows of a file; 422 lists what is wrong with each, the page after says which former units were read."""
    form = CoverageForm()
    _offer(ctx, form)

    def enter() -> EnteredCoverage:
        command = EnterCoverage(form.operator.data, form.valid_from.value, form.source.value)
        return enter_coverage(ctx, form.file.data.stream, command)

    entered = submit(ctx, form, enter)
    if entered is None:
        return _form_page(ctx, form), form.refusal_status
    more = len(entered.mapped) - _SHOWN
    for sentence in entered.mapped[:_SHOWN]:
        flash_done(ctx, sentence)
    if more > 0:
        flash_done(ctx, _n("Còn %(num)d dòng khác ghi theo đơn vị cũ.", more))
    return go(ctx, "village_coverage.index", _n("Đã ghi phủ sóng của %(num)d thôn, bản.", entered.count))


@bp.get("/import/template.xlsx", permission=P.VILLAGE_COVERAGE)
def template(ctx: Ctx) -> FlaskResponse:
    """A workbook with the villages of today, to fill in."""
    target = io.BytesIO()
    with open_book(target) as book:
        sheet = book.sheet(_("Phủ sóng"), head=0, columns=len(COLUMNS))
        for number, (label, _headings) in enumerate(COLUMNS.values()):
            book.text(sheet, 0, number, str(label), HEAD)
            sheet.set_column(number, number, 26)
        sheet.freeze_panes(1, 2)
        for row, (village, code) in enumerate(list_to_fill_in(ctx), 1):
            book.text(sheet, row, 0, code, TEXT)
            book.text(sheet, row, 1, title_of(village), TEXT)
    answer: FlaskResponse = send_file(
        io.BytesIO(target.getvalue()), mimetype=XLSX, as_attachment=True, download_name="phu-song-thon-ban.xlsx"
    )
    return answer


def _offer(ctx: Ctx, form: CoverageForm) -> None:
    form.operator.choices = [SelectChoice(operator.id, operator.short_name) for operator in list_operators(ctx)]


def _form_page(ctx: Ctx, form: CoverageForm) -> str:
    _offer(ctx, form)
    return render_template("villages/coverage_import.html", form=form, most=MOST_ROWS)
