"""What the fields of forms that take files have in common."""

from __future__ import annotations

from typing import Final

from werkzeug.datastructures import FileStorage

from registry.files.service import AddFile
from registry.files.types import ACCEPTED, MAX_BYTES, TYPES
from registry.kernel.i18n import LazyText, _l

#: The files that a browser offers to choose from.
ACCEPT: Final = {"accept": ",".join(f".{extension}" for extension in TYPES)}
#: Descriptions of a field of one file, and of one that takes several.
FILE_HINT: Final[LazyText] = _l("Tối đa %(most)d MB; nhận %(types)s.", most=MAX_BYTES // (1024 * 1024), types=ACCEPTED)
FILES_HINT: Final[LazyText] = _l(
    "Tối đa %(most)d MB mỗi tệp; nhận %(types)s.", most=MAX_BYTES // (1024 * 1024), types=ACCEPTED
)


def content_of(file: FileStorage) -> bytes:
    """What was sent, up to one byte more than the limit, so that the service can refuse a larger file."""
    return file.stream.read(MAX_BYTES + 1)


def to_add(
    file: FileStorage, subject_kind: str, subject_id: int, caption: str | None = None, *, must_be_new: bool = False
) -> AddFile:
    return AddFile(
        subject_kind=subject_kind,
        subject_id=subject_id,
        file_name=file.filename or "",
        content=content_of(file),
        caption=caption,
        must_be_new=must_be_new,
    )
