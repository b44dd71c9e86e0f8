"""Pages of attachments: add, withdraw, open; access to a file follows the access to its object.

Refusals take equally long, whatever was looked up for them.
"""

from __future__ import annotations

import math
import time
from typing import Any, Final

from flask import Response, after_this_request, current_app, redirect, render_template, send_file, url_for
from flask_wtf.file import FileField, FileRequired
from werkzeug.wrappers import Response as BaseResponse
from wtforms import StringField, SubmitField
from wtforms.validators import Length

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.files.forms import ACCEPT, FILE_HINT, to_add
from registry.files.models import IMAGE_TYPES, Attachment
from registry.files.queries import get_file, list_files
from registry.files.service import MAX_CAPTION, AddFile, WithdrawFile, add_file, withdraw_file
from registry.files.storage import FileStore
from registry.files.subjects import subject_of
from registry.kernel.errors import NotFound
from registry.kernel.forms.answers import flash_done
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, _l
from registry.kernel.services import Service

#: More than what is looked up takes, so that all refusals end at the first step on a machine that is not overloaded.
STEP_S: Final = 0.05
_REFUSED: Final = 400


def even_refusals() -> None:
    """Let a refusal of this request end at a whole number of steps from now; after its transaction, without a lock."""
    started = time.monotonic()

    @after_this_request
    def wait(response: Response) -> Response:
        if response.status_code >= _REFUSED:
            spent = time.monotonic() - started
            time.sleep(math.ceil(spent / STEP_S) * STEP_S - spent)
        return response


#: The files of all subjects.
STORE = Service[FileStore]("registry.files")
#: Its folder below the data directory.
FOLDER: Final = "files"
#: A browser that opens a file may run and load nothing.
_FILE_POLICY: Final = "default-src 'none'; frame-ancestors 'none'; sandbox"

#: Ids are bigint: larger numbers match no URL.
ID: Final = f"int(max={2**63 - 1})"

bp = GuardedBlueprint("files", __name__, errors=html_errors, url_prefix="/files")


class FileForm(BaseForm):
    """One file and its caption."""

    file = FileField(
        _l("Tệp"),
        [FileRequired()],
        description=FILE_HINT,
        render_kw=ACCEPT,
    )
    caption = StringField(_l("Chú thích"), [Length(max=MAX_CAPTION)])
    send = SubmitField(_l("Tải tệp lên"))

    def to_command(self, subject_kind: str, subject_id: int) -> AddFile:
        return to_add(self.file.data, subject_kind, subject_id, self.caption.data)


def files_part(ctx: Ctx, subject_kind: str, subject_id: int, *, can_add: bool = False) -> dict[str, Any]:
    """What templates/files/panel.html shows of an object; refused like the object itself."""
    return {
        "links": list_files(ctx, subject_kind, subject_id),
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "can_add": can_add,
    }


def _store() -> FileStore:
    return STORE.current()


def _object_url(subject_kind: str, subject_id: int) -> str:
    subject = subject_of(subject_kind)
    values: dict[str, Any] = {subject.argument: subject_id}
    return url_for(subject.page, **values)


def _back(subject_kind: str, subject_id: int) -> BaseResponse:
    return redirect(_object_url(subject_kind, subject_id), code=303)


@bp.get(f"/<{ID}:attachment_id>", permission=P.FILE_READ, endpoint="open")
def open_file(ctx: Ctx, attachment_id: int) -> Response:
    """Show a photo, download any other file. One that the reader may not know is refused like one that is not there."""
    even_refusals()
    attachment = get_file(ctx, attachment_id)
    return send_stored(attachment, attachment.open_name)


def send_stored(attachment: Attachment, stored_name: str) -> Response:
    """Send one of the files of an attachment; the caller has checked that the actor may read it."""
    path = _store().path(stored_name)
    if not path.is_file():
        current_app.logger.error("attachment %s is missing in the store", attachment.id)
        raise NotFound(_("Tệp số %(number)s không còn trong kho; hãy báo quản trị hệ thống.", number=attachment.id))
    is_image = attachment.media_type in IMAGE_TYPES
    response = send_file(
        path,
        mimetype=attachment.media_type,
        as_attachment=not is_image,
        download_name=attachment.served_name,
        etag=stored_name,
    )
    response.headers["Content-Security-Policy"] = _FILE_POLICY
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.get(f"/<subject_kind>/<{ID}:subject_id>/add", permission=P.FILE_ADD)
def add(ctx: Ctx, subject_kind: str, subject_id: int) -> str:
    subject_of(subject_kind).authorise(ctx, subject_id, P.FILE_ADD)
    return _page(FileForm(), subject_kind, subject_id)


@bp.post(f"/<subject_kind>/<{ID}:subject_id>/add", permission=P.FILE_ADD, endpoint="add_post")
def add_post(ctx: Ctx, subject_kind: str, subject_id: int) -> BaseResponse | tuple[str, int]:
    """Store the file, or show the error at its field (422)."""
    form = FileForm()
    added = submit(ctx, form, lambda: add_file(ctx, _store(), form.to_command(subject_kind, subject_id)))
    if added is None:
        subject_of(subject_kind).authorise(ctx, subject_id, P.FILE_ADD)
        return _page(form, subject_kind, subject_id), form.refusal_status
    flash_done(ctx, _("Đã lưu tệp “%(name)s”.", name=added.file_name))
    return _back(subject_kind, subject_id)


@bp.post(f"/<subject_kind>/<{ID}:subject_id>/<{ID}:attachment_id>/withdraw", permission=P.FILE_ADD)
def withdraw(ctx: Ctx, subject_kind: str, subject_id: int, attachment_id: int) -> BaseResponse:
    withdraw_file(ctx, WithdrawFile(subject_kind=subject_kind, subject_id=subject_id, attachment_id=attachment_id))
    flash_done(ctx, _("Đã gỡ tệp; bản gốc vẫn được lưu làm bằng chứng."))
    return _back(subject_kind, subject_id)


def _page(form: FileForm, subject_kind: str, subject_id: int) -> str:
    return render_template("files/form.html", form=form, back=_object_url(subject_kind, subject_id))
