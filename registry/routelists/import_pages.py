"""Pages of the import of a workbook: upload and template, how its columns are read, and what became of each row."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from typing import Any, Final

from flask import Response as FlaskResponse
from flask import render_template, request, send_file
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectChoice, SelectField, StringField
from wtforms.validators import Length, Optional

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.errors import Invalid
from registry.kernel.exports.workbook import XLSX
from registry.kernel.forms.answers import Page, go
from registry.kernel.forms.base import BaseForm, VersionedForm
from registry.kernel.forms.submit import act, add_errors, submit
from registry.kernel.i18n import _, _l, _n
from registry.kernel.text import shown
from registry.kernel.uploaded_tables import UploadedTable
from registry.routelists.bulk import send_drafts
from registry.routelists.common import require_open
from registry.routelists.forms import ITEM_FIELDS
from registry.routelists.models import WorkKind
from registry.routelists.pages import bp
from registry.routelists.placing import unplaced_drafts
from registry.routelists.queries import get_list
from registry.routelists.workbook import (
    COLUMNS,
    COMMUNE,
    NO_VALUE,
    NUMBER,
    ImportedRows,
    columns_of,
    is_meant,
    preview_rows,
    template,
)
from registry.routelists.workbook_models import RouteWorkbook
from registry.routelists.workbook_service import (
    command_of,
    get_workbook,
    save_options,
    sheet_of,
    store_rows,
    upload_workbook,
)
from registry.territory.queries import commune_choices

_MOST_TEXT: Final = 200
_DEFAULTS: Final = ("work_kind", "is_urban", "reason", "exception_reason")
#: Columns of a file that can be a field.
_READ: Final = tuple(name for name in COLUMNS if name != NUMBER)
_SHOWN: Final = 60


class _Defaults:
    """What holds where a row says nothing."""

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
    reason = StringField(_l("Lý do của dòng để trống"), validators=[Optional(), Length(max=_MOST_TEXT)])
    exception_reason = StringField(
        ITEM_FIELDS["exception_reason"].label, validators=[Optional(), Length(max=_MOST_TEXT)]
    )


class ImportForm(_Defaults, BaseForm):
    """A workbook and what holds where a row says nothing."""

    file = FileField(
        _l("Tệp danh mục"),
        [FileRequired(_l("Chưa chọn tệp; hãy chọn tệp XLSX, XLS, ODS hoặc CSV."))],
        description=_l("Mỗi dòng một tuyến; nhận dòng tên xã ở đầu nhóm và dòng cộng; không cần tọa độ."),
        render_kw={"accept": ".xlsx,.xls,.ods,.csv"},
    )


class ReadingFormBase(_Defaults, VersionedForm):
    """How a workbook is read; further fields say which column is which, and what its texts mean."""


@bp.get("/route-lists/<int:list_id>/import", permission=P.ROUTELIST_PROPOSE)
def import_file(ctx: Ctx, list_id: int) -> str:
    """The form that takes a workbook for a list."""
    route_list = get_list(ctx, list_id)
    require_open(route_list)
    return render_template("routelists/import.html", found=route_list, form=ImportForm(formdata=None))


@bp.post("/route-lists/<int:list_id>/import", permission=P.ROUTELIST_PROPOSE, costly=True)
def import_file_post(ctx: Ctx, list_id: int) -> Page:
    """Take a workbook and show how it is read; 422 where it is no such table."""
    route_list = get_list(ctx, list_id)
    form = ImportForm()
    defaults = _defaults_of(form)
    workbook = submit(
        ctx,
        form,
        lambda: upload_workbook(ctx, list_id, form.file.data.filename or "", form.file.data.stream, defaults),
    )
    if workbook is None:
        return render_template("routelists/import.html", found=route_list, form=form), form.refusal_status
    return go(ctx, "routelists.workbook", workbook_id=workbook.id)


@bp.get("/route-lists/workbooks/<int:workbook_id>", permission=P.ROUTELIST_PROPOSE)
def workbook(ctx: Ctx, workbook_id: int) -> str:
    """How a workbook is read, row by row; once its rows are stored, what became of each."""
    uploaded = get_workbook(ctx, workbook_id)
    return _workbook_page(ctx, uploaded)


@bp.post("/route-lists/workbooks/<int:workbook_id>", permission=P.ROUTELIST_PROPOSE, costly=True)
def read_workbook_post(ctx: Ctx, workbook_id: int) -> Page:
    """Read a workbook otherwise or, with the button `store`, propose its rows as drafts; 422 and 409 show the form."""
    uploaded = get_workbook(ctx, workbook_id)
    if uploaded.outcome is not None:
        return go(ctx, "routelists.workbook", workbook_id=workbook_id)
    sheet = sheet_of(ctx, uploaded)
    pairs = [pair for pair in _texts_of(sheet, uploaded) if _meaning(*pair) in request.form]
    form = _reading_form(ctx, uploaded, sheet, pairs)()
    write = store_rows if "store" in request.form else save_options
    written = submit(ctx, form, lambda: write(ctx, workbook_id, form.read_version, _options(form, sheet, pairs)))
    if written is None:
        return _workbook_page(ctx, uploaded, form), form.refusal_status
    return go(ctx, "routelists.workbook", workbook_id=workbook_id)


@bp.post("/route-lists/<int:list_id>/send", permission=P.ROUTELIST_PROPOSE)
def send_drafts_post(ctx: Ctx, list_id: int) -> Page:
    """Send all drafts of the actor's organisation for a list that have their line."""
    route_list = get_list(ctx, list_id)
    outcome = act(ctx, lambda: send_drafts(ctx, list_id))
    sentence = "" if outcome.refused else _n("Đã gửi Sở Xây dựng %(num)d tuyến.", outcome.done)
    return go(ctx, "routelists.items", sentence, year=route_list.year, outcome=outcome.id if outcome.refused else None)


