"""Where a proposed line lies: simple, not too long, within the province and within its proposer's area."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import text

from registry.authz.actors import Ctx
from registry.kernel.dated_settings import setting
from registry.kernel.errors import Forbidden, Invalid
from registry.kernel.i18n import _
from registry.routelists.rules import line_problem, outside_problem
from registry.territory.models import UnitLevel

#: How far outlines may be trusted is the same question for a street as for a structure.
_TOLERANCE: Final = "structure.stated_commune_tolerance_m"
_METRE: Final = Decimal(1)
#: Units are cut into small pieces; those farther away than this cannot hold any part of the line.
_PLACE: Final = text(
    """
    WITH given AS (SELECT ST_SetSRID(ST_GeomFromGeoJSON(:line), 4326) AS line),
    own AS (
        SELECT piece.unit_id, unit.code, unit.extent_quality = 'official' AS official, piece.geom AS part
          FROM given, admin_unit_piece piece JOIN admin_unit unit ON unit.id = piece.unit_id
         WHERE unit.id = ANY(:units) AND unit.level = :commune
           AND coalesce(unit.valid_from, '-infinity') <= :day AND coalesce(unit.valid_to, 'infinity') >= :day
           AND piece.geom && ST_Expand(given.line, 0.06)
    ),
    area AS (
        SELECT ST_Buffer(ST_Union(ST_Transform(part, 5897)),
                         CASE WHEN bool_and(official) THEN :official ELSE :approximate END) AS ground FROM own
    ),
    beyond AS (
        SELECT coalesce(ST_Difference(ST_Transform(given.line, 5897), area.ground), ST_Transform(given.line, 5897))
               AS line FROM given, area
    )
    SELECT ST_IsSimple(given.line) AS is_simple, ST_Length(ST_Transform(given.line, 5897)) AS length_m,
           ST_Length(beyond.line) AS outside_m,
           (SELECT name FROM admin_unit WHERE id = CASE WHEN NOT ST_IsEmpty(beyond.line) THEN
                unit_at(ST_Transform(ST_PointOnSurface(beyond.line), 4326), :commune, :day) END) AS outside_unit,
           unit_at(ST_LineInterpolatePoint(given.line, 0.5), :commune, :day) IS NOT NULL AS in_province,
           (SELECT unit_id FROM own GROUP BY unit_id, code
             ORDER BY sum(ST_Length(ST_Intersection(own.part, given.line))) DESC,
                      min(ST_Distance(own.part, given.line)), code LIMIT 1) AS commune_id
      FROM given, beyond
    """
)


def commune_of(ctx: Ctx, geojson: str, unit_ids: Collection[int]) -> int:
    """The commune of a line (WGS 84): that of `unit_ids` with the longest part of it; Invalid where it may not lie."""
    if not unit_ids:
        raise Forbidden(_("Tài khoản của bạn chưa được giao địa bàn nào nên chưa đề xuất được tuyến đường."))
    allowed: dict[str, Any] = setting(ctx.session, _TOLERANCE, ctx.today)
    given = {"line": geojson, "units": sorted(unit_ids), "day": ctx.today, "commune": UnitLevel.COMMUNE.value}
    row = ctx.session.execute(_PLACE, given | {name: allowed[name] for name in ("official", "approximate")}).one()
    problem = line_problem(is_simple=row.is_simple, length_m=Decimal(row.length_m))
    if problem is None and not row.in_province:
        problem = _("Tuyến nằm ngoài địa bàn tỉnh; hãy kiểm tra lại tọa độ và hệ tọa độ.")
    outside = Decimal(row.outside_m).quantize(_METRE)
    if problem is None and (outside > 0 or row.commune_id is None):
        problem = outside_problem(max(outside, _METRE), row.outside_unit)
    if problem is not None:
        raise Invalid({"position": problem})
    return int(row.commune_id)
