"""Outlines of units as GeoJSON for maps, built in SQL."""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.territory.models import UnitLevel

#: Degrees of smoothing on a map of a whole level: corners of triangles below the square of this (about 100 m by 100 m)
#: are removed. It halves the size of the response.
TOLERANCE: Final = 0.001
#: The same of a picture some 500 pixels wide.
COARSE: Final = 0.004
_DECIMALS, _COARSE_DECIMALS = 5, 4

# The outlines of a level are smoothed together so that neighbours share their border.
_COLLECTION = text(
    """
    SELECT CAST(json_build_object('type', 'FeatureCollection', 'features', coalesce(json_agg(
               json_build_object(
                   'type', 'Feature', 'id', id, 'geometry', CAST(ST_AsGeoJSON(geom, :decimals) AS json), 'properties',
                   json_build_object('code', code, 'name', name, 'level', level, 'extent_quality', extent_quality)
               ) ORDER BY code, id), '[]')) AS text)
      FROM (SELECT id, code, name, level, extent_quality, ST_CoverageSimplify(geom, :tolerance) OVER () AS geom
              FROM admin_unit
             WHERE geom IS NOT NULL AND (CAST(:unit_id AS bigint) IS NULL OR id = :unit_id)
               AND (CAST(:level AS text) IS NULL OR (level = :level
                    AND coalesce(valid_from, '-infinity') <= :day AND coalesce(valid_to, 'infinity') >= :day))) outline
    """
)
# Each part of a border once (dashes of two neighbours would overlap), and one point for each name.
_LINES = text(
    """
    WITH unit AS (
        SELECT name, extent_quality, ST_CoverageSimplify(geom, :tolerance) OVER () AS geom FROM admin_unit
         WHERE geom IS NOT NULL AND level = :level
           AND coalesce(valid_from, '-infinity') <= :day AND coalesce(valid_to, 'infinity') >= :day
    ), drawn AS (
        SELECT CAST(NULL AS text) AS name, extent_quality,
               ST_LineMerge(ST_UnaryUnion(ST_Collect(ST_Boundary(geom)))) AS geom
          FROM unit GROUP BY extent_quality
         UNION ALL
        SELECT name, extent_quality, ST_PointOnSurface(geom) FROM unit
    )
    SELECT CAST(json_build_object('type', 'FeatureCollection', 'features', coalesce(json_agg(
               json_build_object(
                   'type', 'Feature', 'geometry', CAST(ST_AsGeoJSON(geom, 5) AS json), 'properties',
                   json_build_object('name', name, 'extent_quality', extent_quality)
               ) ORDER BY name NULLS FIRST, extent_quality), '[]')) AS text)
      FROM drawn
    """
)
# Every change of a unit adds to the history, and the highest key is a fast query.
_VERSION = text("SELECT coalesce(max(history_id), 0) FROM admin_unit_history")


def outlines_json(session: Session, level: UnitLevel, on: date, *, coarse: bool = False) -> str:
    """The units of a level in force on a day as one GeoJSON FeatureCollection (WGS 84, smoothed; `coarse`: more)."""
    tolerance, decimals = (COARSE, _COARSE_DECIMALS) if coarse else (TOLERANCE, _DECIMALS)
    values = {"level": level.value, "day": on, "unit_id": None, "tolerance": tolerance, "decimals": decimals}
    return str(session.scalar(_COLLECTION, values))


def lines_json(session: Session, level: UnitLevel, on: date) -> str:
    """Borders (lines by quality) and names (points) of a level in force on a day, as an overlay."""
    return str(session.scalar(_LINES, {"level": level.value, "day": on, "tolerance": TOLERANCE}))


def outline_json(session: Session, unit_id: int) -> str:
    """One unit as a GeoJSON FeatureCollection, not smoothed; empty where its extent is not known."""
    values = {"level": None, "day": None, "unit_id": unit_id, "tolerance": 0, "decimals": _DECIMALS}
    return str(session.scalar(_COLLECTION, values))


def outlines_version(session: Session) -> int:
    """A number that changes whenever any unit does."""
    return int(session.scalar(_VERSION) or 0)
