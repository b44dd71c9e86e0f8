"""Read boundary files in GeoJSON: one unit a feature, polygons in WGS 84."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from registry.kernel.i18n import _
from registry.territory.catalogue import UnitKey
from registry.territory.importing.problems import Place, Problems
from registry.territory.models import UnitKind, UnitLevel
from registry.territory.rules import KIND_WORDS

MAX_FILE_BYTES: Final = 100 * 1024 * 1024
MAX_FEATURES: Final = 20_000
MAX_VERTICES: Final = 500_000
#: Việt Nam with its sea, in degrees: what lies outside has swapped axes or metres instead of degrees.
LONGITUDES: Final = (102.0, 118.0)
LATITUDES: Final = (6.0, 24.0)
LEVEL_WORDS: Final = {level.value: level for level in UnitLevel}
KINDS_BY_WORD: Final = {word.lower(): kind for kind, word in KIND_WORDS.items()}
#: Names that GeoJSON writers give to longitude and latitude on WGS 84.
_WGS84_NAMES: Final = (
    "urn:ogc:def:crs:ogc:1.3:crs84",
    "urn:ogc:def:crs:ogc::crs84",
    "epsg:4326",
    "urn:ogc:def:crs:epsg::4326",
)
_DEPTH: Final = {"Polygon": 2, "MultiPolygon": 3}
_RING_LEAST: Final = 4


@dataclass(frozen=True)
class Outline:
    """One unit of a boundary file."""

    place: Place
    key: UnitKey
    kind: UnitKind
    name: str
    valid_to: date | None
    #: The geometry as GeoJSON text.
    geometry: str


def read_outlines(path: Path, problems: Problems) -> list[Outline]:
    """The units of one GeoJSON file; what is wrong goes to `problems`."""
    features = _features(path, problems)
    found = [
        outline
        for number, feature in enumerate(features, start=1)
        if (outline := _outline(path.name, number, feature, problems)) is not None
    ]
    _refuse_twice(found)
    return found


def _features(path: Path, problems: Problems) -> list[Any]:
    if path.stat().st_size > MAX_FILE_BYTES:
        problems.add_sentence(
            _("Tệp %(file)s lớn hơn %(most)d MB.", file=path.name, most=MAX_FILE_BYTES // (1024 * 1024))
        )
        return []
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        problems.add_sentence(
            _("Tệp %(file)s không phải JSON bảng mã UTF-8 (%(reason)s).", file=path.name, reason=error)
        )
        return []
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or document.get("type") != "FeatureCollection":
        problems.add_sentence(_("Tệp %(file)s không phải FeatureCollection của GeoJSON.", file=path.name))
        return []
    if len(features) > MAX_FEATURES:
        problems.add_sentence(
            _("Tệp %(file)s có hơn %(most)d đối tượng, cần chia nhỏ tệp.", file=path.name, most=MAX_FEATURES)
        )
        return []
    if not _is_wgs84(document.get("crs")):
        problems.add_sentence(_("Tệp %(file)s có hệ tọa độ (crs) khác WGS 84 (EPSG:4326).", file=path.name))
        return []
    return features


def _is_wgs84(crs: Any) -> bool:
    if crs is None:
        return True
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return isinstance(name, str) and name.lower() in _WGS84_NAMES


def _outline(file: str, number: int, feature: Any, problems: Problems) -> Outline | None:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    place = Place(problems, file, "feature", number, properties if isinstance(properties, dict) else {})
    before = len(problems.sentences)
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    _check_geometry(place, geometry)
    code, name = place.text("code", longest=20), place.text("name")
    level = place.one_of("level", LEVEL_WORDS)
    kind = place.one_of("kind", KINDS_BY_WORD)
    start, end = place.day("valid_from"), place.day("valid_to")
    if start and end and end < start:
        place.refuse("valid_to", end.isoformat(), _("ngày không trước valid_from"))
    if len(problems.sentences) > before:
        return None
    return Outline(place, UnitKey(level, code, start), kind, name, end, json.dumps(geometry))


def _check_geometry(place: Place, geometry: Any) -> None:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(kind, str) or kind not in _DEPTH:
        place.refuse("geometry", kind, "Polygon, MultiPolygon")
        return
    rings = [geometry.get("coordinates")]
    for _level in range(_DEPTH[kind] - 1):
        rings = [inner for part in rings if isinstance(part, list) for inner in part] or [None]
    if not all(_is_ring(ring) for ring in rings):
        place.refuse("geometry", kind, _("các vòng khép kín, mỗi vòng ít nhất 4 điểm"))
        return
    points = [point for ring in rings for point in ring]
    if len(points) > MAX_VERTICES:
        place.refuse("geometry", len(points), _("nhiều nhất %(most)d đỉnh", most=MAX_VERTICES))
        return
    outside = next((point for point in points if not _is_inside(point)), None)
    if outside is not None:
        place.refuse(
            "geometry",
            outside,
            _("[kinh độ 102–118, vĩ độ 6–24] theo WGS 84 (kiểm tra thứ tự trục và hệ tọa độ)"),
        )


def _is_ring(ring: Any) -> bool:
    return isinstance(ring, list) and len(ring) >= _RING_LEAST and bool(ring[0] == ring[-1])


def _is_inside(point: Any) -> bool:
    if not isinstance(point, list) or len(point) not in (2, 3):
        return False
    if not all(isinstance(number, int | float) and not isinstance(number, bool) for number in point):
        return False
    return bool(LONGITUDES[0] <= point[0] <= LONGITUDES[1] and LATITUDES[0] <= point[1] <= LATITUDES[1])


def _refuse_twice(outlines: list[Outline]) -> None:
    seen: set[UnitKey] = set()
    for outline in outlines:
        if outline.key in seen:
            outline.place.refuse("code", outline.key.code, _("mỗi đơn vị (code, valid_from) một lần trong tệp"))
        seen.add(outline.key)
