"""Messages between the program and the reading process: JSON lines, decoded into the types below by msgspec.

The process writes `{"sandbox"}`, `{"description"}`, any number of `{"rows"}`, then `{"end": count}`; at any time
`{"refused": sentence}` or `{"failed": traceback}`. A stream without its end line is incomplete. The program believes
nothing that the types do not allow: lengths, counts, and characters that the database can store. This module has no
heavy imports, since both sides load it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from registry.imports.reading.limits import MAX_CELL, MAX_COLUMNS, MAX_ROWS, MAX_TITLE, UNSTORABLE, storable
from registry.kernel.i18n import _

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

# A message of another type is none of the reading process. JSON has no lone surrogates; what else UNSTORABLE names is
# excluded here.
_STORABLE: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*\Z"
Sentence = Annotated[str, Meta(max_length=_MAX_SENTENCE, pattern=_STORABLE)]
Text = Annotated[str, Meta(max_length=_MAX_TEXT, pattern=_STORABLE)]
Cell = Annotated[str, Meta(max_length=MAX_CELL, pattern=_STORABLE)]
Cells = Annotated[tuple[Cell, ...], Meta(max_length=MAX_COLUMNS)]
#: Of a row or a code.
Number = Annotated[int, Meta(ge=1, lt=2**31)]
Count = Annotated[int, Meta(ge=0, le=MAX_ROWS)]
FileFormat = Literal["csv", "tsv", "xlsx", "xls", "ods", "geojson", "kml", "kmz", "shp", "gpkg"]


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

    text: Text
    epsg: Number | None
    source: Sentence


@dataclass(frozen=True)
class TableDescription:
    """One table: a sheet, a layer, or a whole text file."""

    name: Text
    #: Text above the headers.
    title: Annotated[str, Meta(max_length=MAX_TITLE, pattern=_STORABLE)]
    header: Cells
    #: Number of the header row in the file; 0 for layers.
    header_row: Annotated[int, Meta(ge=0, lt=2**31)]
    #: Number of data rows, if known without reading all of them.
    row_count: Count | None
    #: Cells of the first rows, in the order of the header.
    samples: Annotated[tuple[Cells, ...], Meta(max_length=_MAX_SAMPLES)] = ()
    #: "Point", "LineString", "Polygon", ..., "mixed", or None where rows have no geometry of their own.
    geometry_type: Sentence | None = None
    crs: Declared | None = None
    #: Header -> unit named by header or cells: "ft", "mm", "'".
    units: dict[Cell, Sentence] = field(default_factory=dict)
    #: Probable content: "ofds.nodes", "ofds.spans", or "".
    role: Sentence = ""
    #: Whether the workbook hides the sheet.
    hidden: bool = False


@dataclass(frozen=True)
class FileDescription:
    """Description of a file by its content; `notes` are sentences for the user."""

    file_format: FileFormat
    tables: Annotated[tuple[TableDescription, ...], Meta(max_length=MAX_TABLES)]
    #: Text files: the encoding ("utf-8", "utf-8-sig", "utf-16", "cp1258", "tcvn3", "vni", "viscii") and the separator.
    encoding: Sentence | None = None
    separator: Sentence | None = None
    notes: Annotated[tuple[Sentence, ...], Meta(max_length=_MAX_NOTES)] = ()
    #: False where the user must confirm the encoding. `encoding_offered` is an encoding that reads better (also for
    #: cells of a workbook in a legacy font); it is never applied without confirmation.
    encoding_sure: bool = True
    encoding_offered: Sentence | None = None
    #: Texts of sheets that are no tables: they may name the coordinate system of the others.
    asides: Annotated[tuple[Cell, ...], Meta(max_length=MAX_ASIDES)] = ()


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


_ENCODER: Final = msgspec.json.Encoder()


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
    try:
        return _ENCODER.encode(message) + b"\n"
    except UnicodeEncodeError:
        # A file with half of a character: such as its name in a traceback.
        return _ENCODER.encode(_clean(message)) + b"\n"


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
    return _ENCODER.encode(options).decode()


def options_from(text: str) -> ReadOptions:
    return msgspec.json.decode(text, type=ReadOptions)


# --- what the program believes ------------------------------------------------------------------------------------

_NAMES: Final = frozenset({"sandbox", "description", "rows", "end", "refused", "failed", "report"})
T = TypeVar("T")


class _RowMessage(msgspec.Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    """A row as it is sent: an array, without the problem where it has none."""

    number: Number
    geometry: Annotated[str, Meta(pattern=r"^[\x01-\x7f]*\Z")] | None
    cells: list[str]
    problem: Sentence | None = None


def message_from(line: bytes) -> tuple[str, msgspec.Raw]:
    """Name and undecoded value of a line; ProtocolError for anything else."""
    message = _decoded(line, dict[str, msgspec.Raw])
    if len(message) != 1 or not message.keys() <= _NAMES:
        raise ProtocolError("expected one known name")
    return next(iter(message.items()))


def sentence_from(value: msgspec.Raw) -> str:
    return _decoded(value, Sentence)


def status_from(value: msgspec.Raw) -> dict[str, bool]:
    """What the reading process says of its sandbox."""
    return _decoded(value, dict[str, bool])


def count_from(value: msgspec.Raw) -> int:
    return _decoded(value, Count)


def rows_from(value: msgspec.Raw, width: int, last: int) -> list[Row]:
    """Rows of a line: `width` cells each, numbers ascending from above `last`."""
    rows = []
    for message in _decoded(value, list[_RowMessage]):
        cells = message.cells
        if message.number <= last:
            raise ProtocolError("expected rows in order")
        if len(cells) != width:
            raise ProtocolError("expected as many cells as headings")
        joined = "".join(cells)
        if UNSTORABLE.search(joined) or (len(joined) > MAX_CELL and max(map(len, cells)) > MAX_CELL):
            raise ProtocolError("expected cells that can be kept")
        last = message.number
        rows.append(Row(last, tuple(cells), message.geometry, message.problem))
    return rows


def description_from(value: msgspec.Raw) -> FileDescription:
    description = _decoded(value, FileDescription)
    for table in description.tables:
        if any(len(sample) != len(table.header) for sample in table.samples):
            raise ProtocolError("expected samples as wide as the header")
    return description


def _decoded(value: bytes | msgspec.Raw, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(value, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(str(error)) from error
