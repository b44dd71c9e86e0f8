"""The ground that the program draws: land, neighbours, waters, roads and their names, until a base map is imported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely
from sqlalchemy import delete, select, text

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.basemap.models import LAND, ROADS, BasemapFeature, BasemapLayer
from registry.basemap.roads import drawing_of_road
from registry.territory.catalogue import read_country, read_towns
from registry.territory.cells import province_areas
from registry.territory.land import HOME, Land, land_version, read_land
from registry.territory.models import ExtentQuality
from registry.territory.queries import get_province, outline_of

#: The method of the drawing: another number draws the ground of present registers again at their next start.
_METHOD: Final = 1
_AROUND, _WATER, _RIVERS, _PLACES = "provinces_around", "water", "rivers", "places"
_LAYERS: Final = (LAND, _AROUND, _WATER, _RIVERS, ROADS, _PLACES)
#: Layers without lines at their edges: their areas are cut into small pieces, so that a tile reads few corners.
_CUT: Final = (LAND, _WATER)
_WGS84: Final = 4326
_COUNTRY_NAMES: Final[Mapping[str, str]] = {
    "LA": "Lào",
    "CN": "Trung Quốc",
    "KH": "Campuchia",
    "TH": "Thái Lan",
    "MM": "Myanmar",
    "MY": "Malaysia",
    "PH": "Philippines",
}
#: Name, sort, lowest zoom, longitude, latitude.
_SEA_NAMES: Final = (
    ("Vịnh Bắc Bộ", "sea", 6, 106.45, 19.35),
    ("Biển Đông", "sea", 0, 112.8, 13.6),
    ("Quần đảo Hoàng Sa (Việt Nam)", "island", 0, 112.0, 16.5),
    ("Quần đảo Trường Sa (Việt Nam)", "island", 0, 114.2, 9.6),
)
_PROVINCE_ZOOM: Final = 5
_CITY_ZOOM, _TOWN_ZOOM = 6, 7
_ADD: Final = text(
    """
    INSERT INTO basemap_feature (layer, name, sort, min_zoom, geom)
    SELECT layer, name, sort, min_zoom, ST_Transform(part, 3857)
      FROM unnest(CAST(:layers AS text[]), CAST(:names AS text[]), CAST(:sorts AS text[]), CAST(:zooms AS int[]),
                  CAST(:shapes AS bytea[])) AS given(layer, name, sort, min_zoom, shape),
           LATERAL (SELECT ST_GeomFromEWKB(shape) AS whole) geometry,
           LATERAL ST_Subdivide(whole, CASE WHEN layer = ANY(:cut) THEN 200 ELSE 1000000 END) AS part
    """
)


@dataclass(frozen=True)
class _Feature:
    layer: str
    shape: Any
    name: str | None = None
    sort: str | None = None
    min_zoom: int = 0


def draw_ground(ctx: Ctx, province_code: str) -> bool:
    """Draw the ground again where nothing is imported and the present one is not of this version; whether it did so."""
    require(ctx, P.TERRITORY_IMPORT)
    province = get_province(ctx.session)
    layers = ctx.session.scalars(select(BasemapLayer)).all()
    official = province is not None and province.extent_quality is ExtentQuality.OFFICIAL
    made_as = f"{_METHOD}-{land_version()}-{province_code}-{'official' if official else 'approximate'}"
    if any(layer.made_as is None for layer in layers) or (layers and all(each.made_as == made_as for each in layers)):
        return False
    remove_ground(ctx)
    outline = outline_of(ctx.session, province.id) if province is not None and official else None
    land = read_land()
    features = list(_features(land, province_code, outline))
    ctx.session.add_all(
        BasemapLayer(code=code, attribution=land.attribution, imported_at=ctx.now, made_as=made_as) for code in _LAYERS
    )
    ctx.session.flush()
    ctx.session.execute(_ADD, _columns(features) | {"cut": list(_CUT)})
    record(ctx, "basemap.draw", "basemap_layer", None, features=len(features))
    return True


def remove_ground(ctx: Ctx) -> None:
    """Remove the layers that the program drew."""
    own = select(BasemapLayer.code).where(BasemapLayer.made_as.is_not(None)).scalar_subquery()
    ctx.session.execute(delete(BasemapFeature).where(BasemapFeature.layer.in_(own)))
    ctx.session.execute(delete(BasemapLayer).where(BasemapLayer.made_as.is_not(None)))


def _columns(features: Sequence[_Feature]) -> dict[str, Any]:
    shapes = shapely.set_srid([each.shape for each in features], _WGS84)
    return {
        "layers": [each.layer for each in features],
        "names": [each.name for each in features],
        "sorts": [each.sort for each in features],
        "zooms": [each.min_zoom for each in features],
        "shapes": [bytes(shape) for shape in shapely.to_wkb(shapes, include_srid=True)],
    }


def _features(land: Land, province_code: str, outline: Any) -> Iterator[_Feature]:
    """`outline` is the official one of the province: its neighbours end there."""
    names, points = read_country()
    areas = province_areas(points, land)
    yield _Feature(LAND, land.ground)
    yield _Feature(_WATER, land.lakes, min_zoom=7)
    yield _Feature(_RIVERS, land.rivers, min_zoom=7)
    for properties, line in land.roads:
        yield _Feature(ROADS, line, properties.get("name"), *drawing_of_road(properties))
    for code, area in areas.items():
        if code == province_code:
            yield _Feature(_PLACES, shapely.point_on_surface(area), names[code], "home", _PROVINCE_ZOOM)
            continue
        yield _Feature(_AROUND, area if outline is None else shapely.difference(area, outline))
        yield _Feature(_PLACES, _label_point(area, land), names[code], "province", _PROVINCE_ZOOM)
    for code, area in land.countries.items():
        if code != HOME:
            yield _Feature(_AROUND, area if outline is None else shapely.difference(area, outline), sort="country")
            yield _Feature(_PLACES, _label_point(area, land), _COUNTRY_NAMES[code], "country")
    for name, sort, zoom, lon, lat in _SEA_NAMES:
        yield _Feature(_PLACES, shapely.Point(lon, lat), name, sort, zoom)
    for town in read_towns():
        zoom = _CITY_ZOOM if town.is_city else _TOWN_ZOOM
        sort = "city" if town.is_city else "town"
        yield _Feature(_PLACES, shapely.Point(town.lon, town.lat), town.name, sort, zoom)


def _label_point(area: Any, land: Land) -> Any:
    """Where the name of an area stands: within the surroundings of the province, if the area reaches there."""
    near = shapely.intersection(area, land.window)
    return shapely.point_on_surface(area if near.is_empty else near)
