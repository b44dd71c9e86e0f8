"""Queries of the base map. It is public, so they need no actor."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, case, func, literal_column, select, union_all
from sqlalchemy.orm import Session

from registry.basemap.models import AREA, LAND, LAYERS, ROADS, WEB_MERCATOR, BasemapFeature, BasemapLayer
from registry.kernel.db.history import history_of
from registry.kernel.geo.mvt import BUFFER, EXTENT, mvt_layer, tile_box, tile_envelope
from registry.streets.models import RoadClass, Street, StreetLine
from registry.territory.map import outlines_version
from registry.territory.models import AdminUnit, UnitKind, UnitLevel
from registry.territory.rules import KIND_WORDS

_MAIN_CLASSES: Final = (RoadClass.NATIONAL, RoadClass.EXPRESSWAY)
_COUNTRY_CLASSES: Final = (RoadClass.PROVINCIAL, RoadClass.DISTRICT)
#: From here on communes are named.
_COMMUNES_ZOOM: Final = 8
_KIND_WORD: Final = f"^({'|'.join(KIND_WORDS.values())}) "


def attributions(session: Session) -> list[str]:
    """The attributions of the layers, each once."""
    return sorted(set(session.scalars(select(BasemapLayer.attribution))))


def last_imported_at(session: Session) -> datetime | None:
    """When a layer was imported or drawn last; None without layers."""
    return session.scalar(select(func.max(BasemapLayer.imported_at)))


def is_own_ground(session: Session) -> bool:
    """Whether the program drew the layers itself, with approximate outlines of provinces."""
    return session.scalar(select(BasemapLayer.code).where(BasemapLayer.made_as.is_not(None)).limit(1)) is not None


def tiles_version(session: Session) -> str:
    """Changes whenever a tile may: with the layers, the communes and the streets."""
    imported_at = last_imported_at(session)
    lines = session.scalar(select(func.coalesce(func.max(history_of(StreetLine).c.history_id), 0)))
    return f"{int(imported_at.timestamp()) if imported_at else 0}-{outlines_version(session)}-{lines}"


def land_bounds(session: Session) -> list[float] | None:
    """West, south, east, north of the land in degrees: within them, what is not land is sea."""
    box = func.ST_Extent(func.ST_Transform(func.ST_Envelope(BasemapFeature.geom), 4326))
    sides = (func.ST_XMin(box), func.ST_YMin(box), func.ST_XMax(box), func.ST_YMax(box))
    row = session.execute(select(*sides).where(BasemapFeature.layer == LAND)).one()
    return None if row[0] is None else [float(side) for side in row]


def tile(session: Session, zoom: int, x: int, y: int, on: date) -> bytes:
    """All layers, and the names of the communes in force on a day, as one vector tile; Invalid for no tile."""
    envelope = tile_envelope(zoom, x, y)
    body: Any = literal_column("''::bytea")
    for layer in LAYERS:
        features = _features(layer, zoom, envelope)
        if layer == ROADS:
            features = union_all(features, _streets(zoom, envelope)).subquery("road").select().order_by("key")
        body = body.concat(mvt_layer(features, layer))
    if zoom >= _COMMUNES_ZOOM:
        body = body.concat(mvt_layer(_communes(envelope, on), "communes"))
    row: Row[Any] = session.execute(select(body)).one()
    return bytes(row[0])


def _features(layer: str, zoom: int, envelope: Any) -> Any:
    name: Any = BasemapFeature.name
    if LAYERS[layer].dimension == AREA:
        # The name of an area appears in only one of its tiles.
        name = case((func.ST_Intersects(func.ST_PointOnSurface(BasemapFeature.geom), envelope), name)).label("name")
    columns = [name, BasemapFeature.sort, _clipped(BasemapFeature.geom, envelope)]
    if layer == ROADS:
        columns.append(BasemapFeature.id.label("key"))
    query = select(*columns).where(
        BasemapFeature.layer == layer, BasemapFeature.min_zoom <= zoom, BasemapFeature.geom.op("&&")(envelope)
    )
    return query if layer == ROADS else query.order_by(BasemapFeature.id)


def _streets(zoom: int, envelope: Any) -> Select[Any]:
    """The streets of the register, where no roads are imported."""
    line = func.ST_Transform(StreetLine.line, WEB_MERCATOR)
    imported = select(BasemapLayer.code).where(BasemapLayer.code == ROADS, BasemapLayer.made_as.is_(None))
    return (
        select(Street.name, street_sort().label("sort"), _clipped(line, envelope), StreetLine.id.label("key"))
        .join(StreetLine, StreetLine.street_id == Street.id)
        .where(
            Street.road_class.in_(street_classes(zoom)),
            StreetLine.line.op("&&")(tile_box(envelope)),
            ~imported.exists(),
        )
    )


def street_sort() -> ColumnElement[str]:
    """SQL: how a street of the register is drawn, as roads of a base map are: main, minor or street."""
    return case(
        (Street.road_class.in_(_MAIN_CLASSES), "main"),
        (Street.road_class.in_(_COUNTRY_CLASSES), "minor"),
        else_="street",
    )


def street_classes(zoom: int) -> list[RoadClass]:
    """The classes of streets that appear at a zoom."""
    return [road_class for road_class in RoadClass if zoom >= _class_zoom(road_class)]


def _class_zoom(road_class: RoadClass) -> int:
    return 7 if road_class in _MAIN_CLASSES else 10 if road_class in _COUNTRY_CLASSES else 12


def _communes(envelope: Any, on: date) -> Select[Any]:
    """A point for each commune, with its name with and without the kind; wards come first."""
    box = tile_box(envelope)
    label_point = func.ST_PointOnSurface(AdminUnit.geom)
    unit = (
        select(AdminUnit.name, AdminUnit.kind, AdminUnit.code, label_point.label("place"))
        .where(AdminUnit.level == UnitLevel.COMMUNE, AdminUnit.in_force(on), AdminUnit.geom.op("&&")(box))
        .cte("unit")
        .prefix_with("MATERIALIZED")
    )
    short = func.regexp_replace(unit.c.name, _KIND_WORD, "")
    sort = case((unit.c.kind == UnitKind.XA, "commune"), else_="ward")
    point = _clipped(func.ST_Transform(unit.c.place, WEB_MERCATOR), envelope)
    return (
        select(unit.c.name, short.label("short"), sort.label("sort"), point)
        .where(unit.c.place.op("&&")(box))
        .order_by(unit.c.code)
    )


def _clipped(geom: Any, envelope: Any) -> Any:
    return func.ST_AsMVTGeom(geom, envelope, EXTENT, BUFFER, True).label("geom")
