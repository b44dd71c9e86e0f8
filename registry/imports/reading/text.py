"""CSV files of any habit: the encoding and the separator are found by content."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import Final

from charset_normalizer import from_bytes

from registry.imports.models import FileFormat
from registry.imports.reading.table import IsKnown, Rows, Table, make_table, refuse
from registry.kernel.i18n import _

SEPARATORS: Final = (";", "\t", ",", "|")
_SAMPLED_LINES: Final = 60
_SAMPLED_BYTES: Final = 200_000
_SAMPLED_CHARACTERS: Final = 200_000
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
#: Encodings without a mark that Vietnamese office programs write.
_LEGACY: Final = ("cp1258", "utf_16_le", "utf_16_be")


def read_text(content: bytes, is_known: IsKnown) -> Table:
    """The rows of a CSV file; Invalid where it is no table of text."""
    text = decode(content)
    return make_table(FileFormat.CSV, _rows(text, find_separator(text)), is_known)


def decode(content: bytes) -> str:
    """The text of a file: by its byte order mark, as UTF-8, or in an older Vietnamese encoding."""
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        found = from_bytes(content[:_SAMPLED_BYTES], cp_isolation=list(_LEGACY)).best()
    if found is not None:
        try:
            return content.decode(found.encoding)
        except UnicodeDecodeError as error:
            raise _not_text() from error
    raise _not_text()


def _not_text() -> Exception:
    return refuse(_("Không đọc được bảng mã của tệp; hãy lưu lại dạng CSV UTF-8 rồi tải lên lại."))


def find_separator(text: str) -> str:
    """The separator that parts the first lines into the most columns, consistently."""
    sample = text[:_SAMPLED_CHARACTERS]
    best, score = SEPARATORS[0], 0
    for separator in SEPARATORS:
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
        widths: Counter[int] = Counter()
        try:
            for _place, cells in zip(range(_SAMPLED_LINES), reader, strict=False):
                widths[len(cells)] += 1
        except csv.Error:
            continue
        found = max((count * (width - 1) for width, count in widths.items() if width > 1), default=0)
        if found > score:
            best, score = separator, found
    return best


def _rows(text: str, separator: str) -> Rows:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            yield number, cells
    except csv.Error as error:
        raise refuse(
            _(
                "Không đọc được dòng %(number)d của tệp CSV: ô quá dài hoặc dấu ngoặc kép không đóng.",
                number=number + 1,
            )
        ) from error
