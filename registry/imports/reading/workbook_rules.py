"""What an XLSX or ODS must be before anything opens it: no far corners, no entities, sizes counted."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from registry.imports.reading import archive
from registry.imports.reading.table import refuse
from registry.kernel.i18n import _

#: A sheet is held as a full rectangle, so two far corners would cost the memory of all between them.
MAX_AREA: Final = 20_000_000
_SHEET: Final = re.compile(r"xl/worksheets/[^/]+\.xml")
_LONGEST_REFERENCE: Final = 132
_REFERENCE: Final = re.compile(rb'<(?:\w+:)?c\b[^>]{0,80}?\br="([A-Z]{1,3})([0-9]{1,7})"')
_ENTITIES: Final = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_LONGEST_ENTITY: Final = 16


def check_workbook(path: Path) -> None:
    """Unpack all of it once, keeping nothing; Invalid for what would cost too much or is no plain workbook."""
    archive.check_all(path, archive.MAX_SHEETS, _look_at)


def _look_at(name: str) -> archive.Look | None:
    if _SHEET.fullmatch(name):
        return _Sheet().look
    return _Part().look if name.lower().endswith((".xml", ".rels")) else None


class _Part:
    """An XML part seen piece by piece."""

    def __init__(self) -> None:
        self.tail = b""

    def look(self, piece: bytes) -> None:
        """Refuse declarations of entities; all stand before the root element, pieces may cut them."""
        seen = self.tail + piece
        if _ENTITIES.search(seen):
            raise refuse(_("Sổ tính có khai báo DOCTYPE, không được nhận vì lý do an toàn; hãy lưu lại bằng Excel."))
        self.tail = piece[-_LONGEST_ENTITY:]


class _Sheet(_Part):
    """A sheet, whose far corner is followed by the references of its cells."""

    def __init__(self) -> None:
        super().__init__()
        self.rows, self.columns = 0, 0
        self.before = b""

    def look(self, piece: bytes) -> None:
        """Refuse a sheet that stretches too far."""
        super().look(piece)
        for letters, digits in set(_REFERENCE.findall(self.before + piece)):
            column = 0
            for letter in letters:
                column = column * 26 + letter - 64
            self.rows, self.columns = max(self.rows, int(digits)), max(self.columns, column)
        self.before = piece[-_LONGEST_REFERENCE:]
        if self.rows * self.columns > MAX_AREA:
            raise refuse(
                _(
                    "Trang tính trải rộng %(rows)d dòng x %(columns)d cột; hãy xóa các ô thừa ở xa bảng dữ liệu.",
                    rows=self.rows,
                    columns=self.columns,
                )
            )
