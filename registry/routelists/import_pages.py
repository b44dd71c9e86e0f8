"""Pages of the import of a workbook: the form, the template, and what became of each row."""

from __future__ import annotations

import io
from typing import Any, Final

from flask import Response as FlaskResponse
from flask import render_template, request, send_file
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectChoice, SelectField, StringField
from wtforms.validators import Length, Optional

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.exports.workbook import XLSX
from registry.kernel.fields import labels_of
from registry.kernel.forms.answers import Page
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.submit import submit
from registry.kernel.i18n import _, _l
from registry.routelists.commands import ImportStreets
from registry.routelists.forms import ITEM_FIELDS
from registry.routelists.models import RouteItem, RouteList, WorkKind
from registry.routelists.pages import bp
from registry.routelists.queries import get_list
from registry.routelists.workbook import ImportedRows, import_rows, template
from registry.routelists.workflow import require_open

_MOST_HEADING: Final = 200
#: Columns whose headings the form asks for where the file names them otherwise.
_HEADED: Final = ("street_name", "from_place", "to_place", "work_kind", "reason", "cost_vnd", "funding", "investor")


class ImportFormBase(BaseForm):
    """A workbook and what holds where a row says nothing."""

    file = FileField(
        _l("Tệp danh mục"),
        [FileRequired(_l("Chưa chọn tệp; hãy chọn tệp XLSX, XLS, ODS hoặc CSV."))],
        description=_l("Mỗi dòng một tuyến; nhận dòng tên xã ở đầu nhóm và dòng cộng; không cần tọa độ."),
        render_kw={"accept": ".xlsx,.xls,.ods,.csv"},
    )
    work_kind = SelectField(
        _l("Loại công việc của dòng để trống"),
        choices=[
            SelectChoice("", _l("Không nhận dòng đó")),
            *(SelectChoice(each.value, each.label) for each in WorkKind),
        ],
        validators=[Optional()],
    )
    is_urban = SelectField(
        _l("Dòng không ghi trong hay ngoài đô thị"),
        choices=[
            SelectChoice("", _l("Không nhận dòng đó")),
            SelectChoice("true", ITEM_FIELDS["is_urban"].label),
            SelectChoice("false", _l("Ngoài đô thị")),
        ],
        validators=[Optional()],
    )
    reason = StringField(_l("Lý do của dòng để trống"), validators=[Optional(), Length(max=_MOST_HEADING)])
    exception_reason = StringField(
        ITEM_FIELDS["exception_reason"].label, validators=[Optional(), Length(max=_MOST_HEADING)]
    )


def _heading(name: str) -> str:
    return f"heading_{name}"


ImportForm: Any = type(
    "ImportForm",
    (ImportFormBase,),
    {
        _heading(name): StringField(ITEM_FIELDS[name].label, validators=[Optional(), Length(max=_MOST_HEADING)])
        for name in _HEADED
    },
)


@bp.get("/route-lists/<int:list_id>/import", permission=P.ROUTELIST_PROPOSE)
def import_file(ctx: Ctx, list_id: int) -> str:
    """The form that takes a workbook for a list."""
    route_list = get_list(ctx, list_id)
    require_open(route_list)
    return _import_page(route_list, ImportForm(formdata=None))


@bp.post("/route-lists/<int:list_id>/import", permission=P.ROUTELIST_PROPOSE, costly=True)
def import_file_post(ctx: Ctx, list_id: int) -> Page:
    """Propose the rows of a workbook as drafts, and say what became of each; 422 where it is no such table.

    With the button `preview` nothing is stored: the page shows how the rows are read.
    """
    route_list = get_list(ctx, list_id)
    form = ImportForm()
    outcome = submit(ctx, form, lambda: import_rows(ctx, _command(route_list, form), form.file.data.stream))
    if outcome is None:
        return _import_page(route_list, form), form.refusal_status
    if outcome.preview:
        return _import_page(route_list, form, outcome)
    return _import_page(route_list, ImportForm(formdata=None), outcome)


@bp.get("/route-lists/import/template.xlsx", permission=P.ROUTELIST_PROPOSE)
def import_template(ctx: Ctx) -> FlaskResponse:
    """The workbook to fill in."""
    answer: FlaskResponse = send_file(
        io.BytesIO(template(ctx)), mimetype=XLSX, as_attachment=True, download_name="danh-muc-tuyen-duong-mau.xlsx"
    )
    return answer


def _command(route_list: RouteList, form: Any) -> ImportStreets:
    defaults = {name: form[name].data or "" for name in ("work_kind", "is_urban", "reason", "exception_reason")}
    return ImportStreets(
        route_list.id,
        {name: text for name, text in defaults.items() if text},
        {name: text for name in _HEADED if (text := (form[_heading(name)].data or "").strip())},
        is_preview="preview" in request.form,
    )


def _import_page(route_list: RouteList, form: Any, outcome: ImportedRows | None = None) -> str:
    return render_template(
        "routelists/import.html",
        found=route_list,
        form=form,
        outcome=outcome,
        labels=labels_of(RouteItem),
        headings=[form[_heading(name)] for name in _HEADED],
        title=_("Nhập danh mục từ tệp"),
    )
