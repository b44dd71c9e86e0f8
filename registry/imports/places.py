"""The position of a row: two columns, one, or its geometry, in the system that was chosen for the file."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

import shapely

from registry.imports.mapping import Plan
from registry.imports.other_systems import OtherSystem
from registry.imports.systems import System
from registry.kernel.geo.coordinates import ParsedPosition, PositionRefused, parse_converted
from registry.kernel.geo.readings import Bounds, Reading
from registry.kernel.geo.vn2000 import OPERATION, geographic_to_wgs84
from registry.kernel.i18n import _
from registry.structures.commands import GivenPosition
from registry.structures.kinds.kind import Shape
from registry.structures.positions.input import MOST_POINTS, as_line, as_point, read_points

#: The field that stands for the row's own geometry where problems are told.
GEOMETRY: Final = "geometry"
_TYPES: Final = frozenset(
    {"Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"}
)
_SHAPE_NAMES: Final = {Shape.POINT: "Point", Shape.LINE: "LineString"}
#: A text of a geometry in any case, in a column that was chosen by hand: "Point (105.7 19.8)".
_WKT: Final = re.compile(
    r"\s*(?:SRID=\d+;)?\s*(?:MULTI)?(?:POINT|LINESTRING|POLYGON)\s*(?:Z|M|ZM)?\s*(?:\(|EMPTY)", re.IGNORECASE
)
_SRID: Final = re.compile(r"^\s*SRID=\d+;", re.IGNORECASE)
_FEWEST: Final = 2
_DECIMALS_KEPT: Final = 9


@dataclass(frozen=True)
class Place:
    """A position, or why there is none: (fields, value, reason); `suggested` is what may have been meant."""

    position: GivenPosition | None = None
    #: The field, or two joined by a comma, that it was read from.
    column: str = "position"
    text: str = ""
    refusals: tuple[tuple[str, str, str], ...] = ()
    suggested: Reading | None = None


def read_place(
    cells: Mapping[str, str], plan: Plan, shape: Shape, bounds: Bounds | None, geometry: str | None = None
) -> Place:
    """The position in the mapped cells of a row, or in its geometry where no cells hold one."""
    if "position" in cells:
        return _single(cells["position"], plan, shape, bounds)
    if "x" in cells or "latitude" in cells:
        pair = ("x", "y") if "x" in cells else ("latitude", "longitude")
        return _pair(pair, (cells[pair[0]], cells[pair[1]]), plan, shape, bounds)
    return _geometry(geometry or "", plan, shape, bounds)


def _single(text: str, plan: Plan, shape: Shape, bounds: Bounds | None) -> Place:
    if text in _TYPES:
        return _wrong_type("position", text, shape)
    if not text.strip():
        return Place(refusals=(("position", "", _("Còn trống; cần tọa độ, ví dụ 19,807; 105,776.")),))
    if _WKT.match(text):
        return _geometry(text, plan, shape, bounds, "position")
    try:
        given = read_points(text, shape, lambda part: plan.parse(part, bounds))
        return Place(_shifted(given, plan), text=text)
    except PositionRefused as refused:
        return _refused("position", text, refused)


def _wrong_type(column: str, given: str, shape: Shape) -> Place:
    reason = _("Hình học kiểu %(given)s; loại này cần %(wanted)s.", given=given, wanted=_SHAPE_NAMES[shape])
    return Place(column=column, text=given, refusals=((column, given, reason),))


def _pair(names: tuple[str, str], values: tuple[str, str], plan: Plan, shape: Shape, bounds: Bounds | None) -> Place:
    both, text = ",".join(names), "; ".join(values)
    empty = tuple(
        (name, "", _("Còn trống; cần đủ cả hai tọa độ."))
        for name, value in zip(names, values, strict=True)
        if not value.strip()
    )
    if empty:
        return Place(column=both, text=text, refusals=empty)
    if shape is not Shape.POINT:
        reason = _("Loại dạng tuyến cần một cột tọa độ gồm nhiều điểm; hai cột chỉ ghi được một điểm.")
        return Place(column=both, text=text, refusals=((both, text, reason),))
    try:
        parsed = plan.parse(values, bounds)
        return Place(_shifted(as_point(parsed), plan), both, text)
    except PositionRefused as refused:
        marked = [name for name, value in zip(names, values, strict=True) if plan.crs == "vn2000" and "°" in value]
        if len(marked) == 1:
            at = names.index(marked[0])
            return _refused(marked[0], values[at], refused)
        return _refused(both, text, refused)


def _refused(column: str, text: str, refused: PositionRefused) -> Place:
    suggested = refused.suggestions[0] if refused.suggestions else None
    return Place(None, column, text, ((column, text, refused.message),), suggested)


def _shifted(position: GivenPosition, plan: Plan) -> GivenPosition:
    """Degrees of VN-2000 lie 224 m from those of WGS 84: they were read as degrees, now they get their datum."""
    if plan.system is not System.VN2000_GEOGRAPHIC:
        return position
    shape = json.loads(position.geojson)
    is_point = shape["type"] == "Point"
    places = [shape["coordinates"]] if is_point else shape["coordinates"]
    moved = [[round(part, _DECIMALS_KEPT) for part in geographic_to_wgs84(lon, lat)] for lon, lat in places]
    geojson = json.dumps(shape | {"coordinates": moved[0] if is_point else moved})
    return replace(position, geojson=geojson, srid=plan.system.epsg, operation=OPERATION)


# --- geometries ---------------------------------------------------------------------------------------------------
def _geometry(text: str, plan: Plan, shape: Shape, bounds: Bounds | None, field: str = GEOMETRY) -> Place:
    if not text.strip():
        return Place(column=field, refusals=((field, "", _("Đối tượng không có hình học; cần tọa độ.")),))
    found = _read_wkt(text)
    if found is not None and found.geom_type.startswith("Multi") and len(found.geoms) == 1:
        # One part of a geometry of many is as good as the part itself.
        found = found.geoms[0]
    if found is not None and found.geom_type != _SHAPE_NAMES[shape]:
        return _wrong_type(field, found.geom_type, shape)
    if found is None or found.is_empty:
        reason = _("Hình học «%(given)s» rỗng hoặc không đọc được; cần tọa độ.", given=text[:40])
        return Place(column=field, text=text, refusals=((field, text, reason),))
    try:
        _require_few(len(found.coords))
        points = [_vertex(place, plan, bounds) for place in found.coords]
        if shape is Shape.POINT:
            return Place(_shifted(as_point(points[0]), plan), field, text)
        return Place(_shifted(_line(points, text), plan), field, text)
    except PositionRefused as refused:
        return _refused(field, text, refused)


def _read_wkt(text: str) -> Any:
    """The geometry of a text, None where it is none; `SRID=` was read with the headings."""
    try:
        return shapely.from_wkt(_SRID.sub("", text), on_invalid="ignore")
    except (NotImplementedError, shapely.errors.ShapelyError):
        return None


def _line(points: list[ParsedPosition], text: str) -> GivenPosition:
    _require_few(len(points), _FEWEST)
    return as_line(points, text)


def _require_few(count: int, least: int = 1) -> None:
    if not least <= count <= MOST_POINTS:
        raise PositionRefused(_("Tuyến có %(count)d điểm; cần từ 2 đến %(most)d điểm.", count=count, most=MOST_POINTS))


def _vertex(place: Sequence[float], plan: Plan, bounds: Bounds | None) -> ParsedPosition:
    """One vertex as GIS writes it, x before y; its numbers are plain, so nothing is asked of their habits."""
    if not all(map(math.isfinite, place[:_FEWEST])):
        raise PositionRefused(_("Tọa độ «%(given)s» của hình học không đọc được.", given=f"{place[0]} {place[1]}"))
    across, up = (Decimal(repr(float(part)).removesuffix(".0")) for part in place[:_FEWEST])
    if isinstance(plan.system, OtherSystem) and not plan.system.is_geographic:
        parsed = parse_converted((across, up), plan.system.conversion, bounds=bounds)
    else:
        parsed = plan.parse((up, across), bounds)
    return ParsedPosition(parsed.lon, parsed.lat, parsed.original_text, parsed.srid, parsed.operation)
