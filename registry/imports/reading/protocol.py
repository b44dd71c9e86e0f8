"""What the reading process tells about a file, and how it is asked; imports nothing heavy, both sides use it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class ReadOptions:
    """How a file is to be read where a person has said so; None leaves it to what the content shows."""

    #: Name of the one table (sheet, layer) to read; None describes all and reads the rows only where there is one.
    table: str | None = None
    encoding: str | None = None
    separator: str | None = None
    #: Row of the column headings, counted as the file counts (first row is 1); 0 where the table has none.
    header_row: int | None = None
    #: Header words, folded as `targets.header_key` does, that some field goes by: they tell the header from a title.
    known_words: tuple[str, ...] = ()
    #: Language of the sentences of a refusal.
    language: str = "vi"


@dataclass(frozen=True)
class Declared:
    """A coordinate system that the file itself names: its words and the EPSG code where one is meant.

    `source` tells where it says so: is "prj", "layer", "member" (GeoJSON) or "words" (title and headings).
    """

    text: str
    epsg: int | None
    source: str


@dataclass(frozen=True)
class TableDescription:
    """One table of a file: a sheet, a layer, or the whole of a text file."""

    name: str
    #: What stands above the headings.
    title: str
    header: tuple[str, ...]
    #: Row of the headings as the file counts; 0 where the format has none (layers).
    header_row: int
    #: How many rows of data it has, where that is known without reading all of them.
    row_count: int | None
    #: Cells of the first rows, in the order of the header.
    samples: tuple[tuple[str, ...], ...] = ()
    #: "Point", "LineString", "Polygon", ..., "mixed", or None where rows have no geometry of their own.
    geometry_type: str | None = None
    crs: Declared | None = None
    #: Unit of a column by its heading, where heading or cells name one: "ft", "mm", "'".
    units: dict[str, str] = field(default_factory=dict)
    #: What this table probably holds: "ofds.nodes", "ofds.spans", or nothing.
    role: str = ""
    #: A sheet that the workbook hides.
    hidden: bool = False


@dataclass(frozen=True)
class FileDescription:
    """What a file is by its content, whatever its name says; `notes` are sentences to show."""

    #: csv, tsv, xlsx, xls, ods, geojson, kml, kmz, shp, gpkg
    file_format: str
    tables: tuple[TableDescription, ...]
    #: Text files: the encoding ("utf-8", "utf-8-sig", "utf-16", "cp1258", "tcvn3", "vni", "viscii") and the separator.
    encoding: str | None = None
    separator: str | None = None
    notes: tuple[str, ...] = ()
    #: False where the encoding must be asked; `encoding_offered` is one by which the words read better (also for the
    #: cells of a workbook written in an old font), never taken by itself.
    encoding_sure: bool = True
    encoding_offered: str | None = None


@dataclass(frozen=True)
class Row:
    """One row: its number as the file counts, its cells in the order of the header, its geometry as WKT in the file's
    own coordinates (x y, as GIS writes them, two dimensions), None where the row has none.

    The WKT is always a right one: what no program could build is the EMPTY of its type. A character that no database
    can keep is U+FFFD in the cell.
    """

    number: int
    cells: tuple[str, ...]
    geometry: str | None = None
