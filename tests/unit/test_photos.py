"""Photos are drawn anew: pixels stay, everything else goes, time and place are read out first."""

import io
import json
import os
import struct
import subprocess
import sys
import zlib
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from PIL import Image, ImageFile

from registry.files import photos
from registry.files.photos import SERVED_SIDE, reencode
from registry.files.types import FileRefused
from registry.kernel.sandbox_process import end_program, start_program

SECRET = b"CANARY-19.807-105.776"
GPS = {1: "N", 2: (19.0, 48.0, 25.2), 3: "E", 4: (105.0, 46.0, 33.6)}


def picture(form: str = "JPEG", size: tuple[int, int] = (60, 40), **options: object) -> bytes:
    target = io.BytesIO()
    image = Image.new("RGB", size, (200, 30, 30))
    image.paste((30, 30, 200), (0, 0, size[0] // 2, size[1]))
    image.save(target, form, **options)
    return target.getvalue()


def exif(orientation: int = 1, offset: str | None = "+07:00") -> Image.Exif:
    data = Image.Exif()
    data[0x0112] = orientation
    data[0x010E] = SECRET.decode()
    data.get_ifd(0x8825).update(GPS)
    data.get_ifd(0x8769).update({0x9003: "2026:03:01 08:30:00"} | ({0x9011: offset} if offset else {}))
    return data


@pytest.mark.real_reader
def test_time_and_place_are_read_out_and_dropped_from_the_photo() -> None:
    photo = reencode("a.jpg", "image/jpeg", picture(exif=exif(), comment=SECRET))
    assert photo.taken_at == datetime(2026, 3, 1, 1, 30, tzinfo=UTC)
    assert (photo.lat, photo.lon) == (Decimal("19.8070000"), Decimal("105.7760000"))
    assert SECRET not in photo.content
    with Image.open(io.BytesIO(photo.content)) as served:
        assert not served.getexif()
        assert not set(served.info) & {"exif", "comment", "icc_profile", "xmp"}


def test_a_camera_without_time_zone_shows_vietnamese_time() -> None:
    photo = reencode("a.jpg", "image/jpeg", picture(exif=exif(offset=None)))
    assert photo.taken_at == datetime(2026, 3, 1, 1, 30, tzinfo=UTC)


def test_the_photo_stands_upright() -> None:
    photo = reencode("a.jpg", "image/jpeg", picture(exif=exif(orientation=6)))
    assert (photo.width, photo.height) == (40, 60)
    with Image.open(io.BytesIO(photo.content)) as served:
        red, _green, blue = served.convert("RGB").getpixel((20, 5))  # type: ignore[misc]
        assert blue > red


@pytest.mark.real_reader
@pytest.mark.parametrize(
    ("form", "media_type", "served"),
    [
        ("JPEG", "image/jpeg", "image/jpeg"),
        ("PNG", "image/png", "image/webp"),
        ("WEBP", "image/webp", "image/webp"),
        ("HEIF", "image/heic", "image/jpeg"),
    ],
)
def test_each_format_is_drawn_anew(form: str, media_type: str, served: str) -> None:
    photo = reencode("a", media_type, picture(form, size=(64, 48)))
    assert photo.media_type == served
    assert (photo.width, photo.height) == (64, 48)


def test_transparency_survives() -> None:
    target = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(target, "PNG")
    photo = reencode("a.png", "image/png", target.getvalue())
    with Image.open(io.BytesIO(photo.content)) as served:
        assert served.mode == "RGBA"


def test_only_the_first_frame_of_a_moving_picture_is_kept() -> None:
    target = io.BytesIO()
    frames = [Image.new("RGB", (10, 10), colour) for colour in ("red", "blue")]
    frames[0].save(target, "WEBP", save_all=True, append_images=frames[1:])
    photo = reencode("a.webp", "image/webp", target.getvalue())
    with Image.open(io.BytesIO(photo.content)) as served:
        assert getattr(served, "n_frames", 1) == 1
        red, _green, blue = served.convert("RGB").getpixel((5, 5))  # type: ignore[misc]
        assert red > blue


def test_large_photos_are_served_smaller() -> None:
    photo = reencode("a.jpg", "image/jpeg", picture(size=(5000, 1000)))
    assert (photo.width, photo.height) == (SERVED_SIDE, 480)


@pytest.mark.parametrize("tail", [b"PK\x03\x04" + SECRET, b"<script>" + SECRET + b"</script>", b"%PDF-1.7" + SECRET])
def test_what_hangs_behind_the_picture_is_gone(tail: bytes) -> None:
    photo = reencode("a.jpg", "image/jpeg", picture() + tail)
    assert SECRET not in photo.content
    assert tail[:8] not in photo.content


def _png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\x00" * 100)) + chunk(b"IEND", b"")


@pytest.mark.real_reader
@pytest.mark.parametrize(("width", "height"), [(8_000, 6_000), (10_000, 10_000), (60_000, 60_000)])
def test_bombs_are_refused_before_they_are_unpacked(width: int, height: int) -> None:
    with pytest.raises(FileRefused, match="40 triệu điểm ảnh"):
        reencode("a.png", "image/png", _png(width, height))


@pytest.mark.real_reader
@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        ("image/jpeg", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n"),
        ("image/jpeg", b"\xff\xd8\xff\xe0" + b"\x00" * 50),
        ("image/jpeg", picture("PNG")),
        ("image/png", picture()),
        ("image/png", _png(100, 100)[:60]),
        # It claims one size and has the pixels of another.
        ("image/png", _png(3_000, 3_000)),
        ("image/jpeg", picture(size=(500, 500))[:700]),
        ("image/webp", b"RIFF\x10\x00\x00\x00WEBPVP8 \x00\x00\x00\x00"),
        ("image/heic", b"\x00\x00\x00\x18ftypheic" + b"\x00" * 40),
        ("image/png", b"\x89PNG\r\n\x1a\n"),
    ],
)
def test_broken_or_disguised_pictures_are_refused(
    media_type: str, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As another library of the same process leaves it.
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(FileRefused, match="bị hỏng"):
        reencode("anh", media_type, content)


@pytest.mark.parametrize(
    "gps",
    [
        {1: "N", 2: (19.0, 48.0), 3: "E", 4: (105.0, 46.0, 33.6)},
        {1: "N", 2: (190.0, 0.0, 0.0), 3: "E", 4: (105.0, 46.0, 33.6)},
        {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
        {},
    ],
)
def test_a_place_that_is_none_is_left_out(gps: dict[int, object]) -> None:
    data = Image.Exif()
    data.get_ifd(0x8825).update(gps)
    photo = reencode("a.jpg", "image/jpeg", picture(exif=data))
    assert (photo.lat, photo.lon) == (None, None)


def test_south_and_west_are_negative() -> None:
    data = Image.Exif()
    data.get_ifd(0x8825).update({**GPS, 1: "S", 3: "W"})
    photo = reencode("a.jpg", "image/jpeg", picture(exif=data))
    assert (photo.lat, photo.lon) == (Decimal("-19.8070000"), Decimal("-105.7760000"))


def test_a_clock_that_was_never_set_says_nothing() -> None:
    data = Image.Exif()
    data.get_ifd(0x8769).update({0x9003: "1970:01:01 00:00:00"})
    assert reencode("a.jpg", "image/jpeg", picture(exif=data)).taken_at is None


@pytest.mark.real_reader
@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("import os; os.abort()", "quá nhiều bộ nhớ hoặc thời gian"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", "quá nhiều bộ nhớ hoặc thời gian"),
        ("import signal; signal.pause()", "quá nhiều bộ nhớ hoặc thời gian"),
        ("import sys; sys.stdout.write('x' * 100_000)", "quá nhiều bộ nhớ hoặc thời gian"),
        ("print('no JSON')", "bị hỏng"),
        ("print('[]')", "bị hỏng"),
        ("print('{}')", "bị hỏng"),
        ("import sys; sys.exit(3)", "bị hỏng"),
        (
            'print(\'{"media_type": "text/html", "width": 1, "height": 1, "size": 1, "taken_at": null,'
            ' "lon": null, "lat": null}\\nx\', end=\'\')',
            "bị hỏng",
        ),
    ],
)
def test_a_decoder_that_dies_hangs_or_lies_is_a_refused_photo(
    program: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other(_module: str, _arguments: list[str], private: object, source: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-I", "-c", program],
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )

    monkeypatch.setattr(photos, "start_program", other)
    monkeypatch.setattr(photos, "_MAX_ANSWER", 50_000)
    if "pause" in program:
        monkeypatch.setattr(photos, "_WAIT_S", 0.1)
    with pytest.raises(FileRefused, match=words):
        reencode("anh", "image/jpeg", picture())


def test_the_web_process_loads_no_decoder() -> None:
    check = "import sys; import registry.files.feature; sys.exit(bool({'PIL', 'pillow_heif'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", check], cwd=os.getcwd(), check=False).returncode == 0


def test_a_sandbox_with_threads_permits_no_process_and_no_network(tmp_path: object) -> None:
    with open(os.devnull, "rb") as nothing:
        process = start_program("tests.support.threads_in_sandbox", [], tmp_path, nothing.fileno())  # type: ignore[arg-type]
        assert process.stdout is not None
        report = json.loads(process.stdout.read())
        end_program(process)
    assert report == {"thread": True, "fork": False, "socket": False, "file": False}
