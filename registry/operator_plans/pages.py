"""Pages of yearly plans: who filed, one filing with its rows, and its form."""

from __future__ import annotations

import io
from typing import Any, Final

from flask import Response as FlaskResponse
from flask import render_template, request, send_file
from flask_wtf.file import FileField, FileRequired
from werkzeug.datastructures import FileStorage
from wtforms import SelectChoice, SelectField

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.kernel.exports.workbook import HEAD, TEXT, XLSX, open_book
from registry.kernel.forms.answers import Page, go
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.submit import submit
from registry.kernel.geo.coordinates import System
from registry.kernel.http.errors import html_errors
from registry.kernel.http.map_data import pack_tile, tile_response
from registry.kernel.i18n import _, _l
from registry.kernel.lists.page import list_page
from registry.kernel.numbers import parse_id
from registry.operator_plans.commands import FilePlan
from registry.operator_plans.list_view import FILINGS, PLANNED
from registry.operator_plans.map import tile
from registry.operator_plans.queries import (
    PAGE,
    count_items,
    filings_of,
    get_plan,
    is_late,
    items_of,
    last_day,
    names_of,
    sees_all_plans,
)
from registry.operator_plans.service import COLUMNS, MOST_ROWS, file_plan
from registry.structures.forms import SYSTEMS
from registry.structures.kinds import HOSTS, KINDS

bp = GuardedBlueprint("operator_plans", __name__, errors=html_errors, url_prefix="/operator-plans")
#: An example of a row, in the order of the columns.
_EXAMPLE: Final = ("Trạm Hải Bình 2", "", "19,4412", "105,7689", "", "", "42", "")
_STATED: Final[dict[str, System]] = {"wgs84": "wgs84", "vn2000": "vn2000"}


class PlanFileForm(BaseForm):
    """The file of a year and the system of its coordinates."""

    year = SelectField(_l("Năm kế hoạch"), coerce=int)
    system = SelectField(
        _l("Hệ tọa độ của tệp"), choices=[SelectChoice(code, label) for code, label in SYSTEMS if code in _STATED]
    )
    file = FileField(
        _l("Tệp kế hoạch"),
        [FileRequired(_l("Chưa chọn tệp; hãy chọn tệp XLSX, XLS, ODS hoặc CSV đã điền."))],
        description=_l("Mỗi dòng một công trình, theo tệp mẫu; nhận tất cả các dòng hoặc không dòng nào."),
        render_kw={"accept": ".xlsx,.xls,.ods,.csv"},
    )

    def offer(self, ctx: Ctx) -> None:
        """The years that plans are filed for."""
        self.year.choices = [SelectChoice(year, str(year)) for year in (ctx.today.year + 1, ctx.today.year)]

    def to_command(self) -> FilePlan:
        return FilePlan(self.year.data, _STATED[self.system.data], (self.file.data.filename or "")[-200:])


@bp.get("", permission=P.OPERATOR_PLAN_READ)
def index(ctx: Ctx) -> str:
    may_file = holds(ctx.actor, P.OPERATOR_PLAN_FILE)
    return render_template("operator_plans/list.html", listing=list_page(ctx, FILINGS), may_file=may_file)


@bp.get("/planned", permission=P.OPERATOR_PLAN_READ)
def planned(ctx: Ctx) -> str:
    return render_template("lists/list.html", listing=list_page(ctx, PLANNED))


@bp.get("/tiles/<int:zoom>/<int:x>/<int:y>.mvt", permission=P.OPERATOR_PLAN_READ)
def tile_of(ctx: Ctx, zoom: int, x: int, y: int) -> FlaskResponse:
    return tile_response(pack_tile(tile(ctx, zoom, x, y)))


@bp.get("/<int:plan_id>", permission=P.OPERATOR_PLAN_READ)
def detail(ctx: Ctx, plan_id: int) -> str:
    """One filing, a page of its rows at a time."""
    plan = get_plan(ctx, plan_id)
    count = count_items(ctx, plan)
    pages = max(1, -(-count // PAGE))
    page = min(parse_id(request.args.get("page", "")) or 1, pages)
    operator, person = names_of(ctx, plan)
    return render_template(
        "operator_plans/detail.html",
        plan=plan,
        operator=operator,
        person=person,
        due_on=last_day(ctx, plan.year),
        is_late=is_late(ctx, plan.year, plan),
        filings=filings_of(ctx, plan),
        items=items_of(ctx, plan, page),
        item_count=count,
        page=page,
        pages=pages,
        kinds={code: kind.label for code, kind in KINDS.items()},
        compares=sees_all_plans(ctx),
    )


@bp.get("/new", permission=P.OPERATOR_PLAN_FILE)
def new(ctx: Ctx) -> str:
    return _form_page(ctx, PlanFileForm(formdata=None))


@bp.post("/new", permission=P.OPERATOR_PLAN_FILE, costly=True)
def create(ctx: Ctx) -> Page:
    """File the plan; 422 lists what is wrong with each row."""
    form = PlanFileForm()
    form.offer(ctx)
    plan = submit(ctx, form, lambda: file_plan(ctx, _stream(form), form.to_command()))
    if plan is None:
        return _form_page(ctx, form), form.refusal_status
    return go(ctx, "operator_plans.detail", _("Đã nộp kế hoạch năm %(year)d.", year=plan.year), plan_id=plan.id)


@bp.get("/new/template.xlsx", permission=P.OPERATOR_PLAN_FILE)
def template(_ctx: Ctx) -> FlaskResponse:
    """A workbook with the columns and an example."""
    target = io.BytesIO()
    with open_book(target) as book:
        sheet = book.sheet(_("Kế hoạch năm"), head=0, columns=len(COLUMNS))
        for number, (label, _headings) in enumerate(COLUMNS.values()):
            book.text(sheet, 0, number, str(label), HEAD)
            sheet.set_column(number, number, 24)
        sheet.freeze_panes(1, 0)
        cells = dict(zip(COLUMNS, _EXAMPLE, strict=True)) | {"kind": str(next(iter(HOSTS.values())).label)}
        for number, name in enumerate(COLUMNS):
            book.text(sheet, 1, number, cells[name], TEXT)
    answer: FlaskResponse = send_file(
        io.BytesIO(target.getvalue()), mimetype=XLSX, as_attachment=True, download_name="ke-hoach-xay-dung-nam.xlsx"
    )
    return answer


def _stream(form: Any) -> Any:
    sent: FileStorage = form.file.data
    return sent.stream


def _form_page(ctx: Ctx, form: PlanFileForm) -> str:
    form.offer(ctx)
    return render_template("operator_plans/form.html", form=form, most=MOST_ROWS)
