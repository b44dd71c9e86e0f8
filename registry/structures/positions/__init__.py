"""Exact positions: the only package that reads them.

`selectable` gives each actor one selectable of the present or of a past time, exact or as cells; `reader_role` executes
statements as the database role that may read positions; `duplicates` compares positions inside the database. Who sees
which position stands at the head of the product's promises.
"""

from registry.structures.positions.reader_role import reading, run, run_compiled, stream
from registry.structures.positions.selectable import (
    EXACT_ONLY,
    LONG_AGO,
    Window,
    by_unit_of_cells,
    counted,
    counts_province,
    geojson_column,
    geojson_of,
    given_of,
    given_of_versions,
    given_once,
    index_rows,
    is_counted,
    is_shown_as_cells,
    lengths,
    lengths_by_commune,
    middles,
    nearest_to,
    parts,
    public_cells,
    readable,
    sees_all,
    sees_all_of,
    sees_exactly,
    shapes_of,
    total_length,
)

__all__ = [
    "EXACT_ONLY",
    "LONG_AGO",
    "Window",
    "by_unit_of_cells",
    "counted",
    "counts_province",
    "geojson_column",
    "geojson_of",
    "given_of",
    "given_of_versions",
    "given_once",
    "index_rows",
    "is_counted",
    "is_shown_as_cells",
    "lengths",
    "lengths_by_commune",
    "middles",
    "nearest_to",
    "parts",
    "public_cells",
    "readable",
    "reading",
    "run",
    "run_compiled",
    "sees_all",
    "sees_all_of",
    "sees_exactly",
    "shapes_of",
    "stream",
    "total_length",
]
