"""GeoJSON, streamed: properties become columns (nested ones by dotted names), geometries become WKT."""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from registry.imports.reading.geometry import from_geojson
from registry.imports.reading.layers import Cells, TableBuilder, cells_of
from registry.imports.reading.limits import cell_text, refuse, storable
from registry.imports.reading.protocol import Declared, FileDescription, ReadOptions, Row
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _

_NAME: Final = "geojson"
_WGS84: Final = Declared("WGS 84 (RFC 7946)", 4326, "member")
_CRS84: Final = re.compile(r"(urn:ogc:def:crs:)?OGC:(1\.3)?:?CRS84", re.IGNORECASE)
_EPSG: Final = re.compile(r"(?:urn:ogc:def:crs:)?EPSG:(?:[\d.]*:)?(\d{4,6})", re.IGNORECASE)
_SCALARS: Final = (str, int, float, bool, type(None))
#: Columns that identify the Open Fibre Data Standard: networks, and ends of spans.
_OFDS: Final = "network.id"
_OFDS_ENDS: Final = ("start.id", "end.id")


def describe_features(path: Path, options: ReadOptions) -> FileDescription:
    """Columns, number and geometry type of the features; Invalid at the first violation of the format."""
    builder, members = _survey(path)
    name = members.get("name")
    shown = name if isinstance(name, str) and name.strip() else _NAME
    table = builder.table(shown, _declared(members), _role(builder.columns))
    return FileDescription(_NAME, (table,))


def rows_of_features(path: Path, options: ReadOptions) -> Iterator[Row]:
    """Features as rows, numbered in file order."""
    builder, _members = _survey(path)
    columns = tuple(builder.columns)
    for number, feature in _features(ObjectFile(path, "features")):
        cells, geometry = _record(number, feature)
        yield Row(number, cells_of(columns, cells), geometry)


@functools.lru_cache(maxsize=1)  # one process reads one file, twice
def _survey(path: Path) -> tuple[TableBuilder, dict[str, Any]]:
    """All columns: even the last feature may add one."""
    document = ObjectFile(path, "features")
    builder = TableBuilder()
    for number, feature in _features(document):
        builder.add(*_record(number, feature))
    if not builder.count:
        raise refuse(_("Tệp GeoJSON không có đối tượng nào."))
    return builder, document.members


def _features(document: ObjectFile) -> Iterator[tuple[int, Any]]:
    yield from enumerate(document, 1)
    members = document.members
    if not document.has_list and members.get("type") == "Feature":
        yield 1, members
    elif members.get("type") != "FeatureCollection" or not document.has_list:
        raise _no_features(members.get("type"))


def _no_features(kind: object) -> Invalid:
    if kind == "Topology":
        return refuse(_("Tệp này là TopoJSON; cần GeoJSON: một FeatureCollection gồm các Feature."))
    return refuse(_("Tệp JSON này không phải GeoJSON; cần một FeatureCollection gồm các Feature."))


def _declared(members: dict[str, Any]) -> Declared:
    """Declared coordinate system; names are parsed, never looked up, and links are refused."""
    if "crs" not in members:
        return _WGS84
    crs = members["crs"]
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) and crs.get("type") == "name" else None
    if isinstance(name, str):
        if _CRS84.fullmatch(name.strip()):
            return _WGS84
        match = _EPSG.fullmatch(name.strip())
        if match:
            return Declared(name.strip(), int(match.group(1)), "member")
    raise refuse(
        _(
            "Tệp GeoJSON khai hệ tọa độ không được hỗ trợ “%(name)s” (mục crs); cần WGS 84, kinh độ trước, vĩ độ "
            "sau, hoặc một mã EPSG như EPSG:5897.",
            name=storable(name if isinstance(name, str) else str(crs))[:60],
        )
    )


def _record(number: int, feature: Any) -> tuple[Cells, str | None]:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise refuse(_("Đối tượng thứ %(number)d của tệp GeoJSON không phải là Feature.", number=number))
    if "crs" in feature and "features" not in feature and feature["crs"] is not None:
        raise refuse(_("Đối tượng thứ %(number)d khai hệ tọa độ riêng (mục crs); cần WGS 84.", number=number))
    properties = feature.get("properties") or {}
    if not isinstance(properties, dict):
        raise refuse(
            _("Đối tượng thứ %(number)d có mục properties không phải là danh sách tên, giá trị.", number=number)
        )
    cells: Cells = {}
    for name, value in properties.items():
        if type(value) is str:  # nearly all
            cells[name] = value
        else:
            _flatten(cells, name, value, 0)
    identity = feature.get("id")
    if identity is not None and "id" not in cells and isinstance(identity, _SCALARS):
        cells["id"] = cell_text(identity)
    return cells, from_geojson(feature.get("geometry"))


def _flatten(cells: Cells, name: str, value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise too_deep()
    parts: Iterable[tuple[str, Any]]
    if isinstance(value, Mapping):
        parts = value.items()
    elif isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value):
        parts = ((str(index), item) for index, item in enumerate(value, 1))
    else:
        cells[name] = "; ".join(map(cell_text, value)) if isinstance(value, list) else cell_text(value)
        return
    for inner, item in parts:
        _flatten(cells, f"{name}.{inner}", item, depth + 1)


def _role(columns: Collection[str]) -> str:
    if _OFDS not in columns:
        return ""
    return "ofds.spans" if all(end in columns for end in _OFDS_ENDS) else "ofds.nodes"


# --- streaming parser ---------------------------------------------------------------------------------------------
MAX_DEPTH: Final = 20
_MAX_DIGITS: Final = 40
_PIECE: Final = 262_144
#: Maximum characters of one element.
_MAX_ELEMENT: Final = 16 * 1024 * 1024
_BLANKS: Final = re.compile(r"[ \t\r\n]*")
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class ObjectFile:
    """Streaming parser of one JSON object; `members` holds all but the streamed list after iteration."""

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
        """Elements of the streamed list, once."""
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
        """Next non-blank character; "" at the end."""
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
                # Invalid or incomplete: the buffer doubles, so a long value costs linear time.
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
    return refuse(_("Tệp không phải JSON hợp lệ hoặc bị cắt cụt; hãy xuất lại GeoJSON từ phần mềm bản đồ."))


def too_deep() -> Invalid:
    return refuse(_("Tệp GeoJSON lồng nhau quá sâu, tối đa %(most)d tầng.", most=MAX_DEPTH))


def _no_object() -> Invalid:
    return refuse(_("Tệp JSON này không phải GeoJSON; cần một FeatureCollection gồm các Feature."))


def _twice(name: str) -> Invalid:
    return refuse(_("Tệp GeoJSON có khóa “%(name)s” lặp lại trong một đối tượng.", name=name[:60]))


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _value in pairs]
        raise _twice(next(name for name in names if names.count(name) > 1))
    return members


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
