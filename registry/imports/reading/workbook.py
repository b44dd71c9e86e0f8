"""XLSX workbooks: the archive is checked before anything opens it, then only values are read."""

from __future__ import annotations

import io
import re
import stat
import zipfile
from collections.abc import Sequence
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from registry.imports.models import FileFormat
from registry.imports.reading.table import IsKnown, Rows, Table, cell_text, make_table, refuse
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _

MAX_ENTRIES: Final = 1_000
MAX_UNPACKED: Final = 100 * 1024 * 1024
MAX_RATIO: Final = 100
#: Below this size no ratio is suspicious: a sheet of zeros packs very well.
_RATIO_FROM_BYTES: Final = 1024 * 1024
#: A sheet is held as a full rectangle, so two far corners would cost the memory of all between them.
MAX_AREA: Final = 20_000_000
_CHUNK: Final = 1024 * 1024
_LONGEST_REFERENCE: Final = 32
_REFERENCE: Final = re.compile(rb'<(?:\w+:)?c\b[^>]{0,80}?\br="([A-Z]{1,3})([0-9]{1,7})"')
_SHEET: Final = re.compile(r"xl/worksheets/[^/]+\.xml")
_BAD_NAME: Final = re.compile(r"^/|\\|(^|/)\.\.(/|$)|[\x00-\x1f]")


def read_workbook(content: bytes, is_known: IsKnown) -> Table:
    """The rows of the sheet whose header is known best, else of the first sheet that has rows."""
    check_archive(content)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [workbook.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in workbook.sheet_names]
    except PasswordError as error:
        raise refuse(_("Tệp XLSX có mật khẩu; hãy bỏ mật khẩu rồi tải lên lại.")) from error
    except (CalamineError, OSError, ValueError, KeyError) as error:
        raise refuse(_("Tệp XLSX bị hỏng, không đọc được; hãy mở bằng Excel rồi lưu lại.")) from error
    tables, refusals = [], []
    for cells in sheets:
        try:
            tables.append(make_table(FileFormat.XLSX, _rows(cells), is_known))
        except Invalid as refused:
            refusals.append(refused)
    if not tables:
        raise refusals[0] if refusals else refuse(_("Tệp XLSX không có trang tính nào."))
    return max(tables, key=lambda table: sum(map(is_known, table.header)))


def _rows(cells: Sequence[Sequence[object]]) -> Rows:
    for number, row in enumerate(cells, 1):
        yield number, [cell_text(value) for value in row]


def check_archive(content: bytes) -> None:
    """Refuse an archive that would cost too much or that is not a plain workbook; sizes are counted, not believed."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                raise refuse(_("Tệp XLSX có %(count)d tệp con, tối đa %(most)d.", count=len(entries), most=MAX_ENTRIES))
            _check_names(entries)
            unpacked = 0
            for entry in entries:
                unpacked += _check_entry(archive, entry, MAX_UNPACKED - unpacked)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise refuse(_("Tệp XLSX bị hỏng hoặc có mật khẩu; hãy mở bằng Excel rồi lưu lại.")) from error


def _check_names(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    links = any(stat.S_ISLNK(entry.external_attr >> 16) for entry in entries)
    if links or len(set(names)) < len(names) or any(_BAD_NAME.search(name) for name in names):
        raise refuse(_("Tệp XLSX có tệp con với tên không hợp lệ; hãy mở bằng Excel rồi lưu lại."))
    if "xl/workbook.xml" not in names:
        raise refuse(_("Tệp nén này không phải sổ tính XLSX; hãy tải lên tệp XLSX, CSV hoặc GeoJSON."))


def _check_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> int:
    """Unpack one entry piece by piece; returns its true size."""
    size, tail = 0, b""
    corner = [0, 0]
    is_sheet = _SHEET.fullmatch(entry.filename) is not None
    with archive.open(entry) as packed:
        while piece := packed.read(_CHUNK):
            size += len(piece)
            too_dense = size > _RATIO_FROM_BYTES and size > MAX_RATIO * max(entry.compress_size, 1)
            if size > left or too_dense:
                raise refuse(
                    _(
                        "Tệp XLSX giải nén ra quá lớn (tối đa %(most)d MB); có thể là tệp nén độc hại.",
                        most=MAX_UNPACKED // _CHUNK,
                    )
                )
            if is_sheet:
                _stretch(corner, tail + piece)
                tail = piece[-100 - _LONGEST_REFERENCE :]
    if corner[0] * corner[1] > MAX_AREA:
        raise refuse(
            _(
                "Trang tính trải rộng %(rows)d dòng x %(columns)d cột; hãy xóa các ô thừa ở xa bảng dữ liệu.",
                rows=corner[0],
                columns=corner[1],
            )
        )
    return size


def _stretch(corner: list[int], xml: bytes) -> None:
    """Move the far corner of a sheet by the cell references of a piece of it."""
    for letters, digits in set(_REFERENCE.findall(xml)):
        column = 0
        for letter in letters:
            column = column * 26 + letter - 64
        corner[0] = max(corner[0], int(digits))
        corner[1] = max(corner[1], column)
