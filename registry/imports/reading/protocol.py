"""Messages between the program and the reading process: JSON lines, validated on arrival.

The process writes `{"sandbox"}`, `{"description"}`, any number of `{"rows"}`, then `{"end": count}`; at any time
`{"refused": sentence}` or `{"failed": traceback}`. A stream without its end line is incomplete. This module has no
heavy imports, since both sides load it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from registry.imports.reading.limits import MAX_CELL, MAX_COLUMNS, MAX_ROWS, MAX_TITLE, UNSTORABLE, storable
from registry.kernel.i18n import _


@dataclass(frozen=True)
class ReadOptions:
    """How to read a file; None means automatic."""

    #: Name of the one table (sheet, layer) to read; None describes all and reads the rows only where there is one.
    table: str | None = None
    encoding: str | None = None
    separator: str | None = None
    #: Number of the header row in the file, from 1; 0 where the table has none.
    header_row: int | None = None
    #: Header keys (`heading.header_key`) of the fields; they distinguish headers from a title.
    known_headers: tuple[str, ...] = ()
    #: Language of refusals.
    language: str = "vi"


@dataclass(frozen=True)
class Declared:
    """A coordinate system named by the file; `epsg` where it has a code.

    `source` is "prj", "layer", "member" (GeoJSON) or "words" (title and headers).
    """

    text: str
    epsg: int | None
    source: str


@dataclass(frozen=True)
class TableDescription:
    """One table: a sheet, a layer, or a whole text file."""

    name: str
    #: Text above the headers.
    title: str
    header: tuple[str, ...]
    #: Number of the header row in the file; 0 for layers.
    header_row: int
    #: Number of data rows, if known without reading all of them.
    row_count: int | None
    #: Cells of the first rows, in the order of the header.
    samples: tuple[tuple[str, ...], ...] = ()
    #: "Point", "LineString", "Polygon", ..., "mixed", or None where rows have no geometry of their own.
    geometry_type: str | None = None
    crs: Declared | None = None
    #: Header -> unit named by header or cells: "ft", "mm", "'".
    units: dict[str, str] = field(default_factory=dict)
    #: Probable content: "ofds.nodes", "ofds.spans", or "".
    role: str = ""
    #: Whether the workbook hides the sheet.
    hidden: bool = False


@dataclass(frozen=True)
class FileDescription:
    """Description of a file by its content; `notes` are sentences for the user."""

    #: csv, tsv, xlsx, xls, ods, geojson, kml, kmz, shp, gpkg
    file_format: str
    tables: tuple[TableDescription, ...]
    #: Text files: the encoding ("utf-8", "utf-8-sig", "utf-16", "cp1258", "tcvn3", "vni", "viscii") and the separator.
    encoding: str | None = None
    separator: str | None = None
    notes: tuple[str, ...] = ()
    #: False where the user must confirm the encoding. `encoding_offered` is an encoding that reads better (also for
    #: cells of a workbook in a legacy font); it is never applied without confirmation.
    encoding_sure: bool = True
    encoding_offered: str | None = None
    #: Texts of sheets that are no tables: they may name the coordinate system of the others.
    asides: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """A row: its number in the file, its cells in header order, its geometry as two-dimensional WKT (x y) or None.

    The WKT is always valid: an invalid geometry is the EMPTY of its type. Unstorable characters in cells are U+FFFD.
    """

    number: int
    cells: tuple[str, ...]
    geometry: str | None = None
    #: Why the row cannot be taken as it was read: a cell that is too long, text outside of the columns.
    problem: str | None = None


def limited(row: Row) -> Row:
    """The row with cells that are too long cut, which refuses it and no other."""
    if sum(map(len, row.cells)) <= MAX_CELL or (longest := max(map(len, row.cells))) <= MAX_CELL:
        return row
    cells = tuple(cell if len(cell) <= MAX_CELL else f"{cell[:_CUT_CELL]}…" for cell in row.cells)
    sentence = _("Dòng có ô dài %(length)d ký tự, tối đa %(most)d; hãy rút ngắn.", length=longest, most=MAX_CELL)
    return replace(row, cells=cells, problem=sentence)


#: File of the options in the private directory; an argument would be limited and visible to other users.
OPTIONS: Final = "options"
MAX_TABLES: Final = 500
#: Characters of one row with its geometry; a route of 50,000 points has about 2 million.
MAX_ROW: Final = 4_000_000
#: Bytes of a line of rows: one row of MAX_ROW characters of three bytes each, some of them escaped.
MAX_LINE: Final = 16 * 1024 * 1024
_MAX_SENTENCE: Final = 2_000
_MAX_TEXT: Final = 20_000
_MAX_SAMPLES: Final = 50
#: Characters of all samples of a table; with more, each cell is cut.
_SAMPLES_BUDGET: Final = 2_000_000
_CUT_SAMPLE: Final = 100
#: Characters that are kept of a cell that is too long.
_CUT_CELL: Final = 200
#: Texts outside of tables.
MAX_ASIDES: Final = 2_000
_MAX_NOTES: Final = 100
_BATCH_ROWS: Final = 500
_BATCH_CHARACTERS: Final = 262_144
_FORMATS: Final = frozenset({"csv", "tsv", "xlsx", "xls", "ods", "geojson", "kml", "kmz", "shp", "gpkg"})


class ProtocolError(ValueError):
    """A line that the reading process would not have written."""


class Batch:
    """Rows collected for one line."""

    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []
        self.characters = 0
        self.count = 0

    def add(self, row: Row) -> bool:
        """Add a row; True where the line should be sent."""
        cells = row.cells
        joined = "".join(cells)
        if UNSTORABLE.search(joined):
            cells = tuple(map(storable, cells))
        plain = (row.number, row.geometry, cells)
        self.rows.append(plain if row.problem is None else (*plain, storable(row.problem)))
        self.count += 1
        self.characters += len(joined) + len(row.geometry or "")
        return self.characters >= _BATCH_CHARACTERS or len(self.rows) >= _BATCH_ROWS

    def take(self) -> bytes:
        """The line of the collected rows; starts a new one."""
        line = to_line({"rows": self.rows})
        self.rows, self.characters = [], 0
        return line


def to_line(message: dict[str, Any]) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"


def description_line(description: FileDescription) -> bytes:
    """A description as a line, without unstorable characters."""
    message = _clean(asdict(description))
    for table in message["tables"]:
        size = sum(len(cell) for sample in table["samples"] for cell in sample)
        # A cell that is too long is refused with its row, when the rows are read.
        longest = _CUT_SAMPLE if size > _SAMPLES_BUDGET else MAX_CELL
        table["samples"] = [[cell[:longest] for cell in sample] for sample in table["samples"]]
    return to_line({"description": message})


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(name): _clean(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(inner) for inner in value]
    return value


def options_text(options: ReadOptions) -> str:
    return json.dumps(asdict(options), ensure_ascii=False)


def options_from(text: str) -> ReadOptions:
    options = json.loads(text)
    return ReadOptions(**{**options, "known_headers": tuple(options["known_headers"])})


# --- what the program believes ------------------------------------------------------------------------------------


def message_from(line: bytes) -> tuple[str, Any]:
    """Name and value of a line; raises BrokenLineError."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("no JSON") from error
    _need(isinstance(message, dict) and len(message) == 1, "one name")
    name, value = next(iter(message.items()))
    _need(name in {"sandbox", "description", "rows", "end", "refused", "failed", "report"}, "a known name")
    return name, value


