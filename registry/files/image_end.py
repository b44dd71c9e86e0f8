"""Where a picture ends in its file: what stands behind it is no picture, and may be anything of any size.

Phones append things that the header names: further pictures (MPF), a film (motion photo). These are cut off where only
the picture is wanted; bytes that nothing names are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from registry.files.types import FileRefused
from registry.kernel.i18n import _, _n, format_number
from registry.kernel.text import shown

_MARK, _EOI, _SOS = 0xFF, 0xD9, 0xDA
_RESTARTS: Final = range(0xD0, 0xD8)
#: Markers without a length: restarts, and a byte for temporary use.
_BARE: Final = frozenset({0x01, *_RESTARTS})
_PNG_HEAD: Final = 8
_PNG_FRAME: Final = 12
_RIFF_HEAD: Final = 8
_BOX_HEAD, _BOX_HEAD_LONG = 8, 16
#: Boxes of a HEIC file that the picture may need.
_PICTURE_BOXES: Final = (b"ftyp", b"meta", b"mdat", b"moov")
#: What names further parts in the first part of a JPEG: the index of several pictures, and films.
_JPEG_PARTS: Final = (b"MPF\x00", b"MotionPhoto", b"MicroVideo", b"Container:Directory", b"GContainer")
#: How a phone ends the list of what it has appended.
_TRAILER: Final = b"SEFT"
_HEIC_PARTS: Final = (b"mpvd", b"sefd", b"free", b"skip", b"uuid")
#: How far into a JPEG its header is looked for.
_HEADER: Final = 1 << 18
#: Bytes that the picture itself takes at most for each pixel (four channels of 16 bits), and what a header may hold.
_BYTES_A_PIXEL: Final = 8
_SPARE_BYTES: Final = 1 << 20


def end_of_picture(media_type: str, content: bytes) -> int | None:
    """The number of bytes that the picture takes; None where that cannot be read."""
    reader = _READERS.get(media_type)
    try:
        return reader(content) if reader is not None else None
    except IndexError:
        return None


def names_further_parts(media_type: str, content: bytes, end: int) -> bool:
    """Whether the file names what stands behind its picture, as phones do."""
    if media_type == "image/jpeg":
        header = content[: min(_HEADER, end)]
        return content.endswith(_TRAILER) or any(part in header for part in _JPEG_PARTS)
    return media_type == "image/heic" and content[end + 4 : end + _BOX_HEAD] in _HEIC_PARTS


def _end_of_jpeg(content: bytes) -> int | None:
    at = 2
    while content[at] == _MARK:
        marker = content[at + 1]
        if marker == _MARK:
            at += 1
        elif marker == _EOI:
            return at + 2
        elif marker in _BARE:
            at += 2
        else:
            at += 2 + int.from_bytes(content[at + 2 : at + 4])
            if marker == _SOS:
                at = _next_marker(content, at)
    return None


def _next_marker(content: bytes, at: int) -> int:
    """Where the coded pixels that begin at `at` end; IndexError where the file ends within them."""
    while True:
        at = content.find(b"\xff", at)
        if at < 0:
            raise IndexError
        follower = content[at + 1]
        if follower != 0 and follower not in _RESTARTS:
            return at
        at += 2


def _end_of_png(content: bytes) -> int | None:
    at = _PNG_HEAD
    while at + _PNG_FRAME <= len(content):
        kind = content[at + 4 : at + 8]
        at += _PNG_FRAME + int.from_bytes(content[at : at + 4])
        if kind == b"IEND":
            return at if at <= len(content) else None
    return None


def _end_of_webp(content: bytes) -> int | None:
    size = _RIFF_HEAD + int.from_bytes(content[4:8], "little")
    return size if _RIFF_HEAD < size <= len(content) else None


def _end_of_heic(content: bytes) -> int | None:
    at, end = 0, None
    while at + _BOX_HEAD <= len(content):
        size, kind = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8]
        if size == 1:
            size = int.from_bytes(content[at + 8 : at + _BOX_HEAD_LONG])
        elif size == 0:
            size = len(content) - at
        if size < _BOX_HEAD or at + size > len(content):
            break
        at += size
        if kind in _PICTURE_BOXES:
            end = at
    return end


_READERS: Final[Mapping[str, Callable[[bytes], int | None]]] = {
    "image/jpeg": _end_of_jpeg,
    "image/png": _end_of_png,
    "image/webp": _end_of_webp,
    "image/heic": _end_of_heic,
}


def picture_alone(name: str, media_type: str, content: bytes) -> bytes:
    """The file without what phones append to the picture; FileRefused where other bytes stand behind it.

    A broken picture is returned as it is: its decoder says so.
    """
    end = end_of_picture(media_type, content)
    if end is None or end == len(content):
        return content
    if names_further_parts(media_type, content, end):
        return content[:end]
    raise FileRefused(
        _n(
            "Tệp “%(name)s” có %(count)s byte nằm sau phần kết thúc của ảnh; hãy chụp hoặc xuất lại ảnh rồi gửi.",
            len(content) - end,
            name=shown(name),
            count=format_number(len(content) - end),
        )
    )


def check_density(name: str, content: bytes, pixels: int) -> None:
    """FileRefused for a file that holds far more than its picture can take."""
    if len(content) > _SPARE_BYTES + _BYTES_A_PIXEL * pixels:
        raise FileRefused(
            _(
                "Tệp “%(name)s” lớn %(size)s byte mà ảnh chỉ có %(pixels)s điểm ảnh; hãy xuất lại ảnh rồi gửi.",
                name=shown(name),
                size=format_number(len(content)),
                pixels=format_number(pixels),
            )
        )
