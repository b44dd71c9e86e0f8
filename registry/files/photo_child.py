"""Program that decodes one photo in the sandbox and encodes it again, so that only pixels survive.

Started by `photos.py` with the media type as its argument and the file as its input. The answer is a line of JSON (size
and metadata of the new photo, or why there is none), then the new file.
"""

from __future__ import annotations

import io
import itertools
import json
import math
import struct
import sys
import time
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pillow_heif
from PIL import Image, ImageFile, ImageOps, MpoImagePlugin, TiffImagePlugin, UnidentifiedImageError, WebPImagePlugin

from registry.files.photo_limits import BROKEN, COSTLY, CPU_S, MAX_PIXELS, SERVED_SIDE, TOO_LARGE
from registry.kernel import sandbox
from registry.kernel.clock import LOCAL_ZONE

#: Decoded twice, and once more for the change of colours.
_MEMORY_BYTES: Final = 1_200 * sandbox.MEGABYTE
_MAPPED_BYTES: Final = 2_000 * sandbox.MEGABYTE
#: The only decoders: by default the library would run another program for PostScript.
_FORMATS: Final = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/heic": "HEIF"}
_JPEG_QUALITY: Final = 88
_WEBP_QUALITY: Final = 90
#: Place of the boxes to cover among the arguments.
_BOXES: Final = 2
_HASH_SIDE: Final = 8
#: Of 256 levels of grey: below it the hash of a picture is noise.
_LEAST_CONTRAST: Final = 16
#: Errors of the decoders for broken or hostile bytes (PROMISES 7.6); any other error is a defect.
_DECODE_ERRORS: Final = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error)
_BOMBS: Final = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_TAKEN, _TAKEN_OFFSET, _CHANGED = 0x9003, 0x9011, 0x0132
_EXIF_TIME: Final = "%Y:%m:%d %H:%M:%S"
_FIRST_YEAR: Final = 1995
_DEGREE_DIGITS: Final = Decimal("0.0000001")
#: Modules that the library imports on first use, which the sandbox would not let it.
_LOADED: Final = (MpoImagePlugin, TiffImagePlugin, WebPImagePlugin)


def main() -> None:
    """Answer on the standard output."""
    sandbox.apply_limits(CPU_S, memory_bytes=_MAPPED_BYTES)
    Image.preinit()
    pillow_heif.register_heif_opener()
    pillow_heif.options.DECODE_THREADS = 1
    time.strptime("2000", "%Y")  # imports on first use
    content = sys.stdin.buffer.read()
    sandbox.enter_sandbox(Path.cwd(), memory_bytes=_MEMORY_BYTES, has_threads=True)
    out = sys.stdout.buffer
    try:
        boxes = [tuple(box) for box in json.loads(sys.argv[2])] if len(sys.argv) > _BOXES else []
        answer, encoded = decode(sys.argv[1], content, boxes)
    except MemoryError:
        answer, encoded = {"refused": COSTLY}, b""
    except Exception as error:  # the parent logs it; a person reads that the photo is broken
        answer, encoded = {"refused": BROKEN, "failed": f"{type(error).__name__}: {error}"[:500]}, b""
    out.write(json.dumps(answer).encode() + b"\n" + encoded)
    out.flush()


def decode(
    media_type: str, content: bytes, boxes: Sequence[tuple[int, int, int, int]] = ()
) -> tuple[dict[str, Any], bytes]:
    """Decode the first frame, rotate it upright, cover the boxes and encode it without metadata: answer and file."""
    # Other libraries enable this for the whole process; truncated photos are refused here.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
            return _decode(media_type, content, boxes)
    except _BOMBS:
        return {"refused": TOO_LARGE}, b""
    except (UnidentifiedImageError, *_DECODE_ERRORS):
        return {"refused": BROKEN}, b""


def _decode(
    media_type: str, content: bytes, boxes: Sequence[tuple[int, int, int, int]]
) -> tuple[dict[str, Any], bytes]:
    with Image.open(io.BytesIO(content), formats=(_FORMATS[media_type],)) as image:
        if image.width * image.height > MAX_PIXELS:
            return {"refused": TOO_LARGE}, b""
        taken_at, (lon, lat) = _metadata(image)
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((SERVED_SIDE, SERVED_SIDE))
        served_type, encoded = _encode(upright, media_type, boxes)
        answer = {
            "media_type": served_type,
            "width": upright.width,
            "height": upright.height,
            "size": len(encoded),
            "pixels": image.width * image.height,
            "difference_hash": _difference_hash(upright),
            "taken_at": taken_at.isoformat() if taken_at else None,
            "lon": str(lon) if lon is not None else None,
            "lat": str(lat) if lat is not None else None,
        }
        return answer, encoded


def _difference_hash(image: Image.Image) -> int | None:
    """The difference hash (dHash) of a picture as a signed number of 64 bits; None for one without contrast.

    Each bit says whether a part is brighter than the next one of its row, which outlasts another encoding and size.
    """
    values = list(image.convert("L").resize((_HASH_SIDE + 1, _HASH_SIDE), Image.Resampling.BOX).tobytes())
    if max(values) - min(values) < _LEAST_CONTRAST:
        return None
    rows = [values[start : start + _HASH_SIDE + 1] for start in range(0, len(values), _HASH_SIDE + 1)]
    bits = "".join(str(int(left > right)) for row in rows for left, right in itertools.pairwise(row))
    return int.from_bytes(int(bits, 2).to_bytes(8), signed=True)


def _encode(image: Image.Image, media_type: str, boxes: Sequence[tuple[int, int, int, int]]) -> tuple[str, bytes]:
    """Copies the pixels to a new image, so that no comment, profile or other block is carried over."""
    lossy_rgb = media_type in ("image/jpeg", "image/heic")
    has_alpha = not lossy_rgb and (image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info)
    pixels = image.convert("RGBA" if has_alpha else "RGB")
    clean = Image.new(pixels.mode, pixels.size)
    clean.paste(pixels)
    for left, top, width, height in boxes:
        clean.paste("black", (left, top, left + width, top + height))
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
