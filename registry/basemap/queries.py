"""Queries of the base map. It is public, so they need no actor."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, func, literal_column, select
from sqlalchemy.orm import Session

from registry.basemap.models import AREA, LAND, LAYERS, BasemapFeature, BasemapLayer
from registry.kernel.geo.mvt import BUFFER, EXTENT, mvt_layer, tile_envelope


def attributions(session: Session) -> list[str]:
    """The attributions of the layers, each once."""
    return sorted(set(session.scalars(select(BasemapLayer.attribution))))


def last_imported_at(session: Session) -> datetime | None:
    """When a layer was imported last; None without layers."""
    return session.scalar(select(func.max(BasemapLayer.imported_at)))


def land_bounds(session: Session) -> list[float] | None:
    """West, south, east, north of the land in degrees: within them, what is not land is sea."""
    box = func.ST_Extent(func.ST_Transform(func.ST_Envelope(BasemapFeature.geom), 4326))
    sides = (func.ST_XMin(box), func.ST_YMin(box), func.ST_XMax(box), func.ST_YMax(box))
    row = session.execute(select(*sides).where(BasemapFeature.layer == LAND)).one()
    return None if row[0] is None else [float(side) for side in row]


def tile(session: Session, zoom: int, x: int, y: int) -> bytes:
    """All layers as one vector tile; Invalid for coordinates of no tile."""
    envelope = tile_envelope(zoom, x, y)
    body: Any = literal_column("''::bytea")
    for layer in LAYERS:
        body = body.concat(_layer(layer, zoom, envelope))
    row: Row[Any] = session.execute(select(body)).one()
    return bytes(row[0])


def _layer(layer: str, zoom: int, envelope: Any) -> Any:
    geom = func.ST_AsMVTGeom(BasemapFeature.geom, envelope, EXTENT, BUFFER, True)
    name: Any = BasemapFeature.name
    if LAYERS[layer].dimension == AREA:
        # The name of an area appears in only one of its tiles.
        name = case((func.ST_Intersects(func.ST_PointOnSurface(BasemapFeature.geom), envelope), name)).label("name")
    features = (
        select(name, BasemapFeature.sort, geom.label("geom"))
        .where(BasemapFeature.layer == layer, BasemapFeature.min_zoom <= zoom, BasemapFeature.geom.op("&&")(envelope))
        .order_by(BasemapFeature.id)
    )
    return mvt_layer(features, layer)
