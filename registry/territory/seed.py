"""Add the units of one province, offline, with approximate outlines; existing units and official outlines stay.

Where no official outline is known, that of a commune is a cell around the point of the former commune (cells.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import shapely
from sqlalchemy import TextClause, select, text

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.territory.catalogue import Catalogue, UnitKey, read_catalogue, read_country
from registry.territory.cells import commune_cells
from registry.territory.land import land_version, read_land
from registry.territory.models import WGS84, AdminSuccession, AdminUnit, ApproximateOutlines, ExtentQuality, UnitLevel
from registry.territory.reforms import LAST_DISTRICT_DAY

#: Parents before children.
_ORDER = (UnitLevel.PROVINCE, UnitLevel.DISTRICT, UnitLevel.COMMUNE)
#: The method of the outlines: another number draws those of present registers again at their next start.
_METHOD: Final = 1

# Each statement changes only outlines that are not official, and none that is the same already: unions are made in one
# order, since another order moves corners by a rounding.
_CELLS: Final = text(
    """
    WITH cell AS (
        SELECT code, ST_GeomFromEWKB(shape) AS geom
          FROM unnest(CAST(:codes AS text[]), CAST(:shapes AS bytea[])) AS given(code, shape)
    )
    UPDATE admin_unit unit SET geom = cell.geom, extent_quality = 'approximate'
      FROM cell
     WHERE unit.level = 'commune' AND unit.code = cell.code AND unit.valid_to = :last_day
       AND unit.extent_quality <> 'official' AND unit.geom IS DISTINCT FROM cell.geom
    """
)

#: A unit without a point that was only renamed, raised or moved had the extent of its successor.
_RENAMED: Final = text(
    """
    UPDATE admin_unit unit SET geom = after.geom, extent_quality = 'approximate'
      FROM admin_succession s JOIN admin_unit after ON after.id = s.successor_id
     WHERE s.predecessor_id = unit.id AND s.kind = 'rename' AND unit.level = 'commune'
       AND unit.valid_to < :last_day
       AND unit.extent_quality <> 'official' AND after.extent_quality = 'approximate'
       AND unit.geom IS DISTINCT FROM after.geom
    """
)

#: A commune of today covers the whole communes and the larger parts that were merged into it.
_JOINED: Final = text(
    """
    WITH joined AS (
        SELECT s.successor_id AS id, ST_Multi(ST_Union(before.geom ORDER BY before.id)) AS geom
          FROM admin_succession s JOIN admin_unit before ON before.id = s.predecessor_id
         WHERE s.is_default AND before.level = 'commune' AND before.extent_quality = 'approximate'
           AND before.valid_to = :last_day
         GROUP BY s.successor_id
    )
    UPDATE admin_unit unit SET geom = joined.geom, extent_quality = 'approximate'
      FROM joined WHERE unit.id = joined.id AND unit.extent_quality <> 'official'
       AND unit.geom IS DISTINCT FROM joined.geom
    """
)

#: A district covers its communes of 30/06/2025; one that ended earlier covers the communes it had on its last day.
_DISTRICTS: Final = text(
    """
    WITH joined AS (
        SELECT district.id, ST_Multi(ST_Union(commune.geom ORDER BY commune.id)) AS geom
          FROM admin_unit district
          JOIN admin_unit same ON same.level = district.level AND same.code = district.code
          JOIN admin_unit commune ON commune.parent_id = same.id
         WHERE district.level = 'district' AND commune.level = 'commune' AND commune.extent_quality = 'approximate'
           AND daterange(commune.valid_from, commune.valid_to, '[]')
               @> coalesce(district.valid_to, CAST(:last_day AS date))
         GROUP BY district.id
    )
    UPDATE admin_unit unit SET geom = joined.geom, extent_quality = 'approximate'
      FROM joined WHERE unit.id = joined.id AND unit.extent_quality <> 'official'
       AND unit.geom IS DISTINCT FROM joined.geom
    """
)

_PROVINCE: Final = text(
    """
    WITH joined AS (
        SELECT ST_Multi(ST_Union(geom ORDER BY id)) AS geom FROM admin_unit
         WHERE level = 'commune' AND valid_to = :last_day AND extent_quality = 'approximate'
    )
    UPDATE admin_unit unit SET geom = joined.geom, extent_quality = 'approximate'
      FROM joined
     WHERE unit.level = 'province' AND unit.extent_quality <> 'official'
       AND joined.geom IS NOT NULL AND unit.geom IS DISTINCT FROM joined.geom
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
    existing_units = {
        UnitKey(unit.level, unit.code, unit.valid_from): unit for unit in ctx.session.scalars(select(AdminUnit)).all()
    }
    result = SeedResult(_add_units(ctx, catalogue, existing_units), _add_successions(ctx, catalogue, existing_units))
    if result.units:
        _draw_outlines(ctx, province_code)
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