@bp.get("/route-lists/import/template.xlsx", permission=P.ROUTELIST_PROPOSE)
def import_template(ctx: Ctx) -> FlaskResponse:
    """The workbook to fill in."""
    answer: FlaskResponse = send_file(
        io.BytesIO(template(ctx)), mimetype=XLSX, as_attachment=True, download_name="danh-muc-tuyen-duong-mau.xlsx"
    )
    return answer


def _defaults_of(form: Any) -> dict[str, str]:
    return {name: text for name in _DEFAULTS if (text := form[name].data or "")}


def _heading(name: str) -> str:
    return f"heading_{name}"


def _meaning(name: str, text: str) -> str:
    return f"meaning_{name}_{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _texts_of(sheet: UploadedTable, uploaded: RouteWorkbook) -> list[tuple[str, str]]:
    """The distinct texts of the columns whose values a person may say, as (field, text)."""
    columns = columns_of(sheet, command_of(uploaded).headings)
    meant = {name: heading for name, heading in columns.items() if name == COMMUNE or _is_meant(name)}
    rows = sheet.cells_by_field(meant)
    return sorted({(name, text.strip()) for _number, cells in rows for name, text in cells.items() if text.strip()})


def _is_meant(name: str) -> bool:
    return name in ITEM_FIELDS and is_meant(ITEM_FIELDS[name])


def _reading_form(ctx: Ctx, uploaded: RouteWorkbook, sheet: UploadedTable, pairs: Sequence[tuple[str, str]]) -> Any:
    """The class of the form: a select for each field with the columns of the file, and one for each pair."""
    columns = [SelectChoice("", _("Không có cột này"))]
    columns += [SelectChoice(str(at), shown(text)[:_SHOWN] or "–") for at, text in enumerate(sheet.header)]
    fields: dict[str, Any] = {
        _heading(name): SelectField(COLUMNS[name][0], choices=columns, validators=[Optional()]) for name in _READ
    }
    for name, text in pairs:
        label = _("“%(text)s” ở cột %(column)s là", text=shown(text)[:_SHOWN], column=COLUMNS[name][0])
        fields[_meaning(name, text)] = SelectField(
            label, choices=_values_of(ctx, name), validators=[Optional()], validate_choice=True
        )
    return type("ReadingForm", (ReadingFormBase,), fields)


