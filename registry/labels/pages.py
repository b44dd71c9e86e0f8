"""Labels: choose structures, print sheets, revoke a label, and the card that a printed code opens."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from wtforms import TextAreaField
from wtforms.validators import Length

from registry.accounts.attempts import SecretCode
from registry.accounts.browser import counting_wrong
from registry.accounts.rules import format_phone
from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.documents.pdf import make_pdf
from registry.kernel.base32 import grouped
from registry.kernel.errors import Conflict, Invalid, NotFound
from registry.kernel.feature import ExtensionPoint
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.submit import act, submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import DEFAULT_LANGUAGE, _, _l, force_locale
from registry.kernel.lists.choice import COLUMNS
from registry.kernel.lists.page import list_page
from registry.kernel.services import Service
from registry.labels.list_view import SHEETS
from registry.labels.queries import get_card, get_label, lead_department, list_labels, printable_codes
from registry.labels.rules import (
    MAX_LABELS,
    SIZES,
    Size,
    printed_labels,
    problem_of_filter,
    read_code,
    read_structure_codes,
)
from registry.labels.service import IssueLabels, issue_labels, revoke_label
from registry.structures.filtering.url import MAP_ARGS, query_string, read_filter
from registry.structures.kinds import KINDS
from registry.structures.listing.saved_filters import WHOLE, expand_saved
from registry.territory.queries import get_province

bp = GuardedBlueprint("labels", __name__, errors=html_errors)

#: Public address of the register (a setting); None where it is not set.
BASE_URL = Service[str | None]("registry.labels.base_url", default=None)
#: Endpoint of the form that reports an incident (argument `label`).
REPORT_PAGE = ExtensionPoint[str]("labels.report_page")
#: Arguments of the list address that are not part of its filter.
_NO_FILTER: Final = (WHOLE, "cursor", "sort", "order", COLUMNS, "code", *MAP_ARGS)
_MAX_TEXT: Final = 20_000


class LabelsForm(BaseForm):
    """The codes of the structures to label."""

    codes = TextAreaField(
        _l("Mã công trình"),
        validators=[Length(max=_MAX_TEXT)],
        description=_l(
            "Mỗi dòng một mã tỉnh hoặc mã của chủ sở hữu, tối đa %(most)d mã; nhãn được in theo thứ tự này.",
            most=MAX_LABELS,
        ),
    )

    def to_command(self) -> IssueLabels:
        return IssueLabels(read_structure_codes(self.codes.data or ""))


@bp.get("/labels", permission=P.LABEL_PRINT)
def index(ctx: Ctx) -> str:
    """Issued sheets, newest first."""
    return render_template("labels/index.html", listing=list_page(ctx, SHEETS))


@bp.get("/labels/new", permission=P.LABEL_PRINT)
def new(ctx: Ctx) -> Page:
    """Review the structures ticked in the list (`code`) or all of its filter (`all`) before labels are issued.

    422 where the filter matches none that the actor may label, or too many.
    """
    if request.args.get("all"):
        return _filter_page(ctx)
    codes = [code for code in request.args.getlist("code") if code][: MAX_LABELS + 1]
    return _form_page(LabelsForm(formdata=None, codes="\n".join(codes)))


@bp.post("/labels", permission=P.LABEL_PRINT)
def issue(ctx: Ctx) -> Page:
    """Issue one label for each structure; 422 names the codes that get none."""
    form = LabelsForm()
    sheet_id = submit(ctx, form, lambda: issue_labels(ctx, form.to_command()))
    if sheet_id is None:
        return _form_page(form), form.refusal_status
    flash_done(ctx, _("Đã cấp nhãn; hãy tải tệp để in."))
    return redirect(url_for("labels.sheet", sheet_id=sheet_id), code=303)


@bp.get("/labels/sheets/<int:sheet_id>", permission=P.LABEL_PRINT)
def sheet(ctx: Ctx, sheet_id: int) -> str:
    """One sheet: its files to print, and each label with a button to revoke it."""
    rows = list_labels(ctx, sheet_id)
    return render_template(
        "labels/sheet.html",
        sheet_id=sheet_id,
        rows=rows,
        live=sum(row.revoked_at is None for row in rows),
        silent=sorted({row.owner for row in rows if not row.hotline}),
        sizes=SIZES.values(),
        grouped=grouped,
        kinds=KINDS,
        form=BaseForm(),
        base_url=_base_url(),
        is_local=BASE_URL.current() is None,
    )


@bp.get("/labels/sheets/<int:sheet_id>/<size>.pdf", permission=P.LABEL_PRINT, costly=True)
def pdf(ctx: Ctx, sheet_id: int, size: str) -> Response:
    """The valid labels of a sheet as a PDF file."""
    layout = _size(size)
    response = make_response(make_pdf(_paper(ctx, sheet_id, layout)))
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="nhan-{sheet_id}-{layout.code}.pdf"'
    return response


@bp.get("/labels/sheets/<int:sheet_id>/<size>", permission=P.LABEL_PRINT, costly=True)
def paper(ctx: Ctx, sheet_id: int, size: str) -> str:
    """The valid labels of a sheet as a page to print from the browser."""
    return _paper(ctx, sheet_id, _size(size))


@bp.post("/labels/<int:label_id>/revoke", permission=P.LABEL_PRINT)
def revoke(ctx: Ctx, label_id: int) -> Page:
    """Revoke one label."""
    label, structure = get_label(ctx, label_id)
    act(ctx, lambda: revoke_label(ctx, label_id))
    flash_done(
        ctx, _("Đã thu hồi nhãn %(code)s của %(structure)s.", code=grouped(label.code), structure=structure.code)
    )
    return redirect(url_for("labels.sheet", sheet_id=label.sheet_id), code=303)


@bp.get("/t/<label>", permission=P.PUBLIC)
def card(ctx: Ctx, label: str) -> Page:
    """The address in a QR code: the full page for readers who see the structure exactly, else the public card."""
    with counting_wrong(SecretCode.LABEL):
        label_card = get_card(ctx, read_code(label))
    if label_card.exact and label_card.structure is not None:
        return redirect(url_for("structures.detail", code=label_card.structure.code))
    department, report = lead_department(ctx), REPORT_PAGE.only()
    return render_template(
        "labels/card.html",
        structure=label_card.structure,
        kinds=KINDS,
        department=department,
        report_url=url_for(report, label=label) if report else None,
        shown_phone=format_phone,
        is_public=ctx.actor.id is None,
    )


def _filter_page(ctx: Ctx) -> Page:
    filters = MultiDict(
        (n, value) for n, value in expand_saved(ctx, request.args).items(multi=True) if n not in _NO_FILTER
    )
    structure_filter = read_filter(filters)
    if structure_filter.when is not None:
        raise Invalid({"as_of": _("Chỉ in được nhãn cho dữ liệu hiện tại; hãy bỏ ngày xem khỏi bộ lọc.")})
    codes = printable_codes(ctx, structure_filter, MAX_LABELS)
    problem = problem_of_filter(len(codes))
    form = LabelsForm(formdata=None, codes="" if problem else "\n".join(codes))
    query = query_string(filters)
    list_url = url_for("structures.list") + "?" + (query or "all=1")
    page = _form_page(form, list_url=list_url, problem=problem, count=len(codes))
    return (page, Invalid.status) if problem else page


def _form_page(form: LabelsForm, **filter_info: Any) -> str:
    return render_template("labels/form.html", form=form, most=MAX_LABELS, **filter_info)


def _size(code: str) -> Size:
    if code not in SIZES:
        raise NotFound(
            _("Không có khổ nhãn “%(size)s”; cần một trong: %(known)s.", size=code[:20], known=", ".join(SIZES))
        )
    return SIZES[code]


def _base_url() -> str:
    return BASE_URL.current() or request.host_url.rstrip("/")


def _paper(ctx: Ctx, sheet_id: int, layout: Size) -> str:
    rows = [row for row in list_labels(ctx, sheet_id) if row.revoked_at is None]
    if not rows:
        raise Conflict(_("Mọi nhãn của tờ này đã được thu hồi; hãy cấp nhãn mới."))
    province = get_province(ctx.session)
    # Labels are Vietnamese, whatever language the printing user reads.
    with force_locale(DEFAULT_LANGUAGE):
        return render_template(
            "labels/paper.html",
            labels=printed_labels(rows, _base_url()),
            size=layout,
            sheet_id=sheet_id,
            province=province.name if province else "",
        )
