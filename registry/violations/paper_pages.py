"""Pages of the papers of a violation: files to edit and to print, numbers, electronic minutes and their signed file."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response as FlaskResponse
from flask import redirect, render_template, request, send_file, url_for
from flask_wtf.file import FileField, FileRequired
from werkzeug.wrappers import Response

from registry.audit.access_log import log_personal_data
from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import allowed, require
from registry.documents.issued import served_pdf
from registry.documents.official import DOCX, OfficialPaper, write_docx, write_pdf
from registry.documents.signatures import SIGNATURE_ROOTS
from registry.files.pages import STORE
from registry.files.queries import list_files
from registry.files.storage import FileStore
from registry.files.types import MAX_BYTES
from registry.kernel.errors import NotFound
from registry.kernel.fields import Field
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import form_field
from registry.kernel.forms.submit import act, submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import DEFAULT_LANGUAGE, _, _l, force_locale
from registry.kernel.numbers import parse_id
from registry.violations.case_file import write_case_file
from registry.violations.codes import CODE, PaperKind
from registry.violations.electronic import accept_signed, may_sign, prepare_minutes, take_paper, takes_signatures
from registry.violations.models import Violation, ViolationPaper
from registry.violations.papers import (
    available_kinds,
    digests_of,
    files_of_papers,
    find_paper,
    readable_papers,
    served_paper,
    stored_paper,
)
from registry.violations.payment import payment_of
from registry.violations.queries import get_violation
from registry.violations.service import NUMBERED_APART, number_paper
from registry.violations.workflow import VIOLATION
from registry.workflow.forms import MoveForm
from registry.workflow.views import possible_moves

bp = GuardedBlueprint("violation_papers", __name__, errors=html_errors, url_prefix="/violations/<int:case_id>/papers")


class SignedForm(BaseForm):
    """The signed file of the minutes."""

    file = FileField(
        _l("Tệp PDF đã ký số"),
        [FileRequired(_l("Chưa chọn tệp; hãy chọn bản PDF đã ký số."))],
        description=_l("Ký số đúng bản PDF đã tải về; chữ ký của người lập biên bản."),
        render_kw={"accept": ".pdf"},
    )


class OnPaperForm(MoveForm):
    """Why the minutes go on on paper."""

    reason = form_field(
        Field("reason", _l("Lý do chuyển sang biên bản giấy"), max_length=500, required=True, multiline=True)
    )


@bp.get("", permission=P.VIOLATION_PAPERS)
def index(ctx: Ctx, case_id: int) -> str:
    """The papers of the case; an organisation finds those that were served to it."""
    return _page(ctx, _case(ctx, case_id, P.VIOLATION_PAPERS))


@bp.get("/<kind>.pdf", permission=P.VIOLATION_PAPERS, costly=True)
def pdf(ctx: Ctx, case_id: int, kind: str) -> FlaskResponse:
    """The paper as PDF."""
    case, paper_kind = _case(ctx, case_id, P.VIOLATION_PAPERS), _kind(kind)
    return _sent(case, paper_kind, _pdf(ctx, case, paper_kind), "pdf", "application/pdf")


@bp.get("/<kind>.docx", permission=P.VIOLATION_EVIDENCE, costly=True)
def docx(ctx: Ctx, case_id: int, kind: str) -> FlaskResponse:
    """The paper as an editable file."""
    case, paper_kind = _case(ctx, case_id), _kind(kind)
    return _sent(
        case, paper_kind, write_docx(_paper(ctx, case, paper_kind, _issued(ctx, case, paper_kind))), "docx", DOCX
    )


@bp.get("/case-file.zip", permission=P.VIOLATION_HANDLE, costly=True)
def case_file(ctx: Ctx, case_id: int) -> FlaskResponse:
    """All papers and originals with their SHA-256, for a court; handing it out is logged."""
    case = _case(ctx, case_id, P.VIOLATION_HANDLE)
    log_personal_data(ctx, "violation_case_file", case.handler_organisation_id, case=case.number)
    with force_locale(DEFAULT_LANGUAGE):
        archive = write_case_file(ctx, _store(), case, pdf_of, write_pdf)
    return send_file(
        archive, mimetype="application/zip", as_attachment=True, download_name=f"{case.number}-ho-so.zip", max_age=0
    )


@bp.get("/payment", permission=P.VIOLATION_PAPERS)
def payment(ctx: Ctx, case_id: int) -> str:
    """The sum of today, the account and the reference as a QR code, for who pays and who confirms."""
    case = _case(ctx, case_id, P.VIOLATION_PAPERS)
    moves = {move.name for move in possible_moves(ctx, VIOLATION, case)}
    return render_template(
        "violations/payment.html",
        case=case,
        payment=payment_of(ctx, case),
        may_report="report_payment" in moves,
    )


@bp.post("/<kind>/number", permission=P.VIOLATION_HANDLE)
def number(ctx: Ctx, case_id: int, kind: str) -> Response:
    """Give a notice or a check its number, when it is signed."""
    _case(ctx, case_id, P.VIOLATION_HANDLE)
    number_text = act(ctx, lambda: number_paper(ctx, case_id, _kind(kind)))
    if number_text:
        flash_done(ctx, _("Đã cấp số %(number)s.", number=number_text))
    return redirect(url_for("violation_papers.index", case_id=case_id), code=303)


@bp.post("/electronic", permission=P.VIOLATION_HANDLE, costly=True)
def prepare(ctx: Ctx, case_id: int) -> Page:
    """Make the PDF that is to be signed."""
    case = _case(ctx, case_id, P.VIOLATION_HANDLE)
    pdf_file = make_pdf_of_minutes(ctx, case)
    form = MoveForm()
    if act(ctx, lambda: prepare_minutes(ctx, _store(), case_id, pdf_file, form.read_version)):
        flash_done(ctx, _("Đã tạo bản PDF; hãy tải về, ký số rồi gửi lại ở trang này."))
    return redirect(url_for("violation_papers.index", case_id=case_id), code=303)


@bp.post("/signed", permission=P.VIOLATION_HANDLE, costly=True)
def signed(ctx: Ctx, case_id: int) -> Page:
    """Check and keep the signed minutes; 422 says what is wrong with the file."""
    case, form = _case(ctx, case_id, P.VIOLATION_HANDLE), SignedForm()

    def accept() -> Any:
        sent = form.file.data
        roots = SIGNATURE_ROOTS.current()
        return accept_signed(ctx, _store(), case_id, sent.filename or "", sent.stream.read(MAX_BYTES + 1), roots)

    return _answered(ctx, case, form, accept, _("Đã kiểm tra và lưu biên bản ký số."), signed_form=form)


@bp.post("/on-paper", permission=P.VIOLATION_HANDLE)
def on_paper(ctx: Ctx, case_id: int) -> Page:
    """Go on with minutes on paper."""
    case, form = _case(ctx, case_id, P.VIOLATION_HANDLE), OnPaperForm()
    notice = _("Biên bản chuyển sang bản giấy.")
    return _answered(
        ctx, case, form, lambda: take_paper(ctx, case_id, form.reason.value, form.read_version), notice, paper_form=form
    )


def make_pdf_of_minutes(ctx: Ctx, case: Violation) -> bytes:
    return _pdf(ctx, case, PaperKind.MINUTES)


def _answered(
    ctx: Ctx, case: Violation, form: BaseForm, call: Callable[[], Any], notice: str, **forms: BaseForm
) -> Page:
    done = submit(ctx, form, call)
    if done is None:
        return _page(ctx, case, **forms), form.refusal_status
    flash_done(ctx, notice)
    return redirect(url_for("violation_papers.index", case_id=case.id), code=303)


def _case(ctx: Ctx, case_id: int, permission: P = P.VIOLATION_EVIDENCE) -> Violation:
    case = get_violation(ctx, case_id)
    require(ctx, permission, case)
    return case


def _kind(code: str) -> PaperKind:
    if code not in set(PaperKind):
        raise NotFound(_("Không có văn bản nào mang mã “%(code)s”.", code=code[:60]))
    return PaperKind(code)


def _issued(ctx: Ctx, case: Violation, kind: PaperKind) -> ViolationPaper | None:
    """The issued paper, of the edition that the address names, if it names one; None for a draft."""
    issued = find_paper(ctx, case, kind, parse_id(request.args.get("edition")))
    if issued is None and not allowed(ctx, P.VIOLATION_EVIDENCE, case):
        # Drafts are read by the offices alone.
        raise NotFound(_("Chưa có “%(paper)s” nào được giao cho đơn vị.", paper=str(kind.label)))
    return issued


def _paper(ctx: Ctx, case: Violation, kind: PaperKind, issued: ViolationPaper | None) -> OfficialPaper:
    with force_locale(DEFAULT_LANGUAGE):
        return served_paper(ctx, case, kind, issued)


def _pdf(ctx: Ctx, case: Violation, kind: PaperKind) -> bytes:
    """The file as it was first served, of a draft one of now."""
    return pdf_of(ctx, case, kind, _issued(ctx, case, kind))


def pdf_of(ctx: Ctx, case: Violation, kind: PaperKind, issued: ViolationPaper | None) -> bytes:
    """The PDF of a paper that the actor may read."""
    stored = stored_paper(ctx, case, issued)
    make = partial(_made, ctx, case, kind, issued)
    return make() if stored is None else served_pdf(ctx, stored, make)


def _made(ctx: Ctx, case: Violation, kind: PaperKind, issued: ViolationPaper | None) -> bytes:
    return write_pdf(_paper(ctx, case, kind, issued))


def _sent(case: Violation, kind: PaperKind, content: bytes, extension: str, media_type: str) -> FlaskResponse:
    name = f"{case.number}-{kind.value.replace('_', '-')}.{extension}"
    return send_file(io.BytesIO(content), mimetype=media_type, as_attachment=True, download_name=name, max_age=0)


def _store() -> FileStore:
    return STORE.current()


def _page(ctx: Ctx, case: Violation, signed_form: BaseForm | None = None, paper_form: BaseForm | None = None) -> str:
    handles = allowed(ctx, P.VIOLATION_HANDLE, case)
    is_office = allowed(ctx, P.VIOLATION_EVIDENCE, case)
    files = list_files(ctx, CODE, case.id) if case.is_electronic and is_office else ()
    paper = paper_form or OnPaperForm(formdata=None)
    # What is sent next was decided on the page as it is now.
    paper.version.data = str(case.version)
    return render_template(
        "violations/papers.html",
        case=case,
        drafts=[kind for kind in available_kinds(case) if is_office and find_paper(ctx, case, kind, None) is None],
        issued=sorted((row for rows in readable_papers(ctx, case).values() for row in rows), key=lambda row: -row.id),
        is_office=is_office,
        digests=digests_of(ctx, case),
        pdf_files=files_of_papers(ctx, case),
        numberable=[kind for kind in available_kinds(case) if kind in NUMBERED_APART],
        handles=handles,
        waits=handles and may_sign(case),
        takes_signatures=handles and takes_signatures(case),
        has_roots=SIGNATURE_ROOTS.current() is not None,
        signed_form=signed_form or SignedForm(formdata=None),
        paper_form=paper,
        failed=signed_form or paper_form,
        file_ids={link.attachment.sha256: link.attachment.id for link in files},
        form=BaseForm(formdata=None),
    )
