"""Reads of the ground: what there is, and its tiles. It is public, so no actor is asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, func, literal_column, select
from sqlalchemy.orm import Session

from registry.basemap.models import BasemapFeature, BasemapLayer
from registry.basemap.rules import AREA, LAND, LAYERS
from registry.kernel.geo.mvt import BUFFER, EXTENT, mvt_layer, tile_envelope


def attributions(session: Session) -> list[str]:
    """Whom the layers come from, each once."""
    return sorted(set(session.scalars(select(BasemapLayer.attribution))))


def newest(session: Session) -> datetime | None:
    """When a layer was loaded last; None where there is none."""
    return session.scalar(select(func.max(BasemapLayer.imported_at)))


def land_bounds(session: Session) -> list[float] | None:
    """West, south, east, north of the land in degrees: what lies within and is no land is sea."""
    box = func.ST_Extent(func.ST_Transform(func.ST_Envelope(BasemapFeature.geom), 4326))
    sides = (func.ST_XMin(box), func.ST_YMin(box), func.ST_XMax(box), func.ST_YMax(box))
    row = session.execute(select(*sides).where(BasemapFeature.layer == LAND)).one()
    return None if row[0] is None else [float(side) for side in row]


def tile(session: Session, zoom: int, x: int, y: int) -> bytes:
    """The layers of the ground in a tile; Invalid for an address outside the world."""
    envelope = tile_envelope(zoom, x, y)
    body: Any = literal_column("''::bytea")
    for layer in LAYERS:
        body = body.concat(_layer(layer, zoom, envelope))
    row: Row[Any] = session.execute(select(body)).one()
    return bytes(row[0])


def _layer(layer: str, zoom: int, envelope: Any) -> Any:
    geom = func.ST_AsMVTGeom(BasemapFeature.geom, envelope, EXTENT, BUFFER, True)
    name: Any = BasemapFeature.name
    if LAYERS[layer].shape == AREA:
        # The name of an area stands in one tile of those that it lies in.
        name = case((func.ST_Intersects(func.ST_PointOnSurface(BasemapFeature.geom), envelope), name)).label("name")
    features = (
        select(name, BasemapFeature.sort, geom.label("geom"))
        .where(BasemapFeature.layer == layer, BasemapFeature.min_zoom <= zoom, BasemapFeature.geom.op("&&")(envelope))
        .order_by(BasemapFeature.id)
    )
    return mvt_layer(features, layer)
