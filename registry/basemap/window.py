"""What lies within a window of the base map: its layers, the streets of the register and the communes of a day.

For pictures on paper. Shapes are in metres of Web Mercator, of which `Window.ground_m` makes metres on the ground.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.basemap.models import LAND, ROADS, WEB_MERCATOR, BasemapFeature
from registry.basemap.queries import attributions, is_own_ground, street_classes, street_sort
from registry.streets.models import Street, StreetLine
from registry.territory.models import WGS84, AdminUnit, UnitLevel

WATER: Final = "water"
RIVERS: Final = "rivers"
AROUND: Final = "provinces_around"
#: The layers that a picture draws, from below.
_LAYERS: Final = (LAND, AROUND, WATER, RIVERS, ROADS)
_AREAS: Final = (LAND, AROUND, WATER)
#: Radius of the sphere of Web Mercator.
_RADIUS_M: Final = 6_378_137
#: Metres of Web Mercator for one unit of the drawing at zoom 0, of tiles that are 512 units wide.
_ZOOM_0_M: Final = 2 * math.pi * _RADIUS_M / 512
#: Units of the drawing that a simplified line may be off.
_OFF: Final = 0.5
#: Part of the width and the height that stays free on each side.
_FREE: Final = 0.08


@dataclass(frozen=True)
class Window:
    """A part of the map, north up, drawn `width` by `height` units."""

    west: float
    north: float
    #: Metres of Web Mercator for one unit.
    unit: float
    width: int
    height: int

    @property
    def east(self) -> float:
        return self.west + self.width * self.unit

    @property
    def south(self) -> float:
        return self.north - self.height * self.unit

    @property
    def ground_m(self) -> float:
        """Metres on the ground for one unit, in the middle of the window."""
        return self.unit / math.cosh((self.north + self.south) / 2 / _RADIUS_M)

    @property
    def zoom(self) -> int:
        """The zoom of the web map of this scale: what appears from a zoom on does so here."""
        return int(math.log2(_ZOOM_0_M / self.unit))

    def draw(self, shape: Any) -> Any:
        """A shape of the map in units, from the upper left corner."""
        return shapely.transform(
            shape, lambda points: (points - (self.west, self.north)) * (1 / self.unit, -1 / self.unit)
        )


def window_around(shapes: Iterable[Any], width: int, height: int, least_m: float) -> Window:
    """The window with all shapes in its middle, at least `least_m` on the ground in width and height."""
    west, south, east, north = shapely.total_bounds(list(shapes))
    stretch = math.cosh((south + north) / 2 / _RADIUS_M)
    free = 1 - 2 * _FREE
    unit = max(
        (east - west) / (width * free), (north - south) / (height * free), least_m * stretch / min(width, height)
    )
    return Window((west + east - width * unit) / 2, (south + north + height * unit) / 2, unit, width, height)


@dataclass(frozen=True)
class GroundShape:
    """A feature of a layer within the window, in units of the drawing; `sort` of a road: main, minor, street, rail."""

    sort: str
    name: str
    shape: Any


@dataclass(frozen=True)
class GroundCommune:
    """A commune within the window: its outline, in units of the drawing."""

    id: int
    name: str
    outline: Any


@dataclass(frozen=True)
class Ground:
    """What lies within a window, and the line that names its sources as the web map does."""

    layers: Mapping[str, Sequence[GroundShape]]
    communes: Sequence[GroundCommune]
    attribution: str
    is_approximate: bool


def ground_within(session: Session, window: Window, on: date) -> Ground:
    """The ground of a window with the communes of a day."""
    layers: dict[str, list[GroundShape]] = {layer: [] for layer in _LAYERS}
    for layer, sort, name, shape in [*_features(session, window), *_streets(session, window)]:
        drawn = window.draw(shapely.from_wkb(bytes(shape)))
        if not drawn.is_empty:
            layers[layer].append(GroundShape(sort or "", name or "", drawn))
    return Ground(layers, _communes(session, window, on), "; ".join(attributions(session)), is_own_ground(session))


def _box(window: Window) -> Any:
    return func.ST_MakeEnvelope(window.west, window.south, window.east, window.north, WEB_MERCATOR)


def _line_within(line: Any, window: Window) -> Any:
    return func.ST_AsBinary(func.ST_ClipByBox2D(func.ST_Simplify(line, _OFF * window.unit), _box(window)))


def _features(session: Session, window: Window) -> Sequence[Any]:
    rows: list[Any] = []
    # Areas are stored in pieces: simplified, these would no longer touch.
    for layers, shape in (
        (_AREAS, func.ST_AsBinary(func.ST_ClipByBox2D(BasemapFeature.geom, _box(window)))),
        ((RIVERS, ROADS), _line_within(BasemapFeature.geom, window)),
    ):
        query = (
            select(BasemapFeature.layer, BasemapFeature.sort, BasemapFeature.name, shape)
            .where(
                BasemapFeature.layer.in_(layers),
                BasemapFeature.min_zoom <= window.zoom,
                BasemapFeature.geom.op("&&")(_box(window)),
            )
            .order_by(BasemapFeature.id)
        )
        rows += [tuple(row) for row in session.execute(query)]
    return rows


def _streets(session: Session, window: Window) -> Sequence[Any]:
    """The streets of the register, also where roads are imported: a list names streets as the register does."""
    line = func.ST_Transform(StreetLine.line, WEB_MERCATOR)
    name = func.coalesce(Street.code, Street.name)
    query = (
        select(street_sort(), name, _line_within(line, window))
        .join(StreetLine, StreetLine.street_id == Street.id)
        .where(
            Street.road_class.in_(street_classes(window.zoom)),
            StreetLine.line.op("&&")(func.ST_Transform(_box(window), WGS84)),
        )
        .order_by(StreetLine.id)
    )
    return [(ROADS, *row) for row in session.execute(query)]


def _communes(session: Session, window: Window, on: date) -> list[GroundCommune]:
    degrees = 2 * _OFF * math.degrees(window.unit / _RADIUS_M)
    # Smoothed together, so that neighbours share their border.
    smooth = func.ST_SetSRID(func.ST_CoverageSimplify(AdminUnit.geom, degrees).over(), WGS84)
    outline = func.ST_AsBinary(func.ST_Transform(smooth, WEB_MERCATOR))
    query = (
        select(AdminUnit.id, AdminUnit.name, outline)
        .where(
            AdminUnit.level == UnitLevel.COMMUNE,
            AdminUnit.in_force(on),
            AdminUnit.geom.op("&&")(func.ST_Transform(_box(window), WGS84)),
        )
        .order_by(AdminUnit.code, AdminUnit.id)
    )
    rows = [(unit_id, name, shapely.from_wkb(bytes(shape))) for unit_id, name, shape in session.execute(query)]
    return [GroundCommune(unit_id, name, window.draw(shape)) for unit_id, name, shape in rows]