def sentence_from(value: Any) -> str:
    return _text(value, _MAX_SENTENCE)


def count_from(value: Any) -> int:
    _need(type(value) is int and 0 <= value <= MAX_ROWS, "a count")
    return int(value)


def rows_from(value: Any, width: int, last: int) -> list[Row]:
    """Rows of a line: `width` cells each, numbers ascending from above `last`."""
    _need(isinstance(value, list), "a list of rows")
    rows = []
    for row in value:
        _need(type(row) is list and len(row) in (3, 4), "three parts of a row, or four with a problem")
        number, geometry, cells = row[:3]
        problem = _text(row[3], _MAX_SENTENCE) if len(row) > 3 else None  # noqa: PLR2004
        if not (type(number) is int and last < number < 2**31):
            raise ProtocolError("expected rows in order")
        if type(cells) is not list or len(cells) != width:
            raise ProtocolError("expected as many cells as headings")
        try:
            joined = "".join(cells)
        except TypeError as error:
            raise ProtocolError("expected cells of text") from error
        if UNSTORABLE.search(joined) or (len(joined) > MAX_CELL and max(map(len, cells)) > MAX_CELL):
            raise ProtocolError("expected cells that can be kept")
        if geometry is not None and not (type(geometry) is str and geometry.isascii() and "\x00" not in geometry):
            raise ProtocolError("expected a geometry")
        last = number
        rows.append(Row(number, tuple(cells), geometry, problem))
    return rows


