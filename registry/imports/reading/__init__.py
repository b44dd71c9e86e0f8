"""Read a file by its content: CSV, XLSX or GeoJSON, into rows of text."""

from __future__ import annotations

from typing import Final

from registry.imports.reading.features import read_features
from registry.imports.reading.table import MAX_BYTES, IsKnown, Row, Table, refuse
from registry.imports.reading.text import read_text
from registry.imports.reading.workbook import read_workbook
from registry.kernel.i18n import _

__all__ = ["MAX_BYTES", "Row", "Table", "read_table"]

_ZIP: Final = b"PK\x03\x04"
_BLANKS: Final = b" \t\r\n"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
#: First bytes of files that people mistake for a table.
_OTHERS: Final = (
    (b"\xd0\xcf\x11\xe0", "XLS, DOC"),
    (b"%PDF", "PDF"),
    (b"\x1f\x8b", "GZIP"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7Z"),
    (b"SQLite format 3", "GeoPackage"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"<", "XML, KML, HTML"),
)


def read_table(content: bytes, is_known: IsKnown) -> Table:
    """The table in a file, whatever its name; Invalid (field `file`) says why there is none."""
    if not content.strip(_BLANKS + b"\x00"):
        raise refuse(_("Tệp rỗng; cần một dòng tiêu đề cột và ít nhất một dòng dữ liệu."))
    if len(content) > MAX_BYTES:
        raise refuse(_("Tệp lớn hơn %(most)d MB; hãy chia thành nhiều tệp.", most=MAX_BYTES // (1024 * 1024)))
    if content.startswith(_ZIP):
        return read_workbook(content, is_known)
    start = content.removeprefix(_BYTE_ORDER_MARK).lstrip(_BLANKS)[:20]
    for mark, name in _OTHERS:
        if start.startswith(mark):
            raise refuse(_("Tệp dạng %(name)s chưa nhận được; hãy lưu thành CSV, XLSX hoặc GeoJSON.", name=name))
    return read_features(content) if start.startswith((b"{", b"[")) else read_text(content, is_known)
