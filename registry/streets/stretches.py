"""A stretch of a street by the names of the street and of its ends: crossings with other streets, or its own ends."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely
from shapely import Point
from shapely.ops import linemerge, nearest_points, substring
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from registry.kernel.geo import linear
from registry.kernel.geo.coordinates import format_wgs84
from registry.kernel.geo.linear import GRID
from registry.kernel.geo.vn2000 import WGS84_SRID
from registry.kernel.text import TextRefused, fold
from registry.streets.models import Street, StreetLine
from registry.streets.queries import streets_within
from registry.territory.models import AdminUnit

#: Two streets cross where their lines come this near, in metres; lines of one street may leave such gaps.
_REACH_M: Final = 25
#: A stretch is at least this long.
LEAST_M: Final = 5
#: Parts of streets near a line that are looked at.
_MOST_PARTS: Final = 500
_DECIMALS: Final = 7
_MARKS: Final = re.compile(r"[^0-9a-z]+")
#: What names of streets begin with, which papers leave out as they like.
_KINDS: Final = ("duong pho", "duong", "pho", "dai lo", "tuyen", "tuyen duong", "tuyen pho")
#: Class of a road in words -> its short form in numbers of roads.
_CLASSES: Final = (("quoc lo", "ql"), ("tinh lo", "dt"), ("duong tinh", "dt"), ("duong huyen", "dh"))
_STARTS: Final = frozenset({"dau duong", "dau tuyen", "dau pho"})
_ENDS: Final = frozenset({"cuoi duong", "cuoi tuyen", "cuoi pho", "het duong", "het tuyen", "het pho"})
#: Words of crossings that are no part of a name; the last one may be one ("Phố Cát Linh").
_CROSSING: Final = re.compile(r"\b(nga (ba|tu|nam|sau)|giao( voi)?|nut giao|cho giao)\b")
_CUT: Final = re.compile(r"\bcat\b")
_SHORTEST: Final = 2


@dataclass(frozen=True)
class NamedStretch:
    """A stretch as GeoJSON in WGS 84, with its length in metres."""

    geojson: str
    length_m: float

    def as_text(self) -> str:
        """The points as a person types them: latitude and longitude, one point a line."""
        return "\n".join(format_wgs84(lon, lat) for lon, lat in json.loads(self.geojson)["coordinates"])


@dataclass(frozen=True)
class NamedLine:
    """A street of the commune with its line in metres of the province's grid."""

    key: str
    line: Any


def street_key(name: str) -> str:
    """A name of a street or number of a road for comparison: without marks, spaces, and the word for street."""
    try:
        text = _MARKS.sub(" ", fold(name)).strip()
    except TextRefused:
        return ""
    for words, short in _CLASSES:
        if text.startswith(f"{words} "):
            return short + text.removeprefix(words).replace(" ", "")
    for kind in sorted(_KINDS, key=len, reverse=True):
        if text.startswith(f"{kind} "):
            return text.removeprefix(kind).replace(" ", "")
    return text.replace(" ", "")


def lines_of_commune(session: Session, unit_id: int) -> list[NamedLine]:
    """The named lines within a commune; a street whose parts do not join has several."""
    area = select(AdminUnit.geom).where(AdminUnit.id == unit_id).scalar_subquery()
    inside = func.ST_Intersection(StreetLine.line, area)
    query = (
        select(Street.name, Street.code, func.ST_AsBinary(linear.in_metres(func.ST_Collect(inside))).label("shape"))
        .join(Street, Street.id == StreetLine.street_id)
        .where(
            StreetLine.line.op("&&")(area),
            func.ST_Intersects(StreetLine.line, area),
            or_(Street.unit_id == unit_id, Street.unit_id.is_(None)),
        )
        .group_by(Street.id)
        .order_by(Street.id)
    )
    lines = []
    for row in session.execute(query):
        for part in _joined(shapely.from_wkb(bytes(row.shape))):
            lines += [NamedLine(key, part) for key in {street_key(row.name), street_key(row.code or "")} if key]
    return lines


def _joined(shape: Any) -> list[Any]:
    """The lines of a geometry, those that touch joined."""
    lines = [part for part in shapely.get_parts(shape).tolist() for part in _lines(part)]
    merged = linemerge(lines) if lines else None
    if merged is None:
        return []
    return [merged] if merged.geom_type == "LineString" else list(merged.geoms)


def _lines(shape: Any) -> list[Any]:
    if shape.geom_type == "LineString":
        return [shape]
    return [part for part in getattr(shape, "geoms", ()) for part in _lines(part)]


def find_stretch(session: Session, lines: Sequence[NamedLine], name: str, start: str, end: str) -> NamedStretch | None:
    """The stretch of a street between two ends that its commune's lines know; None where one is not known.

    An end is a crossing with a named street, or the start or end of the whole street. Of several lines of the street
    it is the only one that both ends are on.
    """
    key = street_key(name)
    own = [each.line for each in lines if each.key == key] if len(key) >= _SHORTEST else []
    stretches = []
    for line in own:
        places = [metres_along(line, lines, key, text) for text in (start, end)]
        first, last = places
        if first is not None and last is not None and abs(first - last) >= LEAST_M:
            stretches.append(substring(line, first, last))
    if len(stretches) != 1:
        return None
    return as_stretch(session, stretches[0])


def find_street(session: Session, name: str, unit_id: int | None) -> list[int]:
    """The ids of the streets of a name or number; of a commune those with a line in it, whatever their unit is."""
    key = street_key(name)
    query = select(Street.id, Street.name, Street.code).order_by(Street.id)
    if unit_id is not None:
        area = select(AdminUnit.geom).where(AdminUnit.id == unit_id).scalar_subquery()
        inside = select(StreetLine.street_id).where(
            StreetLine.line.op("&&")(area), func.ST_Intersects(StreetLine.line, area)
        )
        query = query.where(Street.id.in_(inside))
    rows = session.execute(query)
    return [row.id for row in rows if key and key in (street_key(row.name), street_key(row.code or ""))]


