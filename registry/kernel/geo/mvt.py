"""Vector tiles in SQL: envelope, geometry and layers of a tile."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, func, literal_column, select

from registry.kernel.errors import Invalid
from registry.kernel.i18n import _

EXTENT = 4096
MAX_ZOOM = 18
BUFFER = 64
_WEB_MERCATOR = 3857


def check_address(zoom: int, x: int, y: int) -> None:
    """Refuse tile numbers outside the world."""
    if not 0 <= zoom <= MAX_ZOOM or not (0 <= x < 2**zoom and 0 <= y < 2**zoom):
        raise Invalid({"tile": _("Ô bản đồ %(zoom)d/%(x)d/%(y)d không có.", zoom=zoom, x=x, y=y)})


def tile_envelope(zoom: int, x: int, y: int) -> ColumnElement[Any]:
    """SQL: the square of a tile in metres of Web Mercator; Invalid for numbers outside the world."""
    check_address(zoom, x, y)
    return func.ST_TileEnvelope(zoom, x, y)


def tile_box(envelope: ColumnElement[Any]) -> ColumnElement[Any]:
    """SQL: the same square in degrees, for an index in WGS 84."""
    return func.ST_Transform(envelope, 4326)


def mvt_geom(geom: Any, envelope: ColumnElement[Any]) -> ColumnElement[Any]:
    """SQL: a geometry in tile coordinates, clipped with a buffer."""
    return func.ST_AsMVTGeom(func.ST_Transform(geom, _WEB_MERCATOR), envelope, EXTENT, BUFFER, True)


def mvt_layer(features: Select[Any], name: str) -> Any:
    """A tile layer from rows with a geometry column `geom`.

    The features must be sorted: the order of rows on disk would reveal that one of them changed.
    """
    rows: Subquery = features.subquery(name)
    row: ColumnElement[Any] = literal_column(f'"{name}".*')
    layer = func.ST_AsMVT(row, name, EXTENT, "geom")
    return func.coalesce(select(layer).select_from(rows).scalar_subquery(), literal_column("''::bytea"))
