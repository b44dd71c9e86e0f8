"""Accepted file types, checked by name and content."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath, PureWindowsPath
from types import MappingProxyType
from typing import Final

from registry.files.active_content import ActiveContent, examine_csv, examine_office
from registry.kernel.exports.workbook import XLSX
from registry.kernel.i18n import _
from registry.kernel.text import TextRefused, normalise, shown

MAX_BYTES: Final = 20 * 1024 * 1024
MAX_NAME_LENGTH: Final = 150
TYPES: Final = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "heic": "image/heic",
    "heif": "image/heic",
    "pdf": "application/pdf",
    "csv": "text/csv",
    "xlsx": XLSX,
}
#: Types that only some kinds of objects accept besides (`Subject.more_types`).
DOCX: Final = {"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document"}
_ALL: Final = {**TYPES, **DOCX}
ACCEPTED: Final = ", ".join(sorted(extension.upper() for extension in TYPES))
_MEGABYTE: Final = 1024 * 1024
_HEIC_BRANDS: Final = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")
_SIGNATURES: Final = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}
_PDF_TAIL: Final = 2048
_TEXT_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_ZIP_MAX_ENTRIES: Final = 1_000
_ZIP_MAX_BYTES: Final = 100 * _MEGABYTE
_ZIP_MAX_RATIO: Final = 100
_ZIP_CHUNK: Final = 1 << 16
_CONTENTS: Final = "[Content_Types].xml"
#: The part that an office file of a type must have.
_MAIN_PARTS: Final = {XLSX: "xl/workbook.xml", DOCX["docx"]: "word/document.xml"}
_ZIP_SYMLINK: Final = 0o120000
_ZIP_TYPE_MASK: Final = 0o170000


class FileRefused(ValueError):
    """A refused file; the message names it and what is expected."""


def is_photo(name: str) -> bool:
    """Whether a file name is that of an image; the content is checked when it is stored."""
    return TYPES.get(PurePosixPath(name).suffix.lower().removeprefix("."), "").startswith("image/")


def clean_name(file_name: str) -> str:
    """The file name without folders of any system; FileRefused when nothing usable remains."""
    try:
        name = normalise(PureWindowsPath(PurePosixPath(file_name).name).name)
    except TextRefused as refused:
        raise FileRefused(str(refused)) from refused
    stem, dot, extension = name.rpartition(".")
    if not dot or not stem:
        raise FileRefused(
            _("Tệp “%(name)s” không có phần mở rộng; hãy gửi tệp %(types)s.", name=shown(name), types=ACCEPTED)
        )
    return f"{stem[: MAX_NAME_LENGTH - len(extension) - 1]}.{extension}"


def served_name(name: str, media_type: str) -> str:
    """The name under which a file is served: the original one with the extension of its current type."""
    stem, _dot, extension = name.rpartition(".")
    if _ALL.get(extension.lower()) == media_type:
        return name
    ending = next(end for end, each in _ALL.items() if each == media_type)
    return f"{stem[: MAX_NAME_LENGTH - len(ending) - 1]}.{ending}"


def accepted_types(more: Mapping[str, str]) -> str:
    """The extensions that are accepted, in words."""
    return ", ".join(sorted(extension.upper() for extension in {**TYPES, **more}))


def check_type(name: str, content: bytes, more: Mapping[str, str] = MappingProxyType({})) -> str:
    """The media type of a file by its name and its content; FileRefused otherwise.

    `more` are the types that the object of the file accepts besides.
    """
    if not content:
        raise FileRefused(_("Tệp “%(name)s” trống (0 byte); hãy chọn tệp khác.", name=shown(name)))
    if len(content) > MAX_BYTES:
        raise FileRefused(
            _("Tệp “%(name)s” lớn hơn %(most)d MB; hãy gửi tệp nhỏ hơn.", name=shown(name), most=MAX_BYTES // _MEGABYTE)
        )
    media_type = {**TYPES, **more}.get(name.rpartition(".")[2].lower())
    if media_type is None:
        types = accepted_types(more)
        raise FileRefused(
            _("Loại tệp của “%(name)s” không được nhận; hãy gửi tệp %(types)s.", name=shown(name), types=types)
        )
    if not _content_is(media_type, content):
        raise FileRefused(
            _(
                "Nội dung của “%(name)s” không phải là %(type)s như phần mở rộng; hãy gửi đúng tệp gốc.",
                name=shown(name),
                type=name.rpartition(".")[2].upper(),
            )
        )
    if media_type in _MAIN_PARTS:
        _check_office_file(name, content, _MAIN_PARTS[media_type])
    if media_type == TYPES["csv"]:
        try:
            examine_csv(content)
        except ActiveContent as active:
            raise _active(name, active) from active
    return media_type


def _active(name: str, active: ActiveContent) -> FileRefused:
    sentence = _(
        "Tệp “%(name)s” %(problem)s; khi mở, chương trình của người đọc có thể chạy nội dung đó. Hãy bỏ phần "
        "đó, hoặc gửi bản PDF.",
        name=shown(name),
        problem=active,
    )
    return FileRefused(sentence)


def _content_is(media_type: str, content: bytes) -> bool:
    """Whether the first bytes (for text: all of them) match the type."""
    if media_type == "image/webp":
        return content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    if media_type == "image/heic":
        return content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS
    if media_type == "text/csv":
        return _is_text(content)
    if media_type == "application/pdf":
        return content.startswith(b"%PDF-") and b"%%EOF" in content[-_PDF_TAIL:]
    return content.startswith(_SIGNATURES.get(media_type, b"PK\x03\x04"))


def _is_text(content: bytes) -> bool:
    """Whether the bytes are text without control characters; UTF-16 needs a byte order mark, legacy encodings pass."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return _TEXT_CONTROL.search(text) is None


