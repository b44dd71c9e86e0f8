"""Approximate outlines where no official ones are known: cells around the points of the former communes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import text

from registry.authz.actors import Ctx
from registry.territory.reforms import LAST_DISTRICT_DAY

#: How far the province is taken to reach beyond its outermost points, in metres.
MARGIN_M: Final = 5000
#: UTM zone 48 north: metres over the whole country, good enough for outlines that are approximate anyhow.
_METRIC: Final = 32648
#: Points that geocoding put on the very same spot are set apart by so many metres, or one of them would get no cell.
_APART_M: Final = 300

_CELLS: Final = text(
    """
    WITH given AS (
        SELECT code, ST_Transform(ST_SetSRID(ST_MakePoint(lon, lat), 4326), :metric) AS place,
               row_number() OVER (PARTITION BY lon, lat ORDER BY code) - 1 AS again
          FROM unnest(CAST(:codes AS text[]), CAST(:lons AS float8[]), CAST(:lats AS float8[])) AS p(code, lon, lat)
    ), point AS (
        SELECT code, ST_Translate(place, again * :apart, 0) AS place FROM given
    ), outline AS (
        SELECT ST_Collect(place) AS places, ST_Buffer(ST_ConvexHull(ST_Collect(place)), :margin) AS hull FROM point
    ), cell AS (
        SELECT (ST_Dump(ST_VoronoiPolygons(places, 0, hull))).geom AS geom, hull FROM outline
    ), clipped AS (
        SELECT point.code, ST_Multi(ST_CollectionExtract(
                   ST_Transform(ST_Intersection(cell.geom, cell.hull), 4326), 3)) AS geom
          FROM point JOIN cell ON ST_Intersects(cell.geom, point.place)
    )
    UPDATE admin_unit unit SET geom = clipped.geom, extent_quality = 'approximate'
      FROM clipped
     WHERE unit.level = 'commune' AND unit.code = clipped.code AND unit.valid_to = :last_day
       AND unit.extent_quality = 'none'
    """
)

#: A unit that was only renamed, raised or moved had the extent of its successor; run newest step first.
_RENAMED: Final = text(
    """
    UPDATE admin_unit unit SET geom = after.geom, extent_quality = 'approximate'
      FROM admin_succession s JOIN admin_unit after ON after.id = s.successor_id
     WHERE s.predecessor_id = unit.id AND s.kind = 'rename' AND unit.level = 'commune'
       AND unit.extent_quality = 'none' AND after.extent_quality = 'approximate'
    """
)

#: A commune of today is where the whole communes and the larger parts that went into it were.
_JOINED: Final = text(
    """
    WITH joined AS (
        SELECT s.successor_id AS id, ST_Multi(ST_Union(before.geom)) AS geom
          FROM admin_succession s JOIN admin_unit before ON before.id = s.predecessor_id
         WHERE s.is_default AND before.level = 'commune' AND before.extent_quality = 'approximate'
           AND before.valid_to = :last_day
         GROUP BY s.successor_id
    )
    UPDATE admin_unit unit SET geom = joined.geom, extent_quality = 'approximate'
      FROM joined WHERE unit.id = joined.id AND unit.extent_quality = 'none'
    """
)

#: A district is where its communes of 30/06/2025 were; the one that ended earlier is where its own, since moved, were.
_DISTRICTS: Final = text(
    """
    WITH joined AS (
        SELECT district.id, ST_Multi(ST_Union(commune.geom)) AS geom
          FROM admin_unit district
          JOIN admin_unit same ON same.level = district.level AND same.code = district.code
          JOIN admin_unit commune ON commune.parent_id = same.id
         WHERE district.level = 'district' AND commune.level = 'commune' AND commune.extent_quality = 'approximate'
           AND daterange(commune.valid_from, commune.valid_to, '[]')
               @> coalesce(district.valid_to, CAST(:last_day AS date))
         GROUP BY district.id
    )
    UPDATE admin_unit unit SET geom = joined.geom, extent_quality = 'approximate'
      FROM joined WHERE unit.id = joined.id AND unit.extent_quality = 'none'
    """
)

_PROVINCE: Final = text(
    """
    WITH joined AS (
        SELECT ST_Multi(ST_Union(geom)) AS geom FROM admin_unit
         WHERE level = 'commune' AND valid_to = :last_day AND extent_quality = 'approximate'
    )
    UPDATE admin_unit unit SET geom = joined.geom, extent_quality = 'approximate'
      FROM joined
     WHERE unit.level = 'province' AND unit.extent_quality = 'none' AND joined.geom IS NOT NULL
    """
)


def approximate_extents(ctx: Ctx, points: Mapping[str, tuple[float, float]]) -> None:
    """Give every unit without an outline an approximate one; `points` are code -> (longitude, latitude) in WGS 84.

    Outlines that stand already, official or not, are left alone.
    """
    codes = sorted(points)
    ctx.session.execute(
        _CELLS,
        {
            "codes": codes,
            "lons": [points[code][0] for code in codes],
            "lats": [points[code][1] for code in codes],
            "metric": _METRIC,
            "apart": _APART_M,
            "margin": MARGIN_M,
            "last_day": LAST_DISTRICT_DAY,
        },
    )
    ctx.session.execute(_RENAMED)
    for statement in (_JOINED, _DISTRICTS, _PROVINCE):
        ctx.session.execute(statement, {"last_day": LAST_DISTRICT_DAY})
