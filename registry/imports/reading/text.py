"""CSV and TSV files: encoding, separator and headers are detected, rows are streamed."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from registry.imports.reading.encodings import Codec, check_known, codec_of
from registry.imports.reading.encodings.detect import DetectedEncoding, detect_file
from registry.imports.reading.heading import Numbered
from registry.imports.reading.limits import refuse
from registry.imports.reading.protocol import FileDescription, ReadOptions, Row
from registry.imports.reading.table import describe_table, rows_of_table
from registry.kernel.i18n import _

SEPARATORS: Final = (";", "\t", ",", "|")
_SAMPLED_LINES: Final = 60
_SAMPLED_CHARACTERS: Final = 200_000
#: Far longer than a line of 300 columns; protects against files without line ends.
_MAX_LINE: Final = 1_000_000
#: First line by which Excel finds the separator; it is no data.
_SEPARATOR_LINE: Final = re.compile(r"\ufeff?sep=(.)\r?\n?", re.IGNORECASE)


def describe_text(path: Path, options: ReadOptions) -> FileDescription:
    detected, codec = _codec(path, options.encoding)
    separator = options.separator or find_separator(_first_characters(path, codec))
    table = describe_table("", _rows(path, codec, separator), options, counted=False)
    is_stated = options.encoding is not None
    return FileDescription(
        file_format="tsv" if separator == "\t" else "csv",
        tables=(table,),
        encoding=options.encoding or detected.encoding,
        separator=separator,
        notes=() if is_stated else tuple(detected.notes),
        encoding_sure=is_stated or detected.sure,
        encoding_offered=None if is_stated else detected.offered,
    )


def rows_of_text(path: Path, options: ReadOptions) -> Iterator[Row]:
    _guess, codec = _codec(path, options.encoding)
    separator = options.separator or find_separator(_first_characters(path, codec))
    return rows_of_table("", _rows(path, codec, separator), options)


def _codec(path: Path, encoding: str | None) -> tuple[DetectedEncoding, Codec]:
    check_known(encoding)
    detected = detect_file(path)
    return detected, codec_of(encoding or detected.encoding, detected.container)


def _lines(path: Path, codec: Codec) -> Iterator[str]:
    """Lines with their ends, of limited length, without the line that names the separator."""
    with path.open(encoding=codec.container, errors="replace", newline="") as source:
        first = True
        while line := source.readline(_MAX_LINE):
            if len(line) == _MAX_LINE:
                raise refuse(
                    _(
                        "Tệp có dòng dài hơn %(most)d ký tự; đây không phải bảng CSV hợp lệ, có ô quá dài.",
                        most=_MAX_LINE,
                    )
                )
            if first:
                first, line = False, line.removeprefix("\ufeff")
                if _SEPARATOR_LINE.fullmatch(line):
                    continue
            yield line


def _first_characters(path: Path, codec: Codec) -> str:
    with path.open(encoding=codec.container, errors="replace", newline="") as source:
        return source.read(_SAMPLED_CHARACTERS)


def find_separator(text: str) -> str:
    """The separator named by the file, else the one with the most uniform columns."""
    named = _SEPARATOR_LINE.match(text)
    if named:
        return named[1]
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
        score_of_width = max((count * (width - 1) for width, count in widths.items() if width > 1), default=0)
        if score_of_width > score:
            best, score = separator, score_of_width
    return best


def _rows(path: Path, codec: Codec, separator: str) -> Iterator[Numbered]:
    if len(separator) != 1 or separator in '"\r\n':
        raise refuse(_("Dấu phân cách “%(given)s” không dùng được; cần đúng một ký tự.", given=separator[:10]))
    to_unicode = codec.to_unicode
    reader = csv.reader(_lines(path, codec), delimiter=separator)
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            yield number, [cell if cell.isascii() else to_unicode(cell) for cell in cells]
    except csv.Error as error:
        raise refuse(
            _(
                "Không đọc được dòng %(number)d của tệp CSV: ô quá dài hoặc dấu ngoặc kép không đóng.",
                number=number + 1,
            )
        ) from error