def redraw(ctx: Ctx, province_code: str) -> int:
    """Redraw the approximate outlines of a present register; how many changed. Official ones stay."""
    require(ctx, P.TERRITORY_IMPORT)
    changed = _draw_outlines(ctx, province_code)
    record(ctx, "territory.redraw", "admin_unit", None, province=province_code, units=changed)
    return changed


def outlines_made_as() -> str:
    """What the approximate outlines are made of, and how."""
    return f"{_METHOD}-{land_version()}"


def lacks_present_outlines(ctx: Ctx) -> bool:
    """Whether the approximate outlines were drawn by an older version, from other data or by another method."""
    drawn = ctx.session.scalar(select(ApproximateOutlines))
    return drawn is None or drawn.made_as != outlines_made_as()


def _add_units(ctx: Ctx, catalogue: Catalogue, existing_units: dict[UnitKey, AdminUnit]) -> int:
    added = 0
    for level in _ORDER:
        for key, row in catalogue.units.items():
            if key.level is not level or key in existing_units:
                continue
            existing_units[key] = AdminUnit(
                level=level,
                kind=row.kind,
                code=key.code,
                name=row.name,
                parent_id=existing_units[row.parent].id if row.parent else None,
                valid_from=key.valid_from,
                valid_to=row.valid_to,
                legal_basis=row.legal_basis,
                older_names=list(row.older_names),
                extent_quality=ExtentQuality.NONE,
            )
            ctx.session.add(existing_units[key])
            added += 1
        ctx.session.flush()
    return added


def _add_successions(ctx: Ctx, catalogue: Catalogue, existing_units: dict[UnitKey, AdminUnit]) -> int:
    existing = {
        (row.predecessor_id, row.successor_id)
        for row in ctx.session.execute(select(AdminSuccession.predecessor_id, AdminSuccession.successor_id))
    }
    added = 0
    for row in catalogue.successions:
        pair = (existing_units[row.predecessor].id, existing_units[row.successor].id if row.successor else None)
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


def _draw_outlines(ctx: Ctx, province_code: str) -> int:
    """Give every unit without an official outline an approximate one; how many changed."""
    cells = commune_cells(read_country()[1], province_code, read_land())
    shapes = shapely.set_srid(list(cells.values()), WGS84)
    last_day = {"last_day": LAST_DISTRICT_DAY}
    drawn = {"codes": list(cells), "shapes": [bytes(shape) for shape in shapely.to_wkb(shapes, include_srid=True)]}
    steps: tuple[tuple[TextClause, dict[str, Any]], ...] = (
        (_CELLS, drawn | last_day),
        (_RENAMED, last_day),
        (_JOINED, last_day),
        (_DISTRICTS, last_day),
        (_PROVINCE, last_day),
    )
    results = [ctx.session.execute(statement, values) for statement, values in steps]
    ctx.session.merge(ApproximateOutlines(id=True, made_as=outlines_made_as(), drawn_at=ctx.now))
    ctx.session.flush()
    return sum(result.rowcount for result in results)  # type: ignore[attr-defined]
