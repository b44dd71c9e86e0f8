"""GeoJSON, streamed: properties become columns, nested ones by dotted names; the geometry stays apart as WKT."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from registry.imports.reading.geometry import from_geojson
from registry.imports.reading.json_stream import MAX_DEPTH, ObjectFile, too_deep
from registry.imports.reading.layers import Cells, Gathering, cells_of
from registry.imports.reading.protocol import Declared, FileDescription, ReadOptions, Row
from registry.imports.reading.table import cell_text, refuse, storable
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _

_NAME: Final = "geojson"
_WGS84: Final = Declared("WGS 84 (RFC 7946)", 4326, "member")
_CRS84: Final = re.compile(r"(urn:ogc:def:crs:)?OGC:(1\.3)?:?CRS84", re.IGNORECASE)
_EPSG: Final = re.compile(r"(?:urn:ogc:def:crs:)?EPSG:(?:[\d.]*:)?(\d{4,6})", re.IGNORECASE)
_SCALARS: Final = (str, int, float, bool, type(None))
#: Columns by which a file of the Open Fibre Data Standard is known: its networks, and the ends of its spans.
_OFDS: Final = "network.id"
_OFDS_ENDS: Final = ("start.id", "end.id")


def describe_features(path: Path, options: ReadOptions) -> FileDescription:
    """Columns, count and geometry type of a file; Invalid names the first thing that GeoJSON does not allow."""
    gathering, members = _surveyed(path)
    name = members.get("name")
    shown = name if isinstance(name, str) and name.strip() else _NAME
    table = gathering.table(shown, _declared(members), _role(gathering.columns))
    return FileDescription(_NAME, (table,))


def rows_of_features(path: Path, options: ReadOptions) -> Iterator[Row]:
    """The features as rows, numbered as they stand in the file."""
    gathering, _members = _surveyed(path)
    columns = tuple(gathering.columns)
    for number, feature in _features(ObjectFile(path, "features")):
        cells, geometry = _record(number, feature)
        yield Row(number, cells_of(columns, cells), geometry)


@functools.lru_cache(maxsize=1)  # one process reads one file, twice
def _surveyed(path: Path) -> tuple[Gathering, dict[str, Any]]:
    """All columns: the last feature may bring another."""
    document = ObjectFile(path, "features")
    gathering = Gathering()
    for number, feature in _features(document):
        gathering.add(*_record(number, feature))
    if not gathering.count:
        raise refuse(_("Tệp GeoJSON không có đối tượng nào."))
    return gathering, document.members


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
    """The system that the file names. A name is read, never looked up; a link is refused."""
    if "crs" not in members:
        return _WGS84
    crs = members["crs"]
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) and crs.get("type") == "name" else None
    if isinstance(name, str):
        if _CRS84.fullmatch(name.strip()):
            return _WGS84
        found = _EPSG.fullmatch(name.strip())
        if found:
            return Declared(name.strip(), int(found.group(1)), "member")
    raise refuse(
        _(
            "Tệp GeoJSON khai hệ tọa độ lạ «%(name)s» (mục crs); cần WGS 84, kinh độ trước, vĩ độ sau, hoặc một mã EPSG"
            " như EPSG:5897.",
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
        parts = ((str(place), item) for place, item in enumerate(value, 1))
    else:
        cells[name] = "; ".join(map(cell_text, value)) if isinstance(value, list) else cell_text(value)
        return
    for inner, item in parts:
        _flatten(cells, f"{name}.{inner}", item, depth + 1)


def _role(columns: Collection[str]) -> str:
    if _OFDS not in columns:
        return ""
    return "ofds.spans" if all(end in columns for end in _OFDS_ENDS) else "ofds.nodes"
