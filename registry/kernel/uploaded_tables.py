"""Readers of tables and lines that people upload to a page and that are not kept as files; the imports provide them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from registry.kernel.errors import Invalid
from registry.kernel.feature import ExtensionPoint
from registry.kernel.i18n import LANGUAGES, _, in_language

#: The cells of a row by field.
Cells = Mapping[str, str]
#: Field -> heading in the file; then number and cells of each row.
Table = tuple[dict[str, str], list[tuple[int, dict[str, str]]]]


@dataclass(frozen=True)
class UploadedTable:
    """The one table of a file: its headings, those that name a field, and number and cells of each row."""

    header: tuple[str, ...]
    #: Field -> heading.
    columns: Mapping[str, str]
    rows: Sequence[tuple[int, Sequence[str]]]

    def cells_by_field(self, columns: Mapping[str, str]) -> list[tuple[int, dict[str, str]]]:
        """Number and cells by field of each row that is not empty; `columns`: field -> heading."""
        indexes = {name: self.header.index(heading) for name, heading in columns.items()}
        # As they stand in the file: which text of a row comes first depends on it.
        indexes = dict(sorted(indexes.items(), key=lambda column: column[1]))
        rows = [(number, {name: cells[at] for name, at in indexes.items()}) for number, cells in self.rows]
        return [(number, cells) for number, cells in rows if any(text.strip() for text in cells.values())]


@dataclass(frozen=True)
class UploadedFeatures:
    """The features of a file: attributes as a table, and a shapely geometry of WGS 84 for each row number."""

    table: UploadedTable
    shapes: Mapping[int, Any]


TableReader = Callable[[BinaryIO, Mapping[str, Sequence[str]], int], UploadedTable]
#: Reads the one table of a file in the sandbox: stream, field -> headings that name it, most rows.
TABLE_READER = ExtensionPoint[TableReader]("kernel.table_reader")

#: Reads the features of a file in the sandbox: stream, field -> attributes that name it, most features.
FEATURE_READER = ExtensionPoint[Callable[[BinaryIO, Mapping[str, Sequence[str]], int], UploadedFeatures]](
    "kernel.feature_reader"
)

#: Reads the one line of a file in the sandbox: latitude and longitude of each point, one per line.
LINE_READER = ExtensionPoint[Callable[[BinaryIO], str]]("kernel.line_reader")


def read_line(stream: BinaryIO) -> str:
    """The line of a file as text, a point on each line; Invalid (field `file`) says why there is none."""
    reader = LINE_READER.only()
    if reader is None:
        message = "no reader of lines is wired"
        raise RuntimeError(message)
    return reader(stream)


def read_table(
    stream: BinaryIO, columns: Mapping[str, tuple[object, Sequence[str]]], needed: Sequence[str], most_rows: int
) -> Table:
    """The table of a file with all `needed` columns and a row; Invalid (field `file`) says why there is none.

    `columns`: field -> label, which templates have as heading, and other headings.
    """
    sheet = read_sheet(stream, columns, most_rows)
    missing = [f"“{columns[name][0]}”" for name in needed if name not in sheet.columns]
    if missing:
        sentence = _("Tệp không có cột %(columns)s; hãy tải tệp mẫu và điền vào đó.", columns=", ".join(missing))
        raise Invalid({"file": sentence})
    rows = sheet.cells_by_field(sheet.columns)
    if not rows:
        raise Invalid({"file": _("Tệp không có dòng nào; hãy điền vào tệp mẫu.")})
    return dict(sheet.columns), rows


def read_sheet(stream: BinaryIO, columns: Mapping[str, tuple[object, Sequence[str]]], most_rows: int) -> UploadedTable:
    """The table of a file with all its headings; Invalid (field `file`) says why there is none. `columns` as above."""
    reader = TABLE_READER.only()
    if reader is None:
        message = "no reader of tables is wired"
        raise RuntimeError(message)
    return reader(stream, _headings(columns), most_rows)


def _headings(columns: Mapping[str, tuple[object, Sequence[str]]]) -> dict[str, tuple[str, ...]]:
    """Field -> headings that name it: the label in all languages, for a template is made in the one of its reader."""
    return {
        name: (*(in_language(label, language) for language in LANGUAGES), *more)
        for name, (label, more) in columns.items()
    }


def read_features(
    stream: BinaryIO, columns: Mapping[str, tuple[object, Sequence[str]]], needed: Sequence[str], most_rows: int
) -> list[tuple[int, dict[str, str], Any]]:
    """Number, cells by field and shape (WGS 84) of each feature of a file; Invalid (field `file`) says why not.

    `columns`: field -> label and other names of the attribute.
    """
    features = _features(stream, _headings(columns), most_rows)
    missing = [f"“{columns[name][0]}”" for name in needed if name not in features.table.columns]
    if missing:
        raise Invalid({"file": _("Tệp không có thuộc tính %(columns)s.", columns=", ".join(missing))})
    rows = features.table.cells_by_field(features.table.columns)
    if not rows:
        raise Invalid({"file": _("Tệp không có đối tượng nào.")})
    return [(number, cells, features.shapes[number]) for number, cells in rows]


def read_shapes(stream: BinaryIO, most_rows: int) -> Mapping[int, Any]:
    """The shape (WGS 84) of each feature of a file by its number, whatever attributes it has; Invalid as above."""
    shapes = _features(stream, {}, most_rows).shapes
    if not shapes:
        raise Invalid({"file": _("Tệp không có đối tượng nào.")})
    return shapes


def _features(stream: BinaryIO, headings: Mapping[str, Sequence[str]], most_rows: int) -> UploadedFeatures:
    reader = FEATURE_READER.only()
    if reader is None:
        message = "no reader of features is wired"
        raise RuntimeError(message)
    return reader(stream, headings, most_rows)