def _values_of(ctx: Ctx, name: str) -> list[SelectChoice]:
    first = SelectChoice("", _("Chưa rõ, không nhận dòng đó"))
    if name == COMMUNE:
        return [first, *(SelectChoice(str(number), text) for number, text in commune_choices(ctx.session, ctx.today))]
    declared = ITEM_FIELDS[name]
    empty = [] if declared.required else [SelectChoice(NO_VALUE, _("Để trống"))]
    if declared.choices is None:
        return [first, SelectChoice("true", _("Có")), SelectChoice("false", _("Không"))]
    return [first, *empty, *(SelectChoice(each.value, each.label) for each in declared.choices)]


def _options(form: Any, sheet: UploadedTable, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """How the form says that the workbook is read; Invalid where one column is taken for two fields."""
    headings: dict[str, str] = {}
    for name in _READ:
        at = form[_heading(name)].data or ""
        headings[name] = sheet.header[int(at)] if at else ""
    problems = {
        _heading(name): _("Cột “%(heading)s” đã chọn cho trường khác; mỗi cột một trường.", heading=heading[:_SHOWN])
        for name, heading in headings.items()
        if heading and list(headings.values()).count(heading) > 1
    }
    if problems:
        raise Invalid(problems)
    meanings: dict[str, dict[str, str]] = {}
    for name, text in pairs:
        if code := form[_meaning(name, text)].data:
            meanings.setdefault(name, {})[text] = code
    return {"defaults": _defaults_of(form), "headings": headings, "meanings": meanings}


def _workbook_page(ctx: Ctx, uploaded: RouteWorkbook, form: Any = None) -> str:
    route_list = get_list(ctx, uploaded.route_list_id)
    if uploaded.outcome is not None:
        outcome = ImportedRows(**uploaded.outcome)
        return render_template(
            "routelists/workbook.html",
            found=route_list,
            workbook=uploaded,
            outcome=outcome,
            unplaced=next(iter(unplaced_drafts(ctx, route_list.id)), None),
            form=None,
        )
    sheet, command, problem = sheet_of(ctx, uploaded), command_of(uploaded), ""
    try:
        outcome = preview_rows(ctx, command, sheet)
    except Invalid as refused:
        outcome, problem = ImportedRows(), refused.message
    meant = {(name, text) for name, texts in command.meanings.items() for text in texts}
    pairs = sorted(set(outcome.unknown) | meant)
    columns = columns_of(sheet, command.headings)
    if form is None:
        indexes = {_heading(name): str(sheet.header.index(heading)) for name, heading in columns.items()}
        codes = {_meaning(name, text): command.meanings.get(name, {}).get(text, "") for name, text in pairs}
        data = {**command.defaults, **indexes, **codes}
        form = _reading_form(ctx, uploaded, sheet, pairs)(formdata=None, data=data, version=str(uploaded.version))
        if problem:
            add_errors(form, {_heading("street_name"): [problem]})
    return render_template(
        "routelists/workbook.html",
        found=route_list,
        workbook=uploaded,
        outcome=outcome,
        form=form,
        columns=[(COLUMNS[name][0], heading) for name, heading in columns.items()],
        headings=[form[_heading(name)] for name in _READ],
        meanings=[(form[_meaning(*pair)], outcome.unknown.get(pair, 0)) for pair in pairs if _meaning(*pair) in form],
        labels={name: field.label for name, field in ITEM_FIELDS.items()},
    )
