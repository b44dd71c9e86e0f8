"""The one table in a file as cells by field, for pages that do not store the file."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from registry.imports.reading.client import open_file
from registry.imports.reading.heading import header_key, is_typo
from registry.imports.reading.limits import refuse
from registry.imports.reading.protocol import ReadOptions
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
            tables = [table for table in reading.description.tables if not table.hidden]
            if len(tables) != 1:
                raise refuse(_n("Tệp có %(count)d bảng; hãy để lại một bảng.", len(tables), count=len(tables)))
            header = tables[0].header
            rows = list(islice(reading, most_rows + 1))
    if len(rows) > most_rows:
        raise refuse(_("Tệp có hơn %(most)d dòng; hãy chia thành nhiều tệp.", most=most_rows))
    columns = _columns(header, fields_by_key)
    return UploadedTable(tuple(header), columns, [(row.number, row.cells) for row in rows])


def _columns(header: Sequence[str], fields_by_key: Mapping[str, str]) -> dict[str, str]:
    """Field -> heading: the first that names it exactly, else one with a typo."""
    headings: dict[str, str] = {}
    for heading in header:
        field = fields_by_key.get(header_key(heading))
        if field is not None:
            headings.setdefault(field, heading)
    for heading in header:
        near = {field for key, field in fields_by_key.items() if is_typo(header_key(heading), key)}
        if len(near) == 1 and heading not in headings.values():
            headings.setdefault(near.pop(), heading)
    return headings
