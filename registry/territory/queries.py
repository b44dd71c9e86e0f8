"""Queries of units by point, name and succession; territory is public, so they need no actor."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Final

import shapely
from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    ColumnElement,
    Date,
    Double,
    FromClause,
    Select,
    Subquery,
    Text,
    and_,
    any_,
    bindparam,
    case,
    func,
    literal,
    select,
    text,
    true,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from registry.kernel.db.compiled import CompiledStatement, compile_statement
from registry.kernel.i18n import _, format_date
from registry.kernel.text import normalise
from registry.territory.models import (
    WGS84,
    AdminSuccession,
    AdminUnit,
    AdminUnitPiece,
    ExtentQuality,
    UnitLevel,
)
from registry.territory.rules import name_key, search_names

Coordinate = float | Decimal
_TENTH: Decimal = Decimal("0.1")


@dataclass(frozen=True)
class UnitHit:
    """The unit that covers a point."""

    id: int
    code: str
    name: str
    level: UnitLevel
    extent_quality: ExtentQuality

    @property
    def approximate(self) -> bool:
        """Whether the outline is only approximate; every page that shows the unit must say so."""
        return self.extent_quality is not ExtentQuality.OFFICIAL


def point(lon: Coordinate | ColumnElement[float], lat: Coordinate | ColumnElement[float]) -> ColumnElement[Any]:
    """SQL: a point in WGS 84 degrees."""
    return func.ST_SetSRID(func.ST_MakePoint(lon, lat), WGS84)


def unit_at(session: Session, lon: Coordinate, lat: Coordinate, level: UnitLevel, on: date) -> UnitHit | None:
    """The unit of `level` that covers a point (WGS 84 degrees) on a day.

    An official outline wins over an approximate one, on a shared border the lowest code.

    A district is found only on days before 01/07/2025, a former commune only by its approximate extent.
    """
    return units_at(session, lon, lat, [(level, on)])[0]


def units_at(
    session: Session, lon: Coordinate, lat: Coordinate, requests: Sequence[tuple[UnitLevel, date]]
) -> list[UnitHit | None]:
    """`unit_at` for several levels and days in one query, in their order."""
    values: dict[str, Any] = {"lon": lon, "lat": lat}
    for number, (level, on) in enumerate(requests):
        values |= {f"level_{number}": level.value, f"on_{number}": on}
    rows = _units_at(len(requests)).execute(session.connection(), values)
    hits = {
        row.number: UnitHit(row.id, row.code, row.name, UnitLevel(row.level), ExtentQuality(row.extent_quality))
        for row in rows
    }
    return [hits.get(number) for number in range(len(requests))]


@cache
def _units_at(requests: int) -> CompiledStatement:
    """The statement of so many requests, compiled once: each change of a position asks it."""
    columns = (AdminUnit.id, AdminUnit.code, AdminUnit.name, AdminUnit.level, AdminUnit.extent_quality)
    position = point(bindparam("lon", type_=Double), bindparam("lat", type_=Double))
    queries = []
    for number in range(requests):
        level, on = bindparam(f"level_{number}", type_=Text), bindparam(f"on_{number}", type_=Date)
        query = select(literal(number).label("number"), *columns)
        queries.append(query.where(AdminUnit.id == func.unit_at(position, level, on)))
    return compile_statement(union_all(*queries))


def unit_on_border(
    session: Session, lon: Coordinate, lat: Coordinate, hit: UnitHit, own: Collection[int], on: date
) -> UnitHit | None:
    """Of the units in `own`, the one that shares a border at the point with the unit found there; None without one.

    Approximate outlines overlap, so the point must lie on the outline of both.
    """
    position = point(lon, lat)
    query = (
        select(AdminUnit.id, AdminUnit.code, AdminUnit.name, AdminUnit.level, AdminUnit.extent_quality)
        .where(
            AdminUnit.id.in_(own),
            AdminUnit.level == hit.level,
            AdminUnit.extent_quality == hit.extent_quality,
            AdminUnit.in_force(on),
            func.ST_Intersects(func.ST_Boundary(AdminUnit.geom), position),
        )
        .order_by(AdminUnit.code)
        .limit(1)
    )
    row = session.execute(query).one_or_none()
    return None if row is None else UnitHit(*row)


def communes_crossed(source: FromClause, geometry: ColumnElement[Any], on: date) -> Select[str]:
    """The names of the communes of a day that a geometry (WGS 84) of `source` touches; the caller chooses its rows."""
    touches = geometry.op("&&")(AdminUnitPiece.geom) & func.ST_Intersects(geometry, AdminUnitPiece.geom)
    return (
        select(AdminUnit.name)
        .join(AdminUnitPiece, AdminUnitPiece.unit_id == AdminUnit.id)
        .join(source, touches)
        .where(AdminUnit.level == UnitLevel.COMMUNE, AdminUnit.in_force(on))
        .distinct()
        .order_by(AdminUnit.name)
    )


def commune_shares(lines: FromClause, on: date) -> Subquery:
    """By `id` and `unit_id` the `share` of each line (`id`, `geom` in WGS 84) in the communes of a day.

    The shares of a line add up to one: approximate outlines overlap and leave gaps. A line that no outline meets is
    missing.
    """
    is_official = AdminUnit.extent_quality == ExtentQuality.OFFICIAL
    pieces = (
        select(AdminUnitPiece.unit_id, AdminUnitPiece.geom, is_official.label("is_official"), AdminUnit.code)
        .join(AdminUnit, AdminUnit.id == AdminUnitPiece.unit_id)
        .where(AdminUnit.level == UnitLevel.COMMUNE, AdminUnit.in_force(on))
    )
    around, across = pieces.subquery("around"), pieces.subquery("across")
    # Most lines lie in one piece of one commune, which an index and a test of containment say.
    only = (
        select(around.c.unit_id)
        .where(around.c.geom.op("&&")(lines.c.geom), func.ST_Covers(around.c.geom, lines.c.geom))
        .order_by(around.c.is_official.desc(), around.c.code)
        .limit(1)
        .lateral("only")
    )
    located = (
        select(lines.c.id, lines.c.geom, only.c.unit_id)
        .outerjoin_from(lines, only, true())
        .cte("located")
        .prefix_with("MATERIALIZED")
    )
    metres = func.sum(func.ST_Length(func.Geography(func.ST_Intersection(located.c.geom, across.c.geom))))
    crossing = (
        select(located.c.id, across.c.unit_id, metres.label("metres"))
        .join(across, across.c.geom.op("&&")(located.c.geom) & func.ST_Intersects(across.c.geom, located.c.geom))
        .where(located.c.unit_id.is_(None))
        .group_by(located.c.id, across.c.unit_id)
        .subquery("crossing")
    )
    share = crossing.c.metres / func.sum(crossing.c.metres).over(partition_by=crossing.c.id)
    return union_all(
        select(located.c.id, located.c.unit_id, literal(1.0, Double).label("share")).where(
            located.c.unit_id.is_not(None)
        ),
        select(crossing.c.id, crossing.c.unit_id, share.label("share")).where(crossing.c.metres > 0),
    ).subquery("shares")


def part_inside(geometry: ColumnElement[Any], unit_id: int | None) -> ColumnElement[Any]:
    """The part of a geometry (WGS 84) in a unit, or all of it where that is empty or the unit has no extent."""
    extent = select(AdminUnit.geom).where(AdminUnit.id == unit_id).scalar_subquery()
    part = func.ST_Intersection(geometry, extent)
    return func.coalesce(case((~func.ST_IsEmpty(part), part)), geometry)


def distance_to_unit(session: Session, lon: Coordinate, lat: Coordinate, unit_id: int) -> Decimal | None:
    """Metres (on the ellipsoid, to 0.1 m) from a point to a unit, 0 inside; None where its extent is not known."""
    position = func.Geography(point(lon, lat))
    metres = session.scalar(
        select(func.ST_Distance(func.Geography(AdminUnit.geom), position)).where(AdminUnit.id == unit_id)
    )
    return None if metres is None else Decimal(metres).quantize(_TENTH)


def in_province(session: Session, lon: Coordinate, lat: Coordinate) -> bool:
    """Whether the province in force covers a point."""
    query = (
        select(AdminUnitPiece.id)
        .join(AdminUnit, AdminUnit.id == AdminUnitPiece.unit_id)
        .where(AdminUnit.level == UnitLevel.PROVINCE, AdminUnit.valid_to.is_(None))
        .where(func.ST_Covers(AdminUnitPiece.geom, point(lon, lat)))
        .limit(1)
    )
    return session.scalar(query) is not None


def province_bounds(session: Session) -> tuple[float, float, float, float] | None:
    """West, south, east, north of the province in degrees; None before any extent is known."""
    return _bounds(session, AdminUnit.level == UnitLevel.PROVINCE, AdminUnit.valid_to.is_(None))


def unit_bounds(session: Session, unit_id: int) -> tuple[float, float, float, float] | None:
    """West, south, east, north of one unit in degrees; None where its extent is not known."""
    return _bounds(session, AdminUnit.id == unit_id)


def area_bounds(session: Session, unit_ids: Iterable[int]) -> tuple[float, float, float, float] | None:
    """West, south, east, north of several units together in degrees; None where no extent of them is known."""
    return _bounds(session, AdminUnit.id.in_(sorted(unit_ids)))


def _bounds(session: Session, *where: ColumnElement[bool]) -> tuple[float, float, float, float] | None:
    box = func.ST_Extent(AdminUnit.geom)
    row = session.execute(
        select(func.ST_XMin(box), func.ST_YMin(box), func.ST_XMax(box), func.ST_YMax(box)).where(*where)
    ).one()
    return None if row[0] is None else (row[0], row[1], row[2], row[3])


def first_day_of_register(session: Session) -> date | None:
    """The first day of which the register knows all units in force; None where it knows of no change."""
    return session.scalar(select(func.min(func.coalesce(AdminUnit.valid_from, AdminUnit.valid_to))))


def get_unit(session: Session, unit_id: int) -> AdminUnit | None:
    """One unit without its extent."""
    return session.get(AdminUnit, unit_id)


def unit_names(session: Session, unit_ids: set[int]) -> dict[int, str]:
    """The names of several units by their ids."""
    if not unit_ids:
        return {}
    rows = session.execute(select(AdminUnit.id, AdminUnit.name).where(AdminUnit.id.in_(sorted(unit_ids))))
    return {row.id: row.name for row in rows}


def get_province(session: Session) -> AdminUnit | None:
    """The province in force today; None before the first seed."""
    return session.scalars(
        select(AdminUnit).where(AdminUnit.level == UnitLevel.PROVINCE, AdminUnit.valid_to.is_(None))
    ).one_or_none()


def outline_of(session: Session, unit_id: int) -> Any | None:
    """The outline of a unit as a shape in WGS 84; None where it is not known."""
    outline = session.scalar(select(func.ST_AsBinary(AdminUnit.geom)).where(AdminUnit.id == unit_id))
    return None if outline is None else shapely.from_wkb(bytes(outline))


def list_units(session: Session, on: date, level: UnitLevel | None = None) -> list[AdminUnit]:
    """The units in force on a day, by code."""
    query = select(AdminUnit).where(AdminUnit.in_force(on))
    if level is not None:
        query = query.where(AdminUnit.level == level)
    return list(session.scalars(query.order_by(AdminUnit.code, AdminUnit.id)))


_COMMUNES: Final = (
    select(AdminUnit.id, AdminUnit.name)
    .where(AdminUnit.level == UnitLevel.COMMUNE, AdminUnit.in_force(bindparam("on", type_=Date)))
    .order_by(AdminUnit.code, AdminUnit.id)
)


def commune_choices(session: Session, on: date) -> list[tuple[int, str]]:
    """Id and name of each commune in force on a day, by code: for a select, which needs no more of 166 of them."""
    return [(unit_id, name) for unit_id, name in session.execute(_COMMUNES, {"on": on})]


def commune_problem(session: Session, unit_id: int, on: date) -> str | None:
    """Why a commune cannot be named on a day: there is none of this id, or it has ended; None if it can."""
    unit = session.get(AdminUnit, unit_id)
    if unit is None or unit.level is not UnitLevel.COMMUNE:
        return _("Không có xã, phường đã chọn; hãy chọn một xã, phường trong danh sách.")
    if unit.valid_to is None or unit.valid_to >= on:
        return None
    names = ", ".join(relation.unit.name for relation in list_successors(session, unit.id) if relation.unit is not None)
    return _(
        "%(name)s đã kết thúc ngày %(day)s; hãy chọn xã, phường hiện nay: %(successors)s.",
        name=unit.name,
        day=format_date(unit.valid_to),
        successors=names or _("theo danh sách"),
    )


def unknown_codes(session: Session, on: date, codes: Iterable[str]) -> list[str]:
    """Those of the codes that no unit in force on a day bears."""
    wanted = set(codes)
    known_codes = session.scalars(select(AdminUnit.code).where(AdminUnit.in_force(on), AdminUnit.code.in_(wanted)))
    return sorted(wanted - set(known_codes)) if wanted else []


def find_units(
    session: Session, name_or_code: str, level: UnitLevel | None = None, on: date | None = None
) -> list[AdminUnit]:
    """All units that match a code or name, exact spelling first; names are not unique, not even on one day.

    Case, diacritics, placing of tone marks and short forms ("P. Hàm Rồng") do not matter; the kind is optional.
    Without `on` units of all times match. Older names (`older_names`) count only if nothing else matches.
    """
    term = normalise(name_or_code)
    if not term:
        return []
    rounds: list[ColumnElement[bool]] = [AdminUnit.code == term]
    rounds += [AdminUnit.folded_name().in_(names) for names in search_names(term)]
    rounds.append(any_(AdminUnit.older_names) == name_key(term))
    for clause in rounds:
        query = select(AdminUnit).where(clause)
        if level is not None:
            query = query.where(AdminUnit.level == level)
        if on is not None:
            query = query.where(AdminUnit.in_force(on))
        exact = func.lower(AdminUnit.name) == term.lower()
        units = session.scalars(query.order_by(exact.desc(), AdminUnit.code, AdminUnit.valid_from.nulls_first())).all()
        if units:
            return list(units)
    return []


_AREA = text(
    """
    WITH RECURSIVE below AS (
        SELECT id, level, code, valid_from, valid_to FROM admin_unit WHERE id = ANY(:ids)
        UNION
        SELECT child.id, child.level, child.code, child.valid_from, child.valid_to
          FROM below
          JOIN admin_unit same ON same.level = below.level AND same.code = below.code
          JOIN admin_unit child ON child.parent_id = same.id
         WHERE daterange(child.valid_from, child.valid_to, '[]') && daterange(below.valid_from, below.valid_to, '[]')
    ), later AS (
        SELECT id FROM below
        UNION
        SELECT s.successor_id FROM later JOIN admin_succession s ON s.predecessor_id = later.id
         WHERE s.successor_id IS NOT NULL
    ), earlier AS (
        SELECT id FROM below
        UNION
        SELECT s.predecessor_id FROM earlier JOIN admin_succession s ON s.successor_id = earlier.id
    )
    SELECT id FROM later UNION SELECT id FROM earlier
    """
)


def area_unit_ids(session: Session, unit_ids: Iterable[int]) -> frozenset[int]:
    """The units, those below them in their own time (a district's communes), predecessors and successors of all.

    An inspector's area: records of a former commune and of its successor both belong to it, records of the
    successor's other predecessors do not.
    """
    ids = sorted(set(unit_ids))
    return frozenset(session.scalars(_AREA, {"ids": ids})) if ids else frozenset()


def communes_on(day: date) -> CTE:
    """Pairs of a commune in force on a day (`unit_id`) and a commune that records may name (`record_id`).

    These are the commune itself and all former ones that became part of it: `area_unit_ids` for all communes at once.
    Records of a former commune that was split belong to each of its successors.
    """
    pairs = (
        select(AdminUnit.id.label("unit_id"), AdminUnit.id.label("record_id"))
        .where(AdminUnit.level == UnitLevel.COMMUNE, AdminUnit.in_force(day))
        .cte("communes_on", recursive=True)
    )
    return pairs.union(
        select(pairs.c.unit_id, AdminSuccession.predecessor_id).join(
            AdminSuccession, AdminSuccession.successor_id == pairs.c.record_id
        )
    )


@dataclass(frozen=True)
class CommunePart:
    """A commune in force on a day, and one commune of records that belong to it."""

    unit_id: int
    name: str
    record_id: int


def commune_parts(session: Session, day: date, record_ids: Collection[int]) -> list[CommunePart]:
    """The communes in force on a day to which records of the given communes belong; a split one appears twice."""
    pairs = communes_on(day)
    query = (
        select(pairs.c.unit_id, AdminUnit.name, pairs.c.record_id)
        .join(AdminUnit, AdminUnit.id == pairs.c.unit_id)
        .where(pairs.c.record_id == any_(literal(sorted(record_ids), ARRAY(BigInteger))))
    )
    return [CommunePart(*row) for row in session.execute(query)]


@dataclass(frozen=True)
class UnitRelation:
    """One succession seen from one of its ends; `unit` is the other end (None: abolished)."""

    succession: AdminSuccession
    unit: AdminUnit | None


def list_successors(session: Session, unit_id: int) -> list[UnitRelation]:
    """The successions from a unit, the main successor first."""
    query = (
        select(AdminSuccession, AdminUnit)
        .outerjoin(AdminUnit, AdminUnit.id == AdminSuccession.successor_id)
        .where(AdminSuccession.predecessor_id == unit_id)
        .order_by(AdminSuccession.is_default.desc(), AdminUnit.code)
    )
    return [UnitRelation(succession, unit) for succession, unit in session.execute(query)]


def list_predecessors(session: Session, unit_id: int) -> list[UnitRelation]:
    """The successions to a unit, by code."""
    query = (
        select(AdminSuccession, AdminUnit)
        .join(AdminUnit, AdminUnit.id == AdminSuccession.predecessor_id)
        .where(AdminSuccession.successor_id == unit_id)
        .order_by(AdminUnit.code, AdminUnit.id)
    )
    return [UnitRelation(succession, unit) for succession, unit in session.execute(query)]


def list_children(session: Session, unit: AdminUnit, on: date) -> list[AdminUnit]:
    """The units directly below `unit` on a day, by name; parents match by code, which survives enlargement."""
    parent = aliased(AdminUnit)
    query = (
        select(AdminUnit)
        .join(parent, parent.id == AdminUnit.parent_id)
        .where(parent.level == unit.level, parent.code == unit.code, AdminUnit.in_force(on))
        .order_by(AdminUnit.name, AdminUnit.id)
    )
    return list(session.scalars(query))


def parent_names(session: Session, level: UnitLevel, on: date) -> dict[int, str]:
    """Unit id -> name of the unit above it, for the units of a level in force on a day."""
    parent, then = aliased(AdminUnit), aliased(AdminUnit)
    query = (
        select(AdminUnit.id, then.name)
        .join(parent, parent.id == AdminUnit.parent_id)
        .join(then, and_(then.level == parent.level, then.code == parent.code, then.in_force(on)))
        .where(AdminUnit.level == level, AdminUnit.in_force(on))
    )
    return {row.id: row.name for row in session.execute(query)}
