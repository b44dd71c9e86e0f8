"""GeoJSON: properties become columns, nested ones by dotted names, the geometry one column of text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from registry.imports.models import FileFormat
from registry.imports.reading.table import MAX_COLUMNS, MAX_ROWS, Row, Table, cell_text, refuse
from registry.imports.reading.text import decode
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _

#: Header of the column made from the geometries.
GEOMETRY: Final = "geometry"
MAX_DEPTH: Final = 20
_PLANE: Final = 2


class LenientJsonError(ValueError):
    """A text that is JSON to a lenient reader only."""


def read_features(content: bytes) -> Table:
    """The features of a file as rows; Invalid names the first thing that GeoJSON (RFC 7946) does not allow."""
    try:
        document = json.loads(
            decode(content), object_pairs_hook=_pairs, parse_constant=_constant, parse_int=_whole, parse_float=_float
        )
    except LenientJsonError as refused:
        raise refuse(str(refused)) from refused
    except RecursionError as error:
        raise refuse(_("Tệp GeoJSON lồng nhau quá sâu, tối đa %(most)d tầng.", most=MAX_DEPTH)) from error
    except ValueError as error:
        raise refuse(_("Tệp không phải JSON hợp lệ; hãy xuất lại GeoJSON từ phần mềm bản đồ.")) from error
    return _table(_features(document))


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise LenientJsonError(_("Tệp GeoJSON có khóa «%(name)s» lặp lại trong một đối tượng.", name=twice[:60]))
    return found


def _constant(word: str) -> Any:
    raise LenientJsonError(_("Tệp GeoJSON có giá trị %(word)s, không phải là số; cần số hữu hạn.", word=word))


def _whole(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise LenientJsonError(_("Tệp GeoJSON có số dài %(length)d chữ số.", length=len(digits)))
    return int(digits)


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise LenientJsonError(_("Tệp GeoJSON có số %(text)s vượt quá phạm vi.", text=text[:40]))
    return value


_MOST_DIGITS: Final = 40


def _features(document: Any) -> list[Any]:
    if not isinstance(document, dict):
        raise _no_features()
    if "crs" in document:
        raise refuse(
            _("Tệp GeoJSON khai hệ tọa độ riêng (mục crs); cần GeoJSON theo WGS 84, kinh độ trước, vĩ độ sau.")
        )
    if document.get("type") == "Feature":
        return [document]
    features = document.get("features")
    if document.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise _no_features()
    if not features:
        raise refuse(_("Tệp GeoJSON không có đối tượng nào."))
    if len(features) > MAX_ROWS:
        raise refuse(_("Tệp có hơn %(most)d đối tượng; hãy chia thành nhiều tệp.", most=MAX_ROWS))
    return features


def _no_features() -> Invalid:
    return refuse(_("Tệp JSON này không phải GeoJSON; cần một FeatureCollection gồm các Feature."))


def _table(features: list[Any]) -> Table:
    flat = [_flat(number, feature) for number, feature in enumerate(features, 1)]
    columns = list(dict.fromkeys(name for cells in flat for name in cells if name != GEOMETRY))
    if len(columns) > MAX_COLUMNS:
        raise refuse(_("Tệp có %(count)d cột, tối đa %(most)d.", count=len(columns), most=MAX_COLUMNS))
    header = (*columns, GEOMETRY)
    rows = tuple(Row(number, tuple(cells.get(name, "") for name in header)) for number, cells in enumerate(flat, 1))
    return Table(FileFormat.GEOJSON, "", header, rows)


def _flat(number: int, feature: Any) -> dict[str, str]:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise refuse(_("Đối tượng thứ %(number)d của tệp GeoJSON không phải là Feature.", number=number))
    if "crs" in feature:
        raise refuse(_("Đối tượng thứ %(number)d khai hệ tọa độ riêng (mục crs); cần WGS 84.", number=number))
    properties = feature.get("properties") or {}
    if not isinstance(properties, dict):
        raise refuse(
            _("Đối tượng thứ %(number)d có mục properties không phải là danh sách tên, giá trị.", number=number)
        )
    cells: dict[str, str] = {}
    for name, value in properties.items():
        _flatten(cells, name, value, 0)
    if "id" in feature and "id" not in cells:
        cells["id"] = cell_text(feature["id"]) if not isinstance(feature["id"], (dict, list)) else ""
    cells[GEOMETRY] = geometry_text(feature.get("geometry"))
    return cells


def _flatten(cells: dict[str, str], name: str, value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise refuse(_("Tệp GeoJSON lồng nhau quá sâu, tối đa %(most)d tầng.", most=MAX_DEPTH))
    parts: Iterable[tuple[str, Any]]
    if isinstance(value, Mapping):
        parts = value.items()
    elif isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value):
        parts = ((str(place), item) for place, item in enumerate(value, 1))
    else:
        cells[name] = "; ".join(map(cell_text, value)) if isinstance(value, list) else cell_text(value)
        return
    for inner, item in parts:
        _flatten(cells, f"{name}.{inner}", item, depth + 1)


def geometry_text(geometry: Any) -> str:
    """A geometry as the reader of positions takes it: one "latitude; longitude" a line, or the name of another type."""
    if geometry is None:
        return ""
    if not isinstance(geometry, dict) or "crs" in geometry:
        return "?"
    kind, coordinates = str(geometry.get("type")), geometry.get("coordinates")
    if kind == "Point":
        places = [coordinates]
    elif kind == "LineString" and isinstance(coordinates, list):
        places = coordinates
    else:
        return kind
    return "\n".join(map(_place, places))


def _place(place: Any) -> str:
    numbers = place[:_PLANE] if isinstance(place, list) else []
    if len(numbers) < _PLANE or not all(type(number) in (int, float) for number in numbers):
        return "?"
    lon, lat = numbers
    return f"{cell_text(lat)}; {cell_text(lon)}"
