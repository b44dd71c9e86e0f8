"""Import the lines of streets: missing streets are added, lines of the same source replaced."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Final

from sqlalchemy import delete, func, select

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.errors import Invalid
from registry.kernel.geo.vn2000 import WGS84_SRID
from registry.kernel.i18n import _
from registry.kernel.text import shown
from registry.streets.models import Street, StreetLine
from registry.streets.reading import DECIMALS, ReadLine
from registry.streets.rule_models import StreetRule
from registry.streets.stretches import as_wgs84, shape_of_street
from registry.territory.models import AdminUnit, UnitLevel

Points = tuple[tuple[float, float], ...]
#: Name of a street and code of its commune.
Key = tuple[str, str | None]
_MAX_CODES: Final = 20


@dataclass(frozen=True)
class ImportedLines:
    """What an import changed."""

    streets_added: int
    lines_added: int
    lines_removed: int


def import_lines(ctx: Ctx, lines: list[ReadLine], source: str) -> ImportedLines:
    """Import all lines or none (Invalid); importing the same lines again changes nothing."""
    require(ctx, P.TERRITORY_IMPORT)
    if not source.strip():
        raise Invalid({"source": _("Chưa nêu nguồn của tệp; ví dụ: Sở Xây dựng, 2026.")})
    streets, added = _streets(ctx, lines, _communes(ctx, lines))
    wanted_lines = {(streets[line.name, line.commune], line.points) for line in lines}
    existing = _lines_of(ctx, source)
    removed = [existing[key] for key in existing.keys() - wanted_lines]
    if removed:
        ctx.session.execute(delete(StreetLine).where(StreetLine.id.in_(removed)))
    added_lines = sorted(wanted_lines - existing.keys())
    ctx.session.add_all(
        StreetLine(street_id=street_id, line=_line_of(points), source=source) for street_id, points in added_lines
    )
    ctx.session.flush()
    _refresh_rules(ctx, {street_id for street_id, _points in (existing.keys() ^ wanted_lines)})
    imported = ImportedLines(added, len(added_lines), len(removed))
    if any(asdict(imported).values()):
        record(ctx, "streets.import", "street_line", None, source=source, **asdict(imported))
    return imported


def _refresh_rules(ctx: Ctx, street_ids: set[int]) -> None:
    """Rules of whole streets are about the new lines; those whose street has no line any more keep theirs."""
    for rule in ctx.session.scalars(
        select(StreetRule).where(StreetRule.is_whole, StreetRule.street_id.in_(sorted(street_ids)))
    ):
        shape = shape_of_street(ctx.session, rule.street_id, rule.commune_id)
        if shape is not None:
            rule.shape = as_wgs84(shape)
    ctx.session.flush()


def _line_of(points: Points) -> str:
    """As a value, so that many lines go into one statement."""
    return f"SRID={WGS84_SRID};LINESTRING({', '.join(f'{lon!r} {lat!r}' for lon, lat in points)})"


def _lines_of(ctx: Ctx, source: str) -> dict[tuple[int, Points], int]:
    """(street id, points) -> line id."""
    geojson = func.ST_AsGeoJSON(StreetLine.line, DECIMALS).label("geojson")
    query = select(StreetLine.id, StreetLine.street_id, geojson).where(StreetLine.source == source)
    return {
        (row.street_id, tuple((lon, lat) for lon, lat in json.loads(row.geojson)["coordinates"])): row.id
        for row in ctx.session.execute(query)
    }


def _communes(ctx: Ctx, lines: list[ReadLine]) -> dict[str, int]:
    """Code -> id of the communes of the lines; Invalid for those not in force."""
    codes = {line.commune for line in lines if line.commune is not None}
    query = select(AdminUnit.code, AdminUnit.id).where(
        AdminUnit.level == UnitLevel.COMMUNE, AdminUnit.code.in_(codes), AdminUnit.in_force(ctx.today)
    )
    communes = {row.code: row.id for row in ctx.session.execute(query)}
    unknown = sorted(codes - communes.keys())
    if unknown:
        codes_text = ", ".join(shown(code) for code in unknown[:_MAX_CODES])
        raise Invalid({"file": _("Không có xã, phường nào đang có mã: %(codes)s.", codes=codes_text)})
    return communes


def _streets(ctx: Ctx, lines: list[ReadLine], units: dict[str, int]) -> tuple[dict[Key, int], int]:
    """(name, commune code) -> street id, missing streets created; and how many were created."""
    known_streets = {(street.name, street.unit_id): street for street in ctx.session.scalars(select(Street))}
    keys = {line: (line.name, units[line.commune] if line.commune is not None else None) for line in lines}
    missing: dict[tuple[str, int | None], Street] = {}
    for line, key in keys.items():
        if key not in known_streets and key not in missing:
            missing[key] = Street(code=line.code, name=line.name, road_class=line.road_class, unit_id=key[1])
    ctx.session.add_all(missing.values())
    ctx.session.flush()
    known_streets |= missing
    return {(line.name, line.commune): known_streets[key].id for line, key in keys.items()}, len(missing)
