"""JSON read piece by piece: the members of one object, and the elements of one long list in it, never all at once."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from registry.imports.reading.table import refuse
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _

MAX_DEPTH: Final = 20
_MAX_DIGITS: Final = 40
_PIECE: Final = 262_144
#: Characters of one element of the list.
_MAX_ELEMENT: Final = 16 * 1024 * 1024
_BLANKS: Final = re.compile(r"[ \t\r\n]*")
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class ObjectFile:
    """A file that is one JSON object; `members` holds all but the streamed list once that has been iterated."""

    def __init__(self, path: Path, streamed: str) -> None:
        self.members: dict[str, Any] = {}
        self.has_list = False
        self._streamed = streamed
        with path.open("rb") as source:
            start = source.read(3)
        encoding = next((name for mark, name in _MARKS if start.startswith(mark)), "utf-8")
        self._source = path.open(encoding=encoding, newline="")
        self._text, self._at, self._is_whole = "", 0, False
        self._decoder = json.JSONDecoder(
            object_pairs_hook=_pairs, parse_constant=_constant, parse_int=_whole, parse_float=_float
        )

    def __iter__(self) -> Iterator[Any]:
        """The elements of the streamed list, once."""
        with self._source:
            if self._next() != "{":
                raise _no_object()
            self._at += 1
            yield from self._members()
            if self._next():
                raise broken()

    def _members(self) -> Iterator[Any]:
        while (mark := self._next()) != "}":
            if self.members or self.has_list:
                self._expect(",")
                mark = self._next()
            if mark != '"':
                raise broken()
            name = self._value()
            self._expect(":")
            if name in self.members or (self.has_list and name == self._streamed):
                raise _twice(name)
            if name == self._streamed and self._next() == "[":
                self.has_list = True
                yield from self._elements()
            else:
                self.members[name] = self._value()
        self._at += 1

    def _elements(self) -> Iterator[Any]:
        self._at += 1
        if self._next() == "]":
            self._at += 1
            return
        while True:
            yield self._value()
            mark = self._next()
            self._at += 1
            if mark == "]":
                return
            if mark != ",":
                raise broken()

    def _expect(self, mark: str) -> None:
        if self._next() != mark:
            raise broken()
        self._at += 1

    def _next(self) -> str:
        """The next character that is no blank; nothing at the end."""
        while True:
            blanks = _BLANKS.match(self._text, self._at)
            self._at = blanks.end() if blanks else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more(_PIECE):
                return ""

    def _value(self) -> Any:
        self._next()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except RecursionError as error:
                raise too_deep() from error
            except ValueError as error:
                # Broken, or not all there yet: what is held doubles, so a long value costs no more than its length.
                if not self._more(max(_PIECE, len(self._text) - self._at)):
                    raise broken() from error
                continue
            if end == len(self._text) and self._more(_PIECE):  # a number may go on
                continue
            self._at = end
            return value

    def _more(self, characters: int) -> bool:
        """Read on; False at the end of the file."""
        if self._is_whole:
            return False
        if len(self._text) - self._at > _MAX_ELEMENT:
            raise refuse(
                _("Tệp GeoJSON có một đối tượng dài hơn %(most)d triệu ký tự.", most=_MAX_ELEMENT // 1_000_000)
            )
        try:
            read = self._source.read(characters)
        except UnicodeDecodeError as error:
            raise refuse(_("Tệp GeoJSON không theo bảng mã UTF-8; hãy xuất lại GeoJSON dạng UTF-8.")) from error
        self._is_whole = len(read) < characters
        self._text, self._at = self._text[self._at :] + read, 0
        return bool(read)


def broken() -> Invalid:
    """No JSON."""
    return refuse(_("Tệp không phải JSON hợp lệ hoặc bị cắt cụt; hãy xuất lại GeoJSON từ phần mềm bản đồ."))


def too_deep() -> Invalid:
    """Too many levels."""
    return refuse(_("Tệp GeoJSON lồng nhau quá sâu, tối đa %(most)d tầng.", most=MAX_DEPTH))


def _no_object() -> Invalid:
    return refuse(_("Tệp JSON này không phải GeoJSON; cần một FeatureCollection gồm các Feature."))


def _twice(name: str) -> Invalid:
    return refuse(_("Tệp GeoJSON có khóa «%(name)s» lặp lại trong một đối tượng.", name=name[:60]))


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        raise _twice(next(name for name in names if names.count(name) > 1))
    return found


def _constant(word: str) -> Any:
    raise refuse(_("Tệp GeoJSON có giá trị %(word)s, không phải là số; cần số hữu hạn.", word=word))


def _whole(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise refuse(_("Tệp GeoJSON có số dài %(length)d chữ số.", length=len(digits)))
    return int(digits)


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise refuse(_("Tệp GeoJSON có số %(text)s vượt quá phạm vi.", text=text[:40]))
    return value
