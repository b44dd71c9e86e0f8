"""ZIP archives. Sizes and names in an archive are not trusted; no name in it becomes a path on the disk."""

from __future__ import annotations

import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Final

from registry.imports.reading.limits import refuse
from registry.kernel.i18n import _, _n

MAX_ENTRIES: Final = 1_000
MEGABYTE: Final = 1024 * 1024
#: Limits of unpacked files, and of the unpacked sheets of a workbook, which are streamed: a sheet of
#: 200,000 rows and 20 columns has about 150 MB of XML.
MAX_UNPACKED: Final = 100 * MEGABYTE
MAX_SHEETS: Final = 400 * MEGABYTE
MAX_RATIO: Final = 100
#: Smaller entries may have any ratio: a sheet of zeros compresses very well.
RATIO_FROM_BYTES: Final = MEGABYTE
_CHUNK: Final = MEGABYTE
_BAD_NAME: Final = re.compile(r"^[/\\]|^[A-Za-z]:|\\|(^|/)\.\.?(/|$)|//|[\x00-\x1f\x7f\ud800-\udfff]")
_MAX_NAME: Final = 500
_ENCRYPTED: Final = 0x1 | 0x40
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError)

Inspector = Callable[[bytes], None]


@contextmanager
def open_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open an archive and check its list of entries; Invalid where it is damaged or unusual."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check_list(archive.infolist())
            yield archive
    except _BROKEN as error:
        raise refuse(_("Tệp nén ZIP bị hỏng hoặc bị cắt cụt; hãy nén hoặc lưu lại rồi tải lên.")) from error


def file_names(path: Path) -> list[str]:
    with open_archive(path) as archive:
        return [entry.filename for entry in archive.infolist() if not entry.is_dir()]


def first_bytes(path: Path, name: str, most: int) -> bytes:
    with open_archive(path) as archive, archive.open(name) as packed:
        return packed.read(most)


def check_all(path: Path, most: int, inspector_of: Callable[[str], Inspector | None]) -> None:
    """Unpack every entry in chunks, without storing it; `inspector_of(name)` may return a function for its chunks."""
    with open_archive(path) as archive:
        left = most
        for entry in archive.infolist():
            inspect = inspector_of(entry.filename)
            for chunk in chunks(archive, entry, left, most):
                left -= len(chunk)
                if inspect is not None:
                    inspect(chunk)


def unpack(path: Path, wanted: dict[str, Path]) -> None:
    """Write entries to the given paths; all other entries count towards the limit, too."""
    with open_archive(path) as archive:
        left = MAX_UNPACKED
        for entry in archive.infolist():
            target = wanted.get(entry.filename)
            with nullcontext() if target is None else target.open("wb") as out:
                for chunk in chunks(archive, entry, left, MAX_UNPACKED):
                    left -= len(chunk)
                    if out is not None:
                        out.write(chunk)


def chunks(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int, most: int) -> Iterator[bytes]:
    """Chunks of one entry; Invalid beyond `left` bytes or the compression ratio."""
    size = 0
    with archive.open(entry) as packed:
        while chunk := packed.read(_CHUNK):
            size += len(chunk)
            too_dense = size > RATIO_FROM_BYTES and size > MAX_RATIO * max(entry.compress_size, 1)
            if size > left or too_dense:
                raise refuse(
                    _(
                        "Tệp nén giải nén ra quá lớn (tối đa %(most)d MB, gấp tối đa %(ratio)d lần); có thể là tệp nén"
                        " độc hại.",
                        most=most // MEGABYTE,
                        ratio=MAX_RATIO,
                    )
                )
            yield chunk


def _check_list(entries: list[zipfile.ZipInfo]) -> None:
    if not entries:
        raise refuse(_("Tệp nén ZIP không có tệp con nào."))
    if len(entries) > MAX_ENTRIES:
        raise refuse(
            _n("Tệp nén có %(count)d tệp con, tối đa %(most)d.", len(entries), count=len(entries), most=MAX_ENTRIES)
        )
    keys = set()
    for entry in entries:
        _check_entry(entry)
        key = unicodedata.normalize("NFC", entry.filename).casefold()
        if key in keys:
            raise refuse(_("Tệp nén có hai tệp con cùng tên “%(name)s”.", name=_shown(entry.filename)))
        keys.add(key)


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = _shown(entry.filename)
    if entry.flag_bits & _ENCRYPTED:
        raise refuse(_("Tệp nén có mật khẩu; hãy bỏ mật khẩu rồi tải lên lại."))
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise refuse(_("Tệp nén có liên kết “%(name)s” thay vì tệp; hãy nén lại chỉ gồm các tệp.", name=name))
    if _BAD_NAME.search(entry.orig_filename) or len(entry.filename) > _MAX_NAME:
        raise refuse(_("Tệp nén có tệp con mang tên không hợp lệ “%(name)s”; hãy nén lại.", name=name))
    if entry.compress_type not in _METHODS:
        raise refuse(
            _(
                "Tệp con “%(name)s” dùng phương thức nén không được hỗ trợ; hãy nén lại dạng ZIP thông thường "
                "(Deflate).",
                name=name,
            )
        )


def _shown(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name[:60])


# --- workbooks ----------------------------------------------------------------------------------------------------
#: A sheet is loaded as a full rectangle, so two far cells cost the memory of all between them.
MAX_AREA: Final = 20_000_000
_SHEET: Final = re.compile(r"xl/worksheets/[^/]+\.xml")
_LONGEST_REFERENCE: Final = 132
_REFERENCE: Final = re.compile(rb'<(?:\w+:)?c\b[^>]{0,80}?\br="([A-Z]{1,3})([0-9]{1,7})"')
_ENTITIES: Final = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_LONGEST_ENTITY: Final = 16


def check_workbook(path: Path) -> None:
    """Unpack an XLSX or ODS once, without storing it; Invalid for entities and excessive sizes."""
    check_all(path, MAX_SHEETS, _inspector)


def _inspector(name: str) -> Inspector | None:
    if _SHEET.fullmatch(name):
        return _Sheet().inspect
    return _Part().inspect if name.lower().endswith((".xml", ".rels")) else None


class _Part:
    def __init__(self) -> None:
        self.tail = b""

    def inspect(self, chunk: bytes) -> None:
        """Refuse DOCTYPE and entities, which stand before the root element and may be cut by chunks."""
        window = self.tail + chunk
        if _ENTITIES.search(window):
            raise refuse(_("Sổ tính có khai báo DOCTYPE, không được nhận vì lý do an toàn; hãy lưu lại bằng Excel."))
        self.tail = chunk[-_LONGEST_ENTITY:]


class _Sheet(_Part):
    def __init__(self) -> None:
        super().__init__()
        self.rows, self.columns = 0, 0
        self.before = b""

    def inspect(self, chunk: bytes) -> None:
        """Refuse a sheet with far cells."""
        super().inspect(chunk)
        for letters, digits in set(_REFERENCE.findall(self.before + chunk)):
            column = 0
            for letter in letters:
                column = column * 26 + letter - 64
            self.rows, self.columns = max(self.rows, int(digits)), max(self.columns, column)
        self.before = chunk[-_LONGEST_REFERENCE:]
        if self.rows * self.columns > MAX_AREA:
            raise refuse(
                _(
                    "Trang tính trải rộng %(rows)d dòng x %(columns)d cột; hãy xóa các ô thừa ở xa bảng dữ liệu.",
                    rows=self.rows,
                    columns=self.columns,
                )
            )
