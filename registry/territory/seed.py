"""Add the units of one province, offline, with approximate outlines; existing units are never changed.

Where no official outline is known, that of a commune is a Voronoi cell around the point of the former commune.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select, text

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.territory.catalogue import Catalogue, UnitKey, read_catalogue
from registry.territory.models import AdminSuccession, AdminUnit, ExtentQuality, UnitLevel
from registry.territory.reforms import LAST_DISTRICT_DAY

#: Parents before children.
_ORDER = (UnitLevel.PROVINCE, UnitLevel.DISTRICT, UnitLevel.COMMUNE)
#: Assumed distance of the province's border from its outermost points, in metres.
_MARGIN_M: Final = 5000
#: UTM zone 48 north: metres, accurate enough for approximate outlines in the whole country.
_METRIC: Final = 32648
#: Metres between points that geocoding gave the same position; otherwise one of them would get no cell.
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

#: A unit that was only renamed, raised or moved had the extent of its successor.
_RENAMED: Final = text(
    """
    UPDATE admin_unit unit SET geom = after.geom, extent_quality = 'approximate'
      FROM admin_succession s JOIN admin_unit after ON after.id = s.successor_id
     WHERE s.predecessor_id = unit.id AND s.kind = 'rename' AND unit.level = 'commune'
       AND unit.extent_quality = 'none' AND after.extent_quality = 'approximate'
    """
)

#: A commune of today covers the whole communes and the larger parts that were merged into it.
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

#: A district covers its communes of 30/06/2025; one that ended earlier covers the communes it had on its last day.
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


@dataclass(frozen=True)
class SeedResult:
    """How much a seed added; all zero where nothing was missing."""

    units: int
    successions: int


def seed(ctx: Ctx, province_code: str) -> SeedResult:
    """Add the missing units, successions and approximate extents of a province (code of the statistics office)."""
    catalogue = read_catalogue(province_code)
    known = {
        UnitKey(unit.level, unit.code, unit.valid_from): unit for unit in ctx.session.scalars(select(AdminUnit)).all()
    }
    result = SeedResult(_add_units(ctx, catalogue, known), _add_successions(ctx, catalogue, known))
    if result.units:
        _approximate_extents(ctx, catalogue.points)
    if result.units or result.successions:
        record(
            ctx,
            "territory.seed",
            "admin_unit",
            None,
            province=province_code,
            units=result.units,
            successions=result.successions,
        )
    return result


def _add_units(ctx: Ctx, catalogue: Catalogue, known: dict[UnitKey, AdminUnit]) -> int:
    added = 0
    for level in _ORDER:
        for key, row in catalogue.units.items():
            if key.level is not level or key in known:
                continue
            known[key] = AdminUnit(
                level=level,
                kind=row.kind,
                code=key.code,
                name=row.name,
                parent_id=known[row.parent].id if row.parent else None,
                valid_from=key.valid_from,
                valid_to=row.valid_to,
                legal_basis=row.legal_basis,
                older_names=list(row.older_names),
                extent_quality=ExtentQuality.NONE,
            )
            ctx.session.add(known[key])
            added += 1
        ctx.session.flush()
    return added


def _add_successions(ctx: Ctx, catalogue: Catalogue, known: dict[UnitKey, AdminUnit]) -> int:
    existing = {
        (row.predecessor_id, row.successor_id)
        for row in ctx.session.execute(select(AdminSuccession.predecessor_id, AdminSuccession.successor_id))
    }
    added = 0
    for row in catalogue.successions:
        pair = (known[row.predecessor].id, known[row.successor].id if row.successor else None)
        if pair in existing:
            continue
        ctx.session.add(
            AdminSuccession(
                predecessor_id=pair[0],
                successor_id=pair[1],
                kind=row.kind,
                is_default=row.is_default,
                effective_on=row.effective_on,
                legal_basis=row.legal_basis,
            )
        )
        added += 1
    ctx.session.flush()
    return added


def _approximate_extents(ctx: Ctx, points: Mapping[str, tuple[float, float]]) -> None:
    """Give every unit without an outline an approximate one.

    `points` are those of the former communes: code -> (longitude, latitude) in WGS 84.
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
            "margin": _MARGIN_M,
            "last_day": LAST_DISTRICT_DAY,
        },
    )
    ctx.session.execute(_RENAMED)
    for statement in (_JOINED, _DISTRICTS, _PROVINCE):
        ctx.session.execute(statement, {"last_day": LAST_DISTRICT_DAY})
