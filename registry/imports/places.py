"""The position of a row: two columns or one, in the system that was chosen for the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from registry.imports.mapping import Plan
from registry.kernel.geo.coordinates import PositionRefused, parse_position
from registry.kernel.geo.readings import Bounds, Reading
from registry.kernel.i18n import _
from registry.structures.commands import GivenPosition
from registry.structures.contract import Shape
from registry.structures.geometry import as_point, read_position

_TYPES: Final = frozenset(
    {"Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"}
)
_SHAPE_NAMES: Final = {Shape.POINT: "Point", Shape.LINE: "LineString"}


@dataclass(frozen=True)
class Place:
    """A position, or why there is none: (fields, value, reason); `suggested` is what may have been meant."""

    position: GivenPosition | None = None
    #: The field, or two joined by a comma, that it was read from.
    column: str = "position"
    text: str = ""
    refusals: tuple[tuple[str, str, str], ...] = ()
    suggested: Reading | None = None


def read_place(cells: Mapping[str, str], plan: Plan, shape: Shape, bounds: Bounds | None) -> Place:
    """The position in the mapped cells of a row."""
    if "position" in cells:
        return _single(cells["position"], plan, shape, bounds)
    pair = ("x", "y") if "x" in cells else ("latitude", "longitude")
    return _pair(pair, (cells[pair[0]], cells[pair[1]]), plan, shape, bounds)


def _single(text: str, plan: Plan, shape: Shape, bounds: Bounds | None) -> Place:
    if text in _TYPES:
        reason = _("Hình học kiểu %(given)s; loại này cần %(wanted)s.", given=text, wanted=_SHAPE_NAMES[shape])
        return Place(text=text, refusals=(("position", text, reason),))
    if not text.strip():
        return Place(refusals=(("position", "", _("Còn trống; cần tọa độ, ví dụ 19,807; 105,776.")),))
    try:
        return Place(read_position(text, plan.crs, shape, bounds), text=text)
    except PositionRefused as refused:
        return _refused("position", text, refused)


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
        return Place(as_point(parse_position(values, plan.crs, bounds=bounds)), both, text)
    except PositionRefused as refused:
        marked = [name for name, value in zip(names, values, strict=True) if plan.crs == "vn2000" and "°" in value]
        if len(marked) == 1:
            at = names.index(marked[0])
            return _refused(marked[0], values[at], refused)
        return _refused(both, text, refused)


def _refused(column: str, text: str, refused: PositionRefused) -> Place:
    suggested = refused.suggestions[0] if refused.suggestions else None
    return Place(None, column, text, ((column, text, refused.message),), suggested)
