"""Read a layer of the ground from GeoJSON: its attribution and its features, checked as far as files can be."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from registry.basemap.rules import LAYERS, SHAPE_OF, name_of, sort_of
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _
from registry.kernel.text import TextRefused, normalise

MAX_FILE_BYTES: Final = 100 * 1024 * 1024
#: Web Mercator ends here.
_LONGEST, _HIGHEST = 180, 85
#: Positions lie at most so deep in the lists of a MultiPolygon.
_DEEPEST: Final = 4


@dataclass(frozen=True)
class GroundFeature:
    """One feature as it will be stored; `number` is its place in the file."""

    number: int
    name: str | None
    sort: str | None
    min_zoom: int
    #: The geometry as GeoJSON text.
    shape: str


@dataclass(frozen=True)
class GroundFile:
    """One layer with what was left out because its shape does not fit (points among rivers)."""

    layer: str
    attribution: str
    features: list[GroundFeature]
    left_out: int


def read_folder(folder: Path) -> list[GroundFile]:
    """Every *.geojson of a folder; Invalid, naming file and feature, on the first thing that is wrong."""
    paths = sorted(folder.glob("*.geojson")) if folder.is_dir() else []
    if not paths:
        raise Invalid({"folder": _("Thư mục '%(folder)s' không có tệp .geojson nào.", folder=folder)})
    return [_read(path) for path in paths]


def _read(path: Path) -> GroundFile:
    if path.stem not in LAYERS:
        known = ", ".join(f"{code}.geojson" for code in LAYERS)
        _refuse(_("Tệp %(file)s không phải lớp nền; cần một trong: %(known)s.", file=path.name, known=known))
    if path.stat().st_size > MAX_FILE_BYTES:
        _refuse(_("Tệp %(file)s lớn hơn %(most)d MB.", file=path.name, most=MAX_FILE_BYTES // (1024 * 1024)))
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Invalid(
            {"folder": _("Tệp %(file)s không phải JSON bảng mã UTF-8 (%(reason)s).", file=path.name, reason=error)}
        ) from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or document.get("type") != "FeatureCollection":
        _refuse(_("Tệp %(file)s không phải FeatureCollection của GeoJSON.", file=path.name))
    found = [_feature(path, number, feature) for number, feature in enumerate(features, start=1)]
    kept = [feature for feature in found if feature is not None]
    return GroundFile(path.stem, _attribution(path, document), kept, len(found) - len(kept))


def _attribution(path: Path, document: dict[str, Any]) -> str:
    given = document.get("attribution")
    try:
        found = normalise(given) if isinstance(given, str) else ""
    except TextRefused:
        found = ""
    if not found:
        _refuse(
            _(
                "Tệp %(file)s, thành viên attribution: còn trống, cần tên nguồn và giấy phép để ghi trên bản đồ.",
                file=path.name,
            )
        )
    return found


def _feature(path: Path, number: int, feature: Any) -> GroundFeature | None:
    """One feature; None where its shape is not that of the layer."""
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(geometry, dict) or SHAPE_OF.get(str(kind)) != LAYERS[path.stem].shape:
        return None
    if not _is_on_the_map(geometry.get("coordinates")):
        refuse_feature(path.stem, number, _("tọa độ [kinh độ, vĩ độ] theo WGS 84, độ thập phân"))
    properties = feature.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    try:
        name = name_of(properties)
        sort, min_zoom = sort_of(path.stem, properties)
    except TextRefused as refused:
        raise Invalid({"folder": _("Tệp %(file)s: %(problem)s", file=path.name, problem=str(refused))}) from refused
    shape = json.dumps({"type": kind, "coordinates": geometry["coordinates"]})
    return GroundFeature(number, name, sort, min_zoom, shape)


def _is_on_the_map(part: Any, depth: int = 0) -> bool:
    if not isinstance(part, list) or not part or depth > _DEEPEST:
        return False
    if isinstance(part[0], list):
        return all(_is_on_the_map(inner, depth + 1) for inner in part)
    numbers = [number for number in part if isinstance(number, int | float) and not isinstance(number, bool)]
    return len(numbers) == len(part) in (2, 3) and abs(part[0]) <= _LONGEST and abs(part[1]) <= _HIGHEST


def refuse_feature(layer: str, number: int, expected: str) -> NoReturn:
    """Refuse a feature for its geometry."""
    _refuse(
        _(
            "Tệp %(file)s, đối tượng %(number)d: hình học không hợp lệ, cần %(expected)s.",
            file=f"{layer}.geojson",
            number=number,
            expected=expected,
        )
    )


def _refuse(sentence: str) -> NoReturn:
    raise Invalid({"folder": sentence})