def description_from(value: Any) -> FileDescription:
    _fields(value, FileDescription)
    _need(value["file_format"] in _FORMATS, "a known format")
    return FileDescription(
        file_format=value["file_format"],
        tables=tuple(_table(table) for table in _list(value["tables"], MAX_TABLES)),
        encoding=_maybe(value["encoding"]),
        separator=_maybe(value["separator"]),
        notes=tuple(_text(note, _MAX_SENTENCE) for note in _list(value["notes"], _MAX_NOTES)),
        encoding_sure=_yes_or_no(value["encoding_sure"]),
        encoding_offered=_maybe(value["encoding_offered"]),
        asides=_texts(value["asides"], MAX_ASIDES),
    )


def _table(value: Any) -> TableDescription:
    _fields(value, TableDescription)
    header = _texts(value["header"], MAX_COLUMNS)
    samples = tuple(_texts(sample, MAX_COLUMNS) for sample in _list(value["samples"], _MAX_SAMPLES))
    _need(all(len(sample) == len(header) for sample in samples), "samples as wide as the header")
    count, row = value["row_count"], value["header_row"]
    _need(type(row) is int and 0 <= row < 2**31, "a header row")
    _need(count is None or (type(count) is int and 0 <= count <= MAX_ROWS), "a count of rows")
    _need(isinstance(value["units"], dict), "units by heading")
    return TableDescription(
        name=_text(value["name"], _MAX_TEXT),
        title=_text(value["title"], MAX_TITLE),
        header=header,
        header_row=row,
        row_count=count,
        samples=samples,
        geometry_type=_maybe(value["geometry_type"]),
        crs=_declared(value["crs"]),
        units={_text(name, MAX_CELL): _text(unit, _MAX_SENTENCE) for name, unit in value["units"].items()},
        role=_text(value["role"], _MAX_SENTENCE),
        hidden=_yes_or_no(value["hidden"]),
    )


def _declared(value: Any) -> Declared | None:
    if value is None:
        return None
    _fields(value, Declared)
    epsg = value["epsg"]
    _need(epsg is None or (type(epsg) is int and 0 < epsg < 2**31), "a code")
    return Declared(_text(value["text"], _MAX_TEXT), epsg, _text(value["source"], _MAX_SENTENCE))


def _need(holds: bool, what: str) -> None:
    if not holds:
        raise ProtocolError(f"expected {what}")


def _fields(value: Any, of: type) -> None:
    _need(isinstance(value, dict) and set(value) == set(of.__dataclass_fields__), f"the fields of {of.__name__}")  # type: ignore[attr-defined]


def _list(value: Any, most: int) -> Sequence[Any]:
    _need(isinstance(value, list) and len(value) <= most, f"a list of at most {most}")
    return list(value)


def _texts(value: Any, most: int) -> tuple[str, ...]:
    return tuple(_text(item, MAX_CELL) for item in _list(value, most))


def _text(value: Any, most: int) -> str:
    _need(type(value) is str and len(value) <= most and not UNSTORABLE.search(value), f"text of at most {most}")
    return str(value)


def _yes_or_no(value: Any) -> bool:
    _need(type(value) is bool, "yes or no")
    return bool(value)


def _maybe(value: Any) -> str | None:
    return None if value is None else _text(value, _MAX_SENTENCE)
