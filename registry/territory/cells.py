"""Approximate outlines: Voronoi cells around the points of all communes of the country, cut by coast and border."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyproj
import shapely

from registry.territory.land import Land

#: UTM zone 48 north: metres, accurate enough for approximate outlines in the whole country.
_METRIC: Final = 32648
_WGS84: Final = 4326
#: Metres between points that geocoding gave the same position; otherwise one of them would get no cell.
_APART_M: Final = 300
#: Degrees around the points of one province within which others bound its cells.
_AROUND: Final = 0.7
#: A commune lies on land of its country. Where its point does not, border or coast are drawn too coarsely: the land
#: bulges a little beyond the point, on a base of this width to either side. Farther off it is an island that the coast
#: lacks.
_BEYOND_M, _BASE_M, _FARTHEST_M, _ISLAND_M = 300, 2000, 6000, 1500
#: Metres to which corners are rounded, so that neighbours share theirs.
_GRID_M: Final = 0.01


@dataclass(frozen=True)
class CommunePoint:
    """The point of a former commune (WGS 84) and its province of today."""

    province: str
    code: str
    lon: float
    lat: float


def commune_cells(points: Iterable[CommunePoint], province: str, land: Land) -> dict[str, Any]:
    """Code -> outline (MultiPolygon, WGS 84) of each commune of a province; `points` are those of the country."""
    every = list(points)
    own = shapely.multipoints([(point.lon, point.lat) for point in every if point.province == province])
    window = shapely.box(*shapely.bounds(own)).buffer(_AROUND, join_style="mitre")
    near = [point for point in every if window.contains(shapely.Point(point.lon, point.lat))]
    # Of several at one place, one of this province keeps it.
    near.sort(key=lambda point: point.province != province)
    places = _apart(near)
    ground = _reaching(_metric(shapely.intersection(land.home, window)), shapely.points(places))
    cells = _voronoi(places, shapely.bounds(ground))
    cells_by_commune = {}
    for point, cell in zip(near, cells, strict=True):
        if point.province == province:
            cells_by_commune[point.code] = _wgs84(_areas(shapely.intersection(cell, ground, grid_size=_GRID_M)))
    return cells_by_commune


def province_areas(points: Sequence[CommunePoint], land: Land) -> Mapping[str, Any]:
    """Code -> outline (MultiPolygon, WGS 84) of each province of the country."""
    places = _apart(points)
    ground = _metric(land.home)
    cells = _voronoi(places, shapely.bounds(ground))
    by_province: dict[str, list[Any]] = {}
    for point, cell in zip(points, cells, strict=True):
        by_province.setdefault(point.province, []).append(cell)
    whole = {code: shapely.coverage_union_all(parts) for code, parts in by_province.items()}
    return {code: _wgs84(_areas(shapely.intersection(shape, ground, grid_size=1))) for code, shape in whole.items()}


def overlap(first: Any, other: Any) -> float:
    """How much two areas (WGS 84) have in common, 0 to 1: their intersection over their union, in square metres."""
    first, other = _metric(first), _metric(other)
    return float(shapely.area(shapely.intersection(first, other)) / shapely.area(shapely.union(first, other)))


def _apart(points: Sequence[CommunePoint]) -> Any:
    """The points in metres; of several at one place the later ones a little to the east."""
    again: dict[tuple[float, float], int] = {}
    shifts = []
    for point in points:
        position = (point.lon, point.lat)
        shifts.append(again.get(position, 0) * _APART_M)
        again[position] = again.get(position, 0) + 1
    places = _project(_WGS84, _METRIC)(np.array([(point.lon, point.lat) for point in points]))
    return places + np.column_stack([shifts, np.zeros(len(shifts))])


def _reaching(ground: Any, places: Any) -> Any:
    """The ground, bulging a little beyond each place outside it."""
    shapely.prepare(ground)
    outside = places[~shapely.contains(ground, places)]
    distances = shapely.distance(ground, outside)
    is_near = distances <= _FARTHEST_M
    places_near, islands = outside[is_near], shapely.buffer(outside[~is_near], _ISLAND_M)
    reach = distances[is_near]
    bases = shapely.intersection(ground, shapely.buffer(places_near, reach + _BASE_M))
    bulges = shapely.convex_hull(shapely.union(bases, shapely.buffer(places_near, reach + _BEYOND_M)))
    return shapely.union(ground, shapely.union_all([*islands, *bulges]))


def _voronoi(places: Any, bounds: Any) -> Any:
    """The cell of each place, in their order."""
    within = shapely.box(*bounds)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(places), extend_to=within))
    place_numbers, cell_numbers = shapely.STRtree(cells).query(shapely.points(places), predicate="intersects")
    of_place = dict(zip(place_numbers.tolist(), cell_numbers.tolist(), strict=True))
    return cells[[of_place[number] for number in range(len(places))]]


def _areas(shape: Any) -> Any:
    """The polygons of a geometry as a MultiPolygon."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.multipolygons(parts[shapely.get_dimensions(parts) == 2])  # noqa: PLR2004


def _metric(shape: Any) -> Any:
    return shapely.transform(shape, _project(_WGS84, _METRIC))


def _wgs84(shape: Any) -> Any:
    return shapely.transform(shape, _project(_METRIC, _WGS84))


def _project(source: int, target: int) -> Any:
    transformer = pyproj.Transformer.from_crs(source, target, always_xy=True)
    return lambda places: np.column_stack(transformer.transform(places[:, 0], places[:, 1]))
