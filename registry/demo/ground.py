"""Places inside the communes of today, drawn by the database: the same units give the same places."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.territory.models import UnitKind

Point = tuple[float, float]
Line = tuple[Point, ...]

#: Seven decimals of a degree are about a centimetre.
_DECIMALS: Final = 7
_M_PER_DEGREE: Final = 111_320.0
#: Approximate extents reach beyond the outermost villages, off the coast too, by about this much.
_BEYOND_M: Final = 4_500

#: Each commune in force with random places in it, kept off the margin of approximate extents.
_COMMUNES: Final = text(
    """
    WITH inner_part AS (
        SELECT ST_Transform(ST_Buffer(ST_Transform(geom, 5897), -CAST(:beyond AS float8)), 4326) AS geom
          FROM admin_unit WHERE level = 'province' AND valid_to IS NULL AND geom IS NOT NULL
    ), ground AS (
        SELECT unit.id, unit.code, unit.name, unit.kind, unit.geom AS whole,
               CASE WHEN unit.extent_quality = 'approximate'
                    THEN ST_CollectionExtract(ST_Intersection(unit.geom, inner_part.geom), 3) END AS core
          FROM admin_unit unit LEFT JOIN inner_part ON true
         WHERE unit.level = 'commune' AND unit.geom IS NOT NULL
           AND coalesce(unit.valid_from, '-infinity') <= :day AND coalesce(unit.valid_to, 'infinity') >= :day
    )
    SELECT ground.id, ground.code, ground.name, ground.kind,
           array_agg(ST_X(spot.geom) ORDER BY spot.path) AS lons, array_agg(ST_Y(spot.geom) ORDER BY spot.path) AS lats
      FROM ground CROSS JOIN LATERAL ST_Dump(ST_GeneratePoints(
               CASE WHEN ST_IsEmpty(core) IS NOT FALSE THEN whole ELSE core END, :count,
               1 + CAST(CAST('x' || left(md5(ground.code), 7) AS bit(28)) AS int))) AS spot
     GROUP BY ground.id, ground.code, ground.name, ground.kind
     ORDER BY ground.code, ground.id
    """
)

_COVERED: Final = text(
    """
    SELECT given.number
      FROM unnest(CAST(:units AS bigint[]), CAST(:lines AS text[])) WITH ORDINALITY AS given(unit_id, line, number)
      JOIN admin_unit unit ON unit.id = given.unit_id
     WHERE ST_Covers(unit.geom, ST_GeomFromText(given.line, 4326))
    """
)

_UNITS_THEN: Final = text(
    """
    SELECT unit_at(ST_SetSRID(ST_MakePoint(given.lon, given.lat), 4326), 'commune', given.day)
      FROM unnest(CAST(:lons AS float8[]), CAST(:lats AS float8[]), CAST(:days AS date[]))
           WITH ORDINALITY AS given(lon, lat, day, number)
     ORDER BY given.number
    """
)


@dataclass(frozen=True)
class Commune:
    """A commune of today with random places in it (longitude, latitude; WGS 84)."""

    id: int
    code: str
    name: str
    is_ward: bool
    places: tuple[Point, ...]

    @property
    def short_name(self) -> str:
        """The name without its kind: "Hàm Rồng"."""
        return self.name.partition(" ")[2] or self.name


def communes(session: Session, on: date, count: int) -> list[Commune]:
    """The communes of a day by code, each with `count` places."""
    rows = session.execute(_COMMUNES, {"day": on, "count": count, "beyond": _BEYOND_M})
    return [
        Commune(
            row.id,
            row.code,
            row.name,
            row.kind == UnitKind.PHUONG,
            tuple(rounded(lon, lat) for lon, lat in zip(row.lons, row.lats, strict=True)),
        )
        for row in rows
    ]


def lines_inside(session: Session, lines: Sequence[tuple[int, Line]]) -> set[int]:
    """Which of the lines (unit id, line) lie wholly inside their unit, by their index."""
    rows = session.scalars(
        _COVERED, {"units": [unit_id for unit_id, _line in lines], "lines": [as_wkt(line) for _id, line in lines]}
    )
    return {int(number) - 1 for number in rows}


def units_then(session: Session, places: Sequence[Point], days: Sequence[date]) -> list[int | None]:
    """The commune of each place on its day; None where the extents of that day do not reach."""
    arguments = {"lons": [lon for lon, _lat in places], "lats": [lat for _lon, lat in places], "days": list(days)}
    return list(session.scalars(_UNITS_THEN, arguments))


def rounded(lon: float, lat: float) -> Point:
    """A place to the centimetre."""
    return round(lon, _DECIMALS), round(lat, _DECIMALS)


def moved(place: Point, east_m: float, north_m: float) -> Point:
    """A place so many metres away; good to a few centimetres over a kilometre."""
    lon, lat = place
    return rounded(lon + east_m / (_M_PER_DEGREE * math.cos(math.radians(lat))), lat + north_m / _M_PER_DEGREE)


def distance_m(start: Point, end: Point) -> float:
    """Metres between two places that are near each other."""
    east = (end[0] - start[0]) * math.cos(math.radians((start[1] + end[1]) / 2))
    return math.hypot(east, end[1] - start[1]) * _M_PER_DEGREE


def along(line: Line, metres: float) -> Point:
    """The place so many metres along a line; its end where the line is shorter."""
    left = metres
    for start, end in pairwise(line):
        length = distance_m(start, end)
        if left <= length:
            share = left / length if length else 0.0
            return rounded(start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)
        left -= length
    return line[-1]


def length_m(line: Line) -> float:
    """Metres along a line."""
    return sum(distance_m(start, end) for start, end in pairwise(line))


def middle(line: Line) -> Point:
    """The place half way along; a single point is its own."""
    return line[0] if len(line) == 1 else along(line, length_m(line) / 2)


def as_wkt(line: Line) -> str:
    """Well-known text of a point (one place) or a line."""
    inside = ", ".join(f"{lon:.7f} {lat:.7f}" for lon, lat in line)
    return f"POINT({inside})" if len(line) == 1 else f"LINESTRING({inside})"
