"""Take the lines of streets from a file: the streets that are missing are added, lines of the same source replaced."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Final

from sqlalchemy import delete, func, or_, select

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.errors import Invalid
from registry.kernel.geo.linear import shape_of
from registry.kernel.i18n import _
from registry.kernel.text import shown
from registry.streets.models import Street, StreetLine
from registry.streets.reading import DECIMALS, ReadLine
from registry.territory.models import AdminUnit, UnitLevel

Points = tuple[tuple[float, float], ...]
#: Name of a street and code of its commune.
Key = tuple[str, str | None]
_SHOWN: Final = 20


@dataclass(frozen=True)
class Taken:
    """What an import changed."""

    streets_added: int
    lines_added: int
    lines_removed: int


def take_lines(ctx: Ctx, lines: list[ReadLine], source: str) -> Taken:
    """All of a file's lines, or none (Invalid); a file taken a second time changes nothing."""
    require(ctx, P.TERRITORY_IMPORT)
    if not source.strip():
        raise Invalid({"source": _("Chưa nêu nguồn của tệp; ví dụ: Sở Xây dựng, 2026.")})
    streets, added = _streets(ctx, lines, _communes(ctx, lines))
    wanted = {(streets[line.name, line.commune], line.points) for line in lines}
    kept = _kept(ctx, source)
    gone = [kept[key] for key in kept.keys() - wanted]
    if gone:
        ctx.session.execute(delete(StreetLine).where(StreetLine.id.in_(gone)))
    fresh = sorted(wanted - kept.keys())
    for street_id, points in fresh:
        line = shape_of(json.dumps({"type": "LineString", "coordinates": points}))
        ctx.session.add(StreetLine(street_id=street_id, line=line, source=source))
    ctx.session.flush()
    taken = Taken(added, len(fresh), len(gone))
    if any(asdict(taken).values()):
        record(ctx, "streets.import", "street_line", None, source=source, **asdict(taken))
    return taken


def _kept(ctx: Ctx, source: str) -> dict[tuple[int, Points], int]:
    """The lines of a source: street and points -> id."""
    geojson = func.ST_AsGeoJSON(StreetLine.line, DECIMALS).label("geojson")
    query = select(StreetLine.id, StreetLine.street_id, geojson).where(StreetLine.source == source)
    return {
        (row.street_id, tuple((lon, lat) for lon, lat in json.loads(row.geojson)["coordinates"])): row.id
        for row in ctx.session.execute(query)
    }


def _communes(ctx: Ctx, lines: list[ReadLine]) -> dict[str, int]:
    """Code -> id of the communes that the file names; Invalid for those that are not in force."""
    codes = {line.commune for line in lines if line.commune is not None}
    query = select(AdminUnit.code, AdminUnit.id).where(
        AdminUnit.level == UnitLevel.COMMUNE,
        AdminUnit.code.in_(codes),
        or_(AdminUnit.valid_from.is_(None), AdminUnit.valid_from <= ctx.today),
        or_(AdminUnit.valid_to.is_(None), AdminUnit.valid_to >= ctx.today),
    )
    known = {row.code: row.id for row in ctx.session.execute(query)}
    unknown = sorted(codes - known.keys())
    if unknown:
        said = ", ".join(shown(code) for code in unknown[:_SHOWN])
        raise Invalid({"file": _("Không có xã, phường nào đang có mã: %(codes)s.", codes=said)})
    return known


def _streets(ctx: Ctx, lines: list[ReadLine], units: dict[str, int]) -> tuple[dict[Key, int], int]:
    """Name and commune -> id of the street, those that are missing made; and how many were."""
    known = {(street.name, street.unit_id): street.id for street in ctx.session.scalars(select(Street))}
    found: dict[Key, int] = {}
    added = 0
    for line in lines:
        key = (line.name, units[line.commune] if line.commune is not None else None)
        if key not in known:
            street = Street(code=line.code, name=line.name, road_class=line.road_class, unit_id=key[1])
            ctx.session.add(street)
            ctx.session.flush()
            known[key] = street.id
            added += 1
        found[line.name, line.commune] = known[key]
    return found, added