def shape_of_street(session: Session, street_id: int, unit_id: int | None) -> Any:
    """The lines of a street in metres of the grid, of a commune the parts in it, those that touch joined; or None."""
    line: Any = StreetLine.line
    query = select(func.ST_AsBinary(linear.in_metres(func.ST_Collect(line)))).where(StreetLine.street_id == street_id)
    if unit_id is not None:
        area = select(AdminUnit.geom).where(AdminUnit.id == unit_id).scalar_subquery()
        query = select(func.ST_AsBinary(linear.in_metres(func.ST_Collect(func.ST_Intersection(line, area))))).where(
            StreetLine.street_id == street_id, line.op("&&")(area), func.ST_Intersects(line, area)
        )
    wkb = session.scalar(query)
    lines = [] if wkb is None else _joined(shapely.from_wkb(bytes(wkb)))
    return shapely.MultiLineString(lines) if lines else None


def snap_to_street(session: Session, shape: Any, geojson: str) -> Any:
    """The part of a street (`shape`, metres of the grid) along a line (GeoJSON, WGS 84); None where it is elsewhere."""
    drawn = func.ST_SetSRID(func.ST_GeomFromGeoJSON(geojson), WGS84_SRID)
    line = shapely.from_wkb(bytes(session.scalars(select(func.ST_AsBinary(linear.in_metres(drawn)))).one()))
    ends = [Point(line.coords[0]), Point(line.coords[-1])]
    candidates = []
    for street in shape.geoms:
        first, last = (float(street.project(end)) for end in ends)
        if max(street.distance(end) for end in ends) <= _REACH_M and abs(first - last) >= LEAST_M:
            candidates.append(substring(street, first, last))
    near = [each for each in candidates if each.hausdorff_distance(line) <= 2 * _REACH_M]
    return min(near, key=lambda each: float(each.hausdorff_distance(line)), default=None)


def stretch_of_street(lines: Sequence[NamedLine], shape: Any, name: str, start: str, end: str) -> Any:
    """The part of a street (`shape`, metres of the grid) between two ends in words; None where one is not known.

    `lines` are the named lines of the commune, in which crossings are looked for.
    """
    key = street_key(name)
    stretches = []
    for line in shape.geoms:
        first, last = (metres_along(line, lines, key, text) for text in (start, end))
        if first is not None and last is not None and abs(first - last) >= LEAST_M:
            stretches.append(substring(line, first, last))
    return stretches[0] if len(stretches) == 1 else None


def snap_line(session: Session, geojson: str) -> NamedStretch | None:
    """The stretch of the registered street that both ends of a line (GeoJSON, WGS 84) lie at; None without one.

    Of several streets it is the one that follows the line most closely.
    """
    drawn = func.ST_SetSRID(func.ST_GeomFromGeoJSON(geojson), WGS84_SRID)
    line = shapely.from_wkb(bytes(session.scalars(select(func.ST_AsBinary(linear.in_metres(drawn)))).one()))
    by_street: dict[str, list[Any]] = {}
    for part in streets_within(session, geojson, _REACH_M, _MOST_PARTS):
        by_street.setdefault(part.label, []).append(part.shape)
    candidates = []
    for shapes in by_street.values():
        for street in _joined(shapely.GeometryCollection(shapes)):
            ends = [Point(line.coords[0]), Point(line.coords[-1])]
            first, last = (float(street.project(end)) for end in ends)
            if max(street.distance(end) for end in ends) <= _REACH_M and abs(first - last) >= LEAST_M:
                candidates.append(substring(street, first, last))
    candidates = [each for each in candidates if each.hausdorff_distance(line) <= 2 * _REACH_M]
    if not candidates:
        return None
    return as_stretch(session, min(candidates, key=lambda each: float(each.hausdorff_distance(line))))


def metres_along(line: Any, lines: Sequence[NamedLine], own: str, text: str) -> float | None:
    """Metres from the start of a line to an end in words; None for one that is not known."""
    try:
        words = _MARKS.sub(" ", fold(text)).strip()
    except TextRefused:
        return None
    if words in _STARTS:
        return 0.0
    if words in _ENDS:
        return float(line.length)
    spaced = _CROSSING.sub(" ", words)
    keys = {street_key(spaced), street_key(_CUT.sub(" ", spaced))}
    keys = {key for key in keys if len(key) >= _SHORTEST and key != own}
    crossing = [each for each in lines if each.key in keys]
    distances = [
        float(line.project(nearest_points(line, each.line)[0]))
        for each in crossing
        if line.distance(each.line) <= _REACH_M
    ]
    if not distances or max(distances) - min(distances) > _REACH_M:
        return None
    return distances[0]


def as_wgs84(shape: Any) -> ColumnElement[Any]:
    """SQL: lines in metres of the grid as the lines of a rule (WGS 84)."""
    return func.ST_Multi(func.ST_Transform(func.ST_GeomFromWKB(shape.wkb, GRID), WGS84_SRID))


def as_stretch(session: Session, shape: Any) -> NamedStretch:
    # By the database, which converted the lines: another way back would be up to a metre off.
    placed = func.ST_GeomFromWKB(shape.wkb, GRID)
    geojson = session.scalars(select(func.ST_AsGeoJSON(func.ST_Transform(placed, WGS84_SRID), _DECIMALS))).one()
    return NamedStretch(str(geojson), float(shape.length))