def _check_office_file(name: str, content: bytes, main_part: str) -> None:
    """Refuse a zip that is no plain workbook or document: too large unpacked, unsafe names, macros, false headers."""
    kind = name.rpartition(".")[2].upper()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if not _names_are_safe(entries) or _unpacked_size(archive, entries) > _most_bytes(content):
                raise FileRefused(
                    _(
                        "Tệp “%(name)s” chứa nội dung nén bất thường; hãy lưu lại thành tệp %(type)s mới.",
                        name=shown(name),
                        type=kind,
                    )
                )
            names = {entry.filename for entry in entries}
            is_whole = names >= {_CONTENTS, main_part} and not any("vba" in entry.lower() for entry in names)
            if is_whole:
                examine_office(archive, entries)
    except ActiveContent as active:
        raise _active(name, active) from active
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        OSError,
        RuntimeError,
        ValueError,
        EOFError,
    ) as error:
        if isinstance(error, FileRefused):
            raise
        raise FileRefused(
            _("Tệp “%(name)s” bị hỏng, không mở được; hãy lưu lại rồi gửi lại.", name=shown(name))
        ) from error
    if not is_whole:
        raise FileRefused(
            _(
                "Tệp “%(name)s” không phải tệp %(type)s không có macro; hãy lưu lại thành %(type)s.",
                name=shown(name),
                type=kind,
            )
        )


def _most_bytes(content: bytes) -> int:
    return min(_ZIP_MAX_BYTES, len(content) * _ZIP_MAX_RATIO)


def _names_are_safe(entries: list[zipfile.ZipInfo]) -> bool:
    names = [entry.filename for entry in entries]
    return (
        len(entries) <= _ZIP_MAX_ENTRIES
        and len(set(names)) == len(names)
        and not any((entry.external_attr >> 16) & _ZIP_TYPE_MASK == _ZIP_SYMLINK for entry in entries)
        and not any("\\" in n or n.startswith("/") or ".." in n.split("/") or not n.isprintable() for n in names)
    )


def _unpacked_size(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> int:
    """Unpacked bytes, counted up to the limit, since headers may be false."""
    total = 0
    for entry in entries:
        with archive.open(entry) as part:
            while chunk := part.read(_ZIP_CHUNK):
                total += len(chunk)
                if total > _ZIP_MAX_BYTES:
                    return total
    return total
