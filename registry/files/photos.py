"""Photos are re-encoded, so that only pixels survive; the camera's time and position are read first."""

from __future__ import annotations

import io
import math
import struct
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import pillow_heif
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from registry.files.types import FileRefused
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.i18n import _
from registry.kernel.text import shown

pillow_heif.register_heif_opener()
# Decompression bombs raise an error instead of a warning; warning filters are global to the process.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)

MAX_PIXELS: Final = 40_000_000
#: Longest side of a served photo in pixels.
SERVED_SIDE: Final = 2400
#: The only decoders: by default the library would run another program for PostScript.
_FORMATS: Final = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/heic": "HEIF"}
_JPEG_QUALITY: Final = 88
_WEBP_QUALITY: Final = 90
#: Errors of the decoders for broken or hostile bytes (PROMISES 7.6); any other error is a defect.
_DECODE_ERRORS: Final = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error)
_BOMBS: Final = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_TAKEN, _TAKEN_OFFSET, _CHANGED = 0x9003, 0x9011, 0x0132
_EXIF_TIME: Final = "%Y:%m:%d %H:%M:%S"
_FIRST_YEAR: Final = 1995
_DEGREE_DIGITS: Final = Decimal("0.0000001")


@dataclass(frozen=True)
class Photo:
    """A photo as it is served, and its metadata: time (aware) and position (WGS 84 degrees)."""

    content: bytes
    media_type: str
    width: int
    height: int
    taken_at: datetime | None
    lon: Decimal | None
    lat: Decimal | None


def reencode(name: str, media_type: str, content: bytes) -> Photo:
    """Decode the first frame, rotate it upright and encode it without metadata; FileRefused if that fails.

    JPEG and HEIC become JPEG, PNG and WEBP become WEBP (which keeps transparency), at most 2,400 pixels a side.
    """
    # Other libraries enable this for the whole process; truncated photos are refused here.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with Image.open(io.BytesIO(content), formats=(_FORMATS[media_type],)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _too_large(name)
            taken_at, place = _metadata(image)
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((SERVED_SIDE, SERVED_SIDE))
            served_type, encoded = _encode(upright, media_type)
            return Photo(encoded, served_type, upright.width, upright.height, taken_at, *place)
    except FileRefused:
        raise
    except _BOMBS as error:
        raise _too_large(name) from error
    except UnidentifiedImageError as error:
        raise _broken(name) from error
    except _DECODE_ERRORS as error:
        raise _broken(name) from error


def _too_large(name: str) -> FileRefused:
    most = MAX_PIXELS // 1_000_000
    return FileRefused(
        _("Ảnh '%(name)s' lớn hơn %(most)d triệu điểm ảnh; hãy giảm kích thước.", name=shown(name), most=most)
    )


def _broken(name: str) -> FileRefused:
    return FileRefused(_("Ảnh '%(name)s' bị hỏng, không mở được; hãy chụp hoặc xuất lại.", name=shown(name)))


def _encode(image: Image.Image, media_type: str) -> tuple[str, bytes]:
    """Copies the pixels to a new image, so that no comment, profile or other block is carried over."""
    lossy_rgb = media_type in ("image/jpeg", "image/heic")
    has_alpha = not lossy_rgb and (image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info)
    pixels = image.convert("RGBA" if has_alpha else "RGB")
    clean = Image.new(pixels.mode, pixels.size)
    clean.paste(pixels)
    target = io.BytesIO()
    if lossy_rgb:
        clean.save(target, "JPEG", quality=_JPEG_QUALITY, optimize=True)
        return "image/jpeg", target.getvalue()
    clean.save(target, "WEBP", quality=_WEBP_QUALITY)
    return "image/webp", target.getvalue()


# --- metadata -----------------------------------------------------------------------------------------------------
def _metadata(image: Image.Image) -> tuple[datetime | None, tuple[Decimal | None, Decimal | None]]:
    """Time and position of the camera; None for unreadable metadata."""
    try:
        exif = image.getexif()
        details, gps, changed = exif.get_ifd(_EXIF_IFD), exif.get_ifd(_GPS_IFD), exif.get(_CHANGED)
    except _DECODE_ERRORS:
        return None, (None, None)
    return _moment(details.get(_TAKEN) or changed, details.get(_TAKEN_OFFSET)), _place(gps)


def _moment(taken: Any, offset: Any) -> datetime | None:
    """Time of the camera; without an offset its clock is assumed to show Vietnamese time."""
    try:
        clock = datetime.strptime(str(taken).strip("\x00 "), _EXIF_TIME)  # noqa: DTZ007  # the zone follows
        zone = datetime.strptime(str(offset).strip("\x00 "), "%z").tzinfo if offset else LOCAL_ZONE
    except ValueError:
        return None
    return clock.replace(tzinfo=zone).astimezone(UTC) if clock.year >= _FIRST_YEAR else None


def _place(gps: dict[int, Any]) -> tuple[Decimal | None, Decimal | None]:
    lat, lon = _degrees(gps.get(2), gps.get(1), 90), _degrees(gps.get(4), gps.get(3), 180)
    if lat is None or lon is None or (lat == 0 and lon == 0):
        return None, None
    return lon, lat


def _degrees(parts: Any, reference: Any, most: int) -> Decimal | None:
    """Degrees from (degrees, minutes, seconds) and a letter; None for other values."""
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
        value = degrees + minutes / 60 + seconds / 3600
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    if not math.isfinite(value) or not 0 <= value <= most:
        return None
    sign = -1 if str(reference).strip("\x00 ").upper() in ("S", "W") else 1
    return (Decimal(value) * sign).quantize(_DEGREE_DIGITS)
