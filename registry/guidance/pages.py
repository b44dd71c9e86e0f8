"""Pages of the library: list, one document with its files, forms."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from flask import Response as FlaskResponse
from flask import redirect, render_template, url_for
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectChoice, SelectField, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from registry.authz.actors import Ctx, Role
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import allowed, holds, require
from registry.authz.start_page import StartPart
from registry.files.pages import STORE, send_stored
from registry.files.types import DOCX, MAX_BYTES, TYPES, accepted_types
from registry.guidance.commands import PublishDocument
from registry.guidance.list_view import DOCUMENTS, PUBLIC_DOCUMENTS
from registry.guidance.models import ADDRESSEES, GuidanceDocument, GuidanceKind
from registry.guidance.queries import (
    addressed_of,
    files_of,
    get_document,
    get_file,
    get_public,
    newest_public,
    own_receipts,
    publisher_of,
    read_reminders,
    receipts_of,
    versions_of,
)
from registry.guidance.service import acknowledge, publish, remind, withdraw
from registry.kernel.days import APPOINTED, DaySpan
from registry.kernel.fields import Field
from registry.kernel.forms.answers import Page, flash_done, go
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import declared_form
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, _l, _n
from registry.kernel.lists.page import list_page

bp = GuardedBlueprint("guidance", __name__, errors=html_errors, url_prefix="/guidance")
_TEXT: Final = 2_000
#: Documents on the start page of visitors.
_NEWEST: Final = 3


class _Upload(BaseForm):
    addressees = SelectMultipleField(
        _l("Đơn vị phải xác nhận đã nhận"),
        choices=[SelectChoice(role.value, role.label) for role in ADDRESSEES],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    kind = SelectField(_l("Loại"), choices=[SelectChoice(kind.value, kind.label) for kind in GuidanceKind])
    file = FileField(
        _l("Tệp"),
        [FileRequired(_l("Chưa chọn tệp; hãy chọn văn bản hoặc biểu mẫu."))],
        description=_l(
            "Tối đa %(most)d MB; nhận %(types)s.", most=MAX_BYTES // (1024 * 1024), types=accepted_types(DOCX)
        ),
        render_kw={"accept": ",".join(f".{extension}" for extension in (*TYPES, *DOCX))},
    )

    def to_command(self, replaces_id: int | None = None) -> PublishDocument:
        sent = self.file.data
        return PublishDocument(
            GuidanceKind(self.kind.data),
            self["title"].value,
            self["number"].value,
            self["issued_on"].value,
            self["summary"].value,
            sent.filename or "",
            sent.stream.read(MAX_BYTES + 1),
            is_public=bool(self["is_public"].value),
            addressees=tuple(Role(code) for code in self.addressees.data or ()),
            due_on=self["due_on"].value,
            replaces_id=replaces_id,
        )


PublishForm = declared_form(
    "PublishForm",
    (
        Field("title", _l("Tên tài liệu"), max_length=200, required=True),
        Field("number", _l("Số văn bản"), max_length=100),
        Field("issued_on", _l("Ngày ban hành"), python_type=date, span=DaySpan(since=date(1945, 9, 2), ahead=1)),
        Field("summary", _l("Nội dung chính"), max_length=_TEXT, multiline=True),
        Field(
            "is_public",
            _l("Công bố cho mọi người"),
            required=True,
            python_type=bool,
            hint=_l("Người không có tài khoản cũng đọc được."),
        ),
        Field("due_on", _l("Xác nhận trước hết ngày"), python_type=date, span=APPOINTED),
    ),
    _Upload,
)
WithdrawForm = declared_form(
    "WithdrawForm", (Field("reason", _l("Lý do gỡ"), max_length=500, required=True, multiline=True),)
)


#: A button alone: its token and nothing else.
AskForm = declared_form("AskForm", (), BaseForm)


@bp.get("", permission=P.GUIDANCE_READ)
def index(ctx: Ctx) -> str:
    may_edit = holds(ctx.actor, P.GUIDANCE_EDIT)
    return render_template("guidance/list.html", listing=list_page(ctx, DOCUMENTS), may_edit=may_edit)


@bp.get("/public", permission=P.PUBLIC)
def public(ctx: Ctx) -> str:
    """The documents for everyone."""
    return render_template("lists/list.html", listing=list_page(ctx, PUBLIC_DOCUMENTS))


@bp.get("/public/<int:document_id>", permission=P.PUBLIC)
def public_document(ctx: Ctx, document_id: int) -> str:
    document = get_public(ctx, document_id)
    return render_template(
        "guidance/public_document.html",
        document=document,
        publisher=publisher_of(ctx, document),
        files=files_of(ctx, document),
        versions=versions_of(ctx, document, public=True),
    )


@bp.get("/public/<int:document_id>/files/<int:attachment_id>", permission=P.PUBLIC)
def public_file(ctx: Ctx, document_id: int, attachment_id: int) -> FlaskResponse:
    """A file of a public document."""
    attachment = get_file(ctx, get_public(ctx, document_id), attachment_id)
    return send_stored(attachment, attachment.open_name)


@bp.get("/new", permission=P.GUIDANCE_EDIT)
def new(_ctx: Ctx) -> str:
    return _form_page(PublishForm(formdata=None))


@bp.post("/new", permission=P.GUIDANCE_EDIT)
def create(ctx: Ctx) -> Page:
    return _published(ctx, None)


@bp.get("/<int:document_id>/new-version", permission=P.GUIDANCE_EDIT)
def new_version(ctx: Ctx, document_id: int) -> str:
    """The form of a version that replaces a document, with what the document says."""
    document = _own(ctx, document_id)
    typed = {
        "kind": document.kind.value,
        "title": document.title,
        "number": document.number or "",
        "summary": document.summary or "",
        "is_public": "true" if document.is_public else "false",
        "addressees": document.addressees,
    }
    return _form_page(PublishForm(formdata=None, data=typed), document)


@bp.post("/<int:document_id>/new-version", permission=P.GUIDANCE_EDIT)
def replace(ctx: Ctx, document_id: int) -> Page:
    """Publish the version; 409 where another one replaced the document meanwhile."""
    return _published(ctx, _own(ctx, document_id))


@bp.post("/<int:document_id>/acknowledge", permission=P.GUIDANCE_READ, endpoint="acknowledge")
def confirm(ctx: Ctx, document_id: int) -> Page:
    """Acknowledge a document for the own organisation."""
    document, form = get_document(ctx, document_id), AskForm()
    done = submit(ctx, form, lambda: acknowledge(ctx, document_id))
    if done is None:
        return _page(ctx, document, WithdrawForm(formdata=None), form), form.refusal_status
    return go(ctx, "guidance.detail", _("Đã xác nhận đã nhận tài liệu."), document_id=document_id)


@bp.post("/<int:document_id>/remind", permission=P.GUIDANCE_EDIT, endpoint="remind")
def ask_again(ctx: Ctx, document_id: int) -> Page:
    """Remind those who have not acknowledged a document."""
    document, form = _own(ctx, document_id), AskForm()
    missing = submit(ctx, form, lambda: remind(ctx, document_id))
    if missing is None:
        return _page(ctx, document, WithdrawForm(formdata=None), form), form.refusal_status
    sentence = _n("Đã nhắc %(num)d đơn vị chưa xác nhận.", missing)
    return go(ctx, "guidance.detail", sentence, document_id=document_id)


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
    document, form = _own(ctx, document_id), WithdrawForm()
    done = submit(ctx, form, lambda: withdraw(ctx, document_id, form["reason"].value))
    if done is None:
        return _page(ctx, document, form), form.refusal_status
    flash_done(ctx, _("Đã gỡ tài liệu; tài liệu vẫn được giữ với lý do."))
    return redirect(url_for("guidance.index"), code=303)


def _own(ctx: Ctx, document_id: int) -> GuidanceDocument:
    document = get_document(ctx, document_id)
    require(ctx, P.GUIDANCE_EDIT, document)
    return document


def _published(ctx: Ctx, replaced: GuidanceDocument | None) -> Page:
    form = PublishForm()
    replaces_id = None if replaced is None else replaced.id
    document = submit(ctx, form, lambda: publish(ctx, STORE.current(), form.to_command(replaces_id)))
    if document is None:
        return _form_page(form, replaced), form.refusal_status
    return go(ctx, "guidance.detail", _("Đã công bố tài liệu."), document_id=document.id)


def _form_page(form: Any, replaced: GuidanceDocument | None = None) -> str:
    return render_template("guidance/form.html", form=form, replaced=replaced)


def _page(ctx: Ctx, document: GuidanceDocument, form: Any, ask: Any = None) -> str:
    keeps = allowed(ctx, P.GUIDANCE_EDIT, document)
    may_edit = keeps and document.withdrawn_at is None
    versions = versions_of(ctx, document)
    is_last = document.withdrawn_at is None and versions[0] is document
    receipts = receipts_of(ctx, document) if keeps else []
    addressed, acknowledged = addressed_of(ctx, document), own_receipts(ctx, document)
    return render_template(
        "guidance/detail.html",
        document=document,
        publisher=publisher_of(ctx, document),
        files=files_of(ctx, document),
        form=form if may_edit or form.form_errors else None,
        ask=ask,
        may_replace=may_edit and is_last,
        versions=versions,
        is_last=is_last,
        today=ctx.today,
        addressees=[str(Role(code).label) for code in document.addressees],
        receipts=receipts,
        count_acknowledged=sum(row.acknowledged_at is not None for row in receipts),
        may_remind=keeps and is_last and any(row.is_missing for row in receipts),
        is_asked=is_last and len(acknowledged) < len(addressed),
        acknowledged_at=acknowledged[-1].acknowledged_at if acknowledged else None,
    )


def start_part(ctx: Ctx) -> StartPart | None:
    """What the actor's organisation is to acknowledge, what others are late with, and for visitors the public part."""
    reminders = read_reminders(ctx)
    data: dict[str, Any] = {"guidance_waiting": reminders.waiting, "guidance_late": reminders.late}
    data["guidance_public"] = newest_public(ctx, _NEWEST) if ctx.actor.roles == {Role.PUBLIC} else []
    return StartPart("guidance/start.html", data | {"guidance_today": ctx.today}) if any(data.values()) else None
