"""Pages that cover faces and plates on the photos of a violation."""

from __future__ import annotations

import re
from typing import Any, Final

from flask import Response as FlaskResponse
from flask import redirect, render_template, send_file, url_for
from werkzeug.wrappers import Response
from wtforms.validators import ValidationError

from registry.audit.access_log import log_personal_data
from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.files.models import Attachment
from registry.files.pages import ID, STORE, send_stored
from registry.files.photos import Box
from registry.files.service import RedactPhoto, find_file, find_photo, redact_photo
from registry.files.storage import FileStore
from registry.kernel.errors import NotFound
from registry.kernel.fields import Field
from registry.kernel.forms.answers import flash_done
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import form_field
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, _l, _n
from registry.kernel.text import shown
from registry.violations.codes import CODE
from registry.violations.models import Violation
from registry.violations.queries import get_violation

bp = GuardedBlueprint("violation_photos", __name__, errors=html_errors)
_MOST_BOXES: Final = 50
_BOX: Final = re.compile(r"(\d{1,5})[\s,;]+(\d{1,5})[\s,;]+(\d{1,5})[\s,;]+(\d{1,5})")


class RedactForm(BaseForm):
    """One box a line: left, top, width, height in pixels."""

    boxes = form_field(
        Field(
            "boxes",
            _l("Vùng che"),
            max_length=2000,
            required=True,
            multiline=True,
            hint=_l("Mỗi dòng một vùng: trái, trên, rộng, cao (điểm ảnh), ví dụ 120 80 60 40; hoặc kéo trên ảnh."),
        )
    )

    def validate_boxes(self, field: Any) -> None:
        """Every line is a box."""
        lines = _lines(field.data)
        for number, line in enumerate(lines, 1):
            if not _BOX.fullmatch(line):
                raise ValidationError(
                    _(
                        "Dòng %(number)d “%(line)s” không phải vùng che; cần bốn số: trái, trên, rộng, cao.",
                        number=number,
                        line=shown(line),
                    )
                )
        if len(lines) > _MOST_BOXES:
            raise ValidationError(
                _n("Có %(count)d vùng; tối đa %(most)d.", len(lines), count=len(lines), most=_MOST_BOXES)
            )

    def read_boxes(self) -> list[Box]:
        """The boxes of a valid form."""
        boxes = (_BOX.fullmatch(line) for line in _lines(self.boxes.data))
        return [(int(box[1]), int(box[2]), int(box[3]), int(box[4])) for box in boxes if box]


@bp.get(f"/violations/<int:case_id>/photos/<{ID}:attachment_id>/redact", permission=P.VIOLATION_HANDLE)
def redact(ctx: Ctx, case_id: int, attachment_id: int) -> str:
    case, photo = _photo(ctx, case_id, attachment_id)
    return _page(RedactForm(formdata=None), case, photo)


@bp.post(
    f"/violations/<int:case_id>/photos/<{ID}:attachment_id>/redact",
    permission=P.VIOLATION_HANDLE,
    endpoint="redact_post",
)
def redact_post(ctx: Ctx, case_id: int, attachment_id: int) -> str | tuple[str, int] | Response:
    """Cover the boxes; 422 keeps what was typed."""
    case, photo = _photo(ctx, case_id, attachment_id)
    form, store = RedactForm(), _store()

    def cover() -> Attachment:
        boxes = form.read_boxes()
        return redact_photo(
            ctx, store, RedactPhoto(subject_kind=CODE, subject_id=case.id, attachment_id=photo.id, boxes=boxes)
        )

    if submit(ctx, form, cover) is None:
        return _page(form, case, photo), form.refusal_status
    flash_done(ctx, _("Đã che ảnh; bản gốc và bản chưa che được lưu riêng."))
    return redirect(url_for("violations.detail", case_id=case_id, _anchor="files"), code=303)


@bp.get(f"/violations/<int:case_id>/photos/<{ID}:attachment_id>/source", permission=P.VIOLATION_HANDLE)
def source(ctx: Ctx, case_id: int, attachment_id: int) -> FlaskResponse:
    """The unredacted photo, for who covers parts of it."""
    _case, photo = _photo(ctx, case_id, attachment_id)
    return send_stored(photo, photo.stored_name)


@bp.get(
    f"/violations/<int:case_id>/files/<{ID}:attachment_id>/original", permission=P.VIOLATION_HANDLE, endpoint="original"
)
def original(ctx: Ctx, case_id: int, attachment_id: int) -> FlaskResponse:
    """The unchanged original with its SHA-256, for the office that handles the case; handing it out is logged."""
    case = get_violation(ctx, case_id)
    require(ctx, P.VIOLATION_HANDLE, case)
    file = find_file(ctx, CODE, case.id, attachment_id)
    log_personal_data(
        ctx,
        "violation_original",
        case.handler_organisation_id,
        case=case.number,
        attachment=file.id,
        sha256=file.sha256,
    )
    path = _store().original_path(file.sha256)
    if not path.is_file():
        raise NotFound(_("Tệp số %(number)s không còn trong kho; hãy báo quản trị hệ thống.", number=file.id))
    extension = file.file_name.rpartition(".")[2].lower()
    response = send_file(
        path,
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=f"{case.number}-{file.id}-{file.sha256}.{extension}",
        etag=file.sha256,
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _photo(ctx: Ctx, case_id: int, attachment_id: int) -> tuple[Violation, Attachment]:
    case = get_violation(ctx, case_id)
    require(ctx, P.VIOLATION_HANDLE, case)
    return case, find_photo(ctx, CODE, case.id, attachment_id)


def _store() -> FileStore:
    return STORE.current()


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _page(form: RedactForm, case: Violation, photo: Attachment) -> str:
    return render_template("violations/redact.html", form=form, case=case, photo=photo)
