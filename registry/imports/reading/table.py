"""One table of text cells, from a text file or a sheet: description, then rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

from registry.imports.reading.geometry import GeometryColumn, find_geometry
from registry.imports.reading.heading import (
    DataRow,
    Heading,
    Numbered,
    data_rows,
    find_heading,
    unique,
    units_of,
    widened,
    width_of,
)
from registry.imports.reading.limits import MAX_ROWS, no_rows, storable, too_many_rows
from registry.imports.reading.protocol import ReadOptions, Row, TableDescription

NODES: Final = "ofds.nodes"
SPANS: Final = "ofds.spans"
_PREFIX: Final = re.compile(r"(nodes|spans)/0/")
_ROLES: Final = {"nodes": NODES, "spans": SPANS}
#: Columns of nodes only and of spans only, in GeoJSON and flattened workbooks.
_OF_NODES: Final = frozenset({"accesspoint", "power", "internationalconnections"})
_OF_SPANS: Final = frozenset({"start", "end", "transmissionmedium", "fibretype", "fibrecount", "darkfibre", "directed"})
_BOTH: Final = frozenset({"phase", "physicalinfrastructureprovider", "networkproviders", "network", "status"})
_FEWEST: Final = 2


def ofds_role(name: str, header: Sequence[str]) -> str:
    """ "ofds.nodes", "ofds.spans" (Open Fibre Data Standard 0.3) or "", by column prefixes, else by columns."""
    prefixes = {match[1] for word in header if (match := _PREFIX.match(word))}
    if len(prefixes) == 1:
        return _ROLES[prefixes.pop()]
    roots = {re.split(r"[/.]", word, maxsplit=1)[0].lower() for word in header}
    if len(roots & _BOTH) < _FEWEST:
        return ""
    if len(roots & _OF_SPANS) >= _FEWEST:
        return SPANS
    return NODES if roots & _OF_NODES or name.lower() == "nodes" else ""


def short_ofds_names(header: Sequence[str]) -> list[str]:
    """Shorten flattened names: "nodes/0/name" becomes "name"; columns of the network get its prefix."""
    if not any(_PREFIX.match(word) for word in header):
        return list(header)
    return [
        _PREFIX.sub("", word) if _PREFIX.match(word) else f"network/{word}" if word.strip() else "" for word in header
    ]


#: Rows read before the first one is returned, as samples of the columns.
SAMPLED_ROWS: Final = 50


@dataclass(frozen=True)
class OpenedTable:
    """A table with headers and samples; `rows` yields all data rows."""

    heading: Heading
    header: tuple[str, ...]
    samples: list[list[str]]
    geometry: GeometryColumn | None
    role: str
    rows: Iterator[DataRow]


def open_table(name: str, rows: Iterator[Numbered], options: ReadOptions, width: int = 0) -> OpenedTable:
    """Find headers and geometry; Invalid without headers or rows.

    `width`: columns up to the last filled cell, where that is known of the whole table; else the first rows say.
    """
    heading = find_heading(rows, frozenset(options.known_headers), options.header_row)
    heading = widened(heading, max(width, min(heading.width, width_of(heading.read))))
    role = ofds_role(name, heading.words)
    header = unique(short_ofds_names(heading.words)) if role else heading.words
    body = data_rows(heading, rows)
    first = list(islice(body, SAMPLED_ROWS))
    if not first:
        raise no_rows()
    samples = [cells for _number, cells, _problem in first]
    return OpenedTable(heading, header, samples, find_geometry(header, samples), role, chain(first, body))


def describe_table(
    name: str, rows: Iterator[Numbered], options: ReadOptions, *, counted: bool, width: int = 0
) -> TableDescription:
    """Description of a table; `counted` reads all rows, to count them."""
    opened = open_table(name, rows, options, width)
    geometry, header = opened.geometry, opened.header
    kept = [index for index in range(len(header)) if geometry is None or index not in geometry.dropped]
    words = tuple(header[index] for index in kept)
    samples = [tuple(storable(cells[index]) for index in kept) for cells in opened.samples]
    return TableDescription(
        name=name,
        title=opened.heading.title,
        header=words,
        header_row=opened.heading.row,
        row_count=_count(opened.rows) if counted else None,
        samples=tuple(samples),
        geometry_type=geometry.geometry_type if geometry else None,
        crs=geometry.crs if geometry else None,
        units=units_of(words, samples),
        role=opened.role,
    )


def _count(rows: Iterator[DataRow]) -> int:
    count = 0
    for count, _row in enumerate(rows, 1):
        if count > MAX_ROWS:
            raise too_many_rows()
    return count


def rows_of_table(name: str, rows: Iterator[Numbered], options: ReadOptions, width: int = 0) -> Iterator[Row]:
    """Stream all data rows; Invalid beyond the limit of rows."""
    opened = open_table(name, rows, options, width)
    split = opened.geometry.split if opened.geometry else None
    for count, (number, cells, problem) in enumerate(opened.rows):
        if count == MAX_ROWS:
            raise too_many_rows()
        clean = tuple([cell if cell.isalnum() else storable(cell) for cell in cells])
        if split is None:
            yield Row(number, clean, None, problem)
        else:
            others, geometry = split(clean)
            yield Row(number, others, geometry, problem)
