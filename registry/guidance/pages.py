"""Pages of the library: list, one document with its files, forms."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from flask import Response as FlaskResponse
from flask import redirect, render_template, url_for
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectChoice, SelectField

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.files.pages import STORE, send_stored
from registry.files.types import DOCX, MAX_BYTES, TYPES, accepted_types
from registry.guidance.commands import PublishDocument
from registry.guidance.list_view import DOCUMENTS
from registry.guidance.models import GuidanceDocument, GuidanceKind
from registry.guidance.queries import files_of, get_document, get_file
from registry.guidance.service import publish, withdraw
from registry.kernel.days import DaySpan
from registry.kernel.fields import Field
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import declared_form
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, _l
from registry.kernel.lists.page import list_page

bp = GuardedBlueprint("guidance", __name__, errors=html_errors, url_prefix="/guidance")
_TEXT: Final = 2_000


class _Upload(BaseForm):
    kind = SelectField(_l("Loại"), choices=[SelectChoice(kind.value, kind.label) for kind in GuidanceKind])
    file = FileField(
        _l("Tệp"),
        [FileRequired(_l("Chưa chọn tệp; hãy chọn văn bản hoặc biểu mẫu."))],
        description=_l(
            "Tối đa %(most)d MB; nhận %(types)s.", most=MAX_BYTES // (1024 * 1024), types=accepted_types(DOCX)
        ),
        render_kw={"accept": ",".join(f".{extension}" for extension in (*TYPES, *DOCX))},
    )

    def to_command(self) -> PublishDocument:
        sent = self.file.data
        return PublishDocument(
            GuidanceKind(self.kind.data),
            self["title"].value,
            self["number"].value,
            self["issued_on"].value,
            self["summary"].value,
            sent.filename or "",
            sent.stream.read(MAX_BYTES + 1),
        )


PublishForm = declared_form(
    "PublishForm",
    (
        Field("title", _l("Tên tài liệu"), max_length=200, required=True),
        Field("number", _l("Số văn bản"), max_length=100),
        Field("issued_on", _l("Ngày ban hành"), python_type=date, span=DaySpan(since=date(1945, 9, 2), ahead=1)),
        Field("summary", _l("Nội dung chính"), max_length=_TEXT, multiline=True),
    ),
    _Upload,
)
WithdrawForm = declared_form(
    "WithdrawForm", (Field("reason", _l("Lý do gỡ"), max_length=500, required=True, multiline=True),)
)


@bp.get("", permission=P.GUIDANCE_READ)
def index(ctx: Ctx) -> str:
    may_edit = holds(ctx.actor, P.GUIDANCE_EDIT)
    return render_template("guidance/list.html", listing=list_page(ctx, DOCUMENTS), may_edit=may_edit)


@bp.get("/new", permission=P.GUIDANCE_EDIT)
def new(_ctx: Ctx) -> str:
    return render_template("guidance/form.html", form=PublishForm(formdata=None))


@bp.post("/new", permission=P.GUIDANCE_EDIT)
def create(ctx: Ctx) -> Page:
    form = PublishForm()
    document = submit(ctx, form, lambda: publish(ctx, STORE.current(), form.to_command()))
    if document is None:
        return render_template("guidance/form.html", form=form), form.refusal_status
    flash_done(ctx, _("Đã công bố tài liệu."))
    return redirect(url_for("guidance.detail", document_id=document.id), code=303)


@bp.get("/<int:document_id>", permission=P.GUIDANCE_READ)
def detail(ctx: Ctx, document_id: int) -> str:
    """One document with its files."""
    document = get_document(ctx, document_id)
    return _page(ctx, document, WithdrawForm(formdata=None))


@bp.get("/<int:document_id>/files/<int:attachment_id>", permission=P.GUIDANCE_READ)
def file(ctx: Ctx, document_id: int, attachment_id: int) -> FlaskResponse:
    """A file of a document."""
    attachment = get_file(ctx, get_document(ctx, document_id), attachment_id)
    return send_stored(attachment, attachment.open_name)


@bp.post("/<int:document_id>/withdraw", permission=P.GUIDANCE_EDIT, endpoint="withdraw")
def leave(ctx: Ctx, document_id: int) -> Page:
    """Take a document out of the library, with a reason."""
    document, form = get_document(ctx, document_id), WithdrawForm()
    done = submit(ctx, form, lambda: withdraw(ctx, document_id, form["reason"].value))
    if done is None:
        return _page(ctx, document, form), form.refusal_status
    flash_done(ctx, _("Đã gỡ tài liệu; tài liệu vẫn được giữ với lý do."))
    return redirect(url_for("guidance.index"), code=303)


def _page(ctx: Ctx, document: GuidanceDocument, form: Any) -> str:
    may_edit = holds(ctx.actor, P.GUIDANCE_EDIT) and document.withdrawn_at is None
    return render_template(
        "guidance/detail.html",
        document=document,
        files=files_of(ctx, document),
        form=form if may_edit or form.form_errors else None,
    )
