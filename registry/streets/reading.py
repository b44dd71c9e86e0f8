"""Read a GeoJSON file of street lines: names, classes and lines in WGS 84."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, _n
from registry.kernel.text import TextRefused, fold, normalise, shown
from registry.streets.models import RoadClass

MAX_FILE_BYTES: Final = 100 * 1024 * 1024
MAX_LINES: Final = 100_000
#: Of a degree: a centimetre.
DECIMALS: Final = 7
_MAX_PROBLEMS: Final = 50
_MAX_TEXT: Final = 200
_MIN_POINTS: Final = 2
#: Việt Nam with its sea: a position outside has swapped axes or metres instead of degrees.
_LONGITUDES, _LATITUDES = (102.0, 118.0), (6.0, 24.0)
_NAMES: Final = ("name", "road", "ten", "ten_duong")
_RAILWAY: Final = "duong sat"
#: Beginnings of names that imply a class; the first match counts.
_CLASS_PREFIXES: Final = (
    *(("cao toc", RoadClass.EXPRESSWAY), ("quoc lo", RoadClass.NATIONAL), ("ql", RoadClass.NATIONAL)),
    *(("duong ho chi minh", RoadClass.NATIONAL), ("tinh lo", RoadClass.PROVINCIAL), ("dt", RoadClass.PROVINCIAL)),
    *(("duong tinh", RoadClass.PROVINCIAL), ("duong huyen", RoadClass.DISTRICT), ("duong xa", RoadClass.COMMUNE)),
    *(("duong", RoadClass.URBAN), ("pho", RoadClass.URBAN)),
)
#: Roads of these classes cross communes and belong to none.
PROVINCE_WIDE: Final = (RoadClass.NATIONAL, RoadClass.EXPRESSWAY, RoadClass.PROVINCIAL)


@dataclass(frozen=True)
class ReadLine:
    """One line of a file and the street it belongs to."""

    name: str
    code: str | None
    road_class: RoadClass
    #: Code of the commune, where the street belongs to one.
    commune: str | None
    #: Longitude and latitude of its points.
    points: tuple[tuple[float, float], ...]


def read_lines(path: Path) -> list[ReadLine]:
    """The lines of a GeoJSON file, without railways; Invalid names every faulty feature."""
    lines: list[ReadLine] = []
    problems: list[str] = []
    for number, feature in enumerate(_features(path), 1):
        try:
            lines += _read(feature)
        except ValueError as error:
            problems.append(_("Đối tượng %(number)d: %(problem)s", number=number, problem=error))
    if problems:
        more = len(problems) - _MAX_PROBLEMS
        shown_problems = problems[:_MAX_PROBLEMS] + (
            [_n("Còn %(num)d lỗi khác không hiển thị.", more)] if more > 0 else []
        )
        raise Invalid({"file": shown_problems})
    if not lines:
        raise Invalid({"file": _("Tệp không có tuyến đường nào.")})
    return lines


def _features(path: Path) -> list[Any]:
    if not path.is_file():
        raise Invalid({"file": _("Không có tệp “%(file)s”.", file=path)})
    if path.stat().st_size > MAX_FILE_BYTES:
        raise Invalid({"file": _("Tệp lớn hơn %(most)d MB; hãy chia thành nhiều tệp.", most=MAX_FILE_BYTES >> 20)})
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Invalid({"file": _("Tệp không phải JSON bảng mã UTF-8 (%(reason)s).", reason=error)}) from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or len(features) > MAX_LINES:
        raise Invalid(
            {"file": _("Tệp phải là FeatureCollection của GeoJSON có tối đa %(most)d đối tượng.", most=MAX_LINES)}
        )
    return features


def _read(feature: Any) -> list[ReadLine]:
    properties, geometry = (
        feature.get(key) if isinstance(feature, dict) else None for key in ("properties", "geometry")
    )
    name = _text(properties, *_NAMES) if isinstance(properties, dict) else None
    if not isinstance(properties, dict) or name is None:
        raise ValueError(_("thiếu tên đường (thuộc tính name hoặc road)."))
    if _RAILWAY in (fold(_text(properties, "class") or ""), fold(name)):
        return []
    road_class = _class_of(name, _text(properties, "road_class"))
    commune = None if road_class in PROVINCE_WIDE else _text(properties, "commune_code")
    lines = [_line(line) for line in _lines_of(geometry if isinstance(geometry, dict) else {})]
    return [ReadLine(name, _text(properties, "code"), road_class, commune, line) for line in lines]


def _text(properties: dict[str, Any], *names: str) -> str | None:
    value = next((properties[name] for name in names if properties.get(name) not in (None, "")), None)
    if value is None:
        return None
    try:
        text = normalise(str(value))
    except TextRefused as refused:
        raise ValueError(str(refused)) from refused
    if len(text) > _MAX_TEXT:
        raise ValueError(_("giá trị “%(value)s” dài hơn %(most)d ký tự.", value=shown(text), most=_MAX_TEXT))
    return text or None


def _class_of(name: str, stated: str | None) -> RoadClass:
    if stated is not None:
        if stated not in set(RoadClass):
            classes = ", ".join(RoadClass)
            raise ValueError(_("road_class “%(value)s” phải là một trong: %(all)s.", value=shown(stated), all=classes))
        return RoadClass(stated)
    folded = fold(name)
    return next((road_class for start, road_class in _CLASS_PREFIXES if folded.startswith(start)), RoadClass.OTHER)


def _lines_of(geometry: dict[str, Any]) -> list[Any]:
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind not in ("LineString", "MultiLineString") or not isinstance(coordinates, list):
        raise ValueError(_("hình học phải là LineString hoặc MultiLineString."))
    return [coordinates] if kind == "LineString" else coordinates


def _line(points: Any) -> tuple[tuple[float, float], ...]:
    try:
        places = tuple((round(float(point[0]), DECIMALS), round(float(point[1]), DECIMALS)) for point in points)
    except (TypeError, ValueError, IndexError, KeyError) as error:
        raise ValueError(_("tọa độ phải là các cặp số [kinh độ, vĩ độ].")) from error
    inside = all(
        _LONGITUDES[0] <= lon <= _LONGITUDES[1] and _LATITUDES[0] <= lat <= _LATITUDES[1] for lon, lat in places
    )
    if not inside or len(set(places)) < _MIN_POINTS:
        raise ValueError(_("tuyến cần ít nhất hai điểm khác nhau, kinh độ trước vĩ độ sau, trong Việt Nam (WGS 84)."))
    return places
