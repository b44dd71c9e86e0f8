"""The form of an attachment."""

from __future__ import annotations

from flask_wtf.file import FileField, FileRequired
from werkzeug.datastructures import FileStorage
from wtforms import StringField, SubmitField
from wtforms.validators import Length

from registry.files.commands import AddFile
from registry.files.types import ACCEPTED, MAX_BYTES, TYPES
from registry.kernel.forms.base import BaseForm
from registry.kernel.i18n import _l

_MAX_CAPTION = 300


class FileForm(BaseForm):
    """One file and what it shows."""

    file = FileField(
        _l("Tệp"),
        [FileRequired()],
        description=_l("Tối đa %(most)d MB; nhận %(types)s.", most=MAX_BYTES // (1024 * 1024), types=ACCEPTED),
        render_kw={"accept": ",".join(f".{extension}" for extension in TYPES)},
    )
    caption = StringField(_l("Chú thích"), [Length(max=_MAX_CAPTION)])
    send = SubmitField(_l("Tải tệp lên"))

    def to_command(self, subject_kind: str, subject_id: int) -> AddFile:
        """The command, with at most one byte more than is taken, so that the service can say that it is too much."""
        sent: FileStorage = self.file.data
        return AddFile(
            subject_kind=subject_kind,
            subject_id=subject_id,
            file_name=sent.filename or "",
            content=sent.stream.read(MAX_BYTES + 1),
            caption=self.caption.data,
        )
