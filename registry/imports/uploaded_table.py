"""The one table in a file as cells by field, for pages that do not store the file."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from registry.imports.reading.client import open_file
from registry.imports.reading.heading import header_key, is_typo
from registry.imports.reading.limits import refuse
from registry.imports.reading.protocol import ReadOptions, TableDescription
from registry.kernel.i18n import _, _n, current_locale
from registry.kernel.uploaded_tables import UploadedTable

MOST_BYTES: Final = 5 * 1024 * 1024


def read_uploaded_table(stream: BinaryIO, aliases: Mapping[str, Sequence[str]], most_rows: int) -> UploadedTable:
    """The table of a file, read in the sandbox; Invalid (field `file`) states why there is none.

    `aliases`: field -> headings that name it.
    """
    content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise refuse(_("Tệp lớn hơn %(most)d MB; hãy chia thành nhiều tệp.", most=MOST_BYTES >> 20))
    if not content:
        raise refuse(_("Tệp trống; hãy chọn tệp CSV, XLSX, XLS hoặc ODS có danh sách."))
    fields_by_key = {header_key(heading): field for field, headings in aliases.items() for heading in headings}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table"
        path.write_bytes(content)
        options = ReadOptions(known_headers=tuple(fields_by_key), language=str(current_locale()))
        with open_file(path, options) as reading:
            table = one_table([table for table in reading.description.tables if not table.hidden], fields_by_key)
            is_only = len(reading.description.tables) == 1
            rows = list(islice(reading, most_rows + 1)) if is_only else []
        if not is_only:
            with open_file(path, replace(options, table=table.name)) as reading:
                rows = list(islice(reading, most_rows + 1))
    header = table.header
    if len(rows) > most_rows:
        raise refuse(_("Tệp có hơn %(most)d dòng; hãy chia thành nhiều tệp.", most=most_rows))
    columns = columns_of_header(header, fields_by_key)
    return UploadedTable(tuple(header), columns, [(row.number, row.cells) for row in rows])


def one_table(tables: Sequence[TableDescription], fields_by_key: Mapping[str, str]) -> TableDescription:
    """The only table, or the only one with a heading of a field: files of lists have a sheet with their filters."""
    matching = (
        [table for table in tables if columns_of_header(table.header, fields_by_key)]
        if len(tables) > 1
        else list(tables)
    )
    if len(matching) != 1:
        raise refuse(_n("Tệp có %(count)d bảng; hãy để lại một bảng.", len(tables), count=len(tables)))
    return matching[0]


def columns_of_header(header: Sequence[str], fields_by_key: Mapping[str, str]) -> dict[str, str]:
    """Field -> heading: the first of its names that stands there exactly, its label before others, else one with a
    typo."""
    headings: dict[str, str] = {}
    present: dict[str, str] = {}
    for heading in header:
        present.setdefault(header_key(heading), heading)
    for key, field in fields_by_key.items():
        if key in present:
            headings.setdefault(field, present[key])
    for heading in header:
        near = {field for key, field in fields_by_key.items() if is_typo(header_key(heading), key)}
        if len(near) == 1 and heading not in headings.values():
            headings.setdefault(near.pop(), heading)
    return headings
