"""Where rows lie: plain coordinates by SQL in the one conversion of the house, all else by the parser of positions."""

from __future__ import annotations

import json
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Float,
    MetaData,
    Table,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
)

from registry.imports.checking.canonical import matches
from registry.imports.checking.frame import FETCHED, Frame, Trouble
from registry.imports.models import ImportRow
from registry.imports.other_systems import OtherSystem
from registry.imports.places import GEOMETRY, read_place
from registry.imports.systems import System
from registry.kernel.geo.coordinates import LATITUDE_BELOW, LONGITUDE_ABOVE
from registry.kernel.geo.readings import MIN_NORTHING_M
from registry.kernel.geo.vn2000 import GEOGRAPHIC_PIPELINE, pipeline_of
from registry.structures.kinds.kind import Shape
from registry.structures.positions.input import MOST_POINTS

#: Metres as survey tables have them: six or seven digits before the decimal mark, thousands parted or not.
_METRES: Final = r"^[0-9]{6,7}([.,][0-9]{1,6})?$"
_METRES_GROUPED: Final = r"^[0-9]{1,3}(\.[0-9]{3}){1,2},[0-9]{1,6}$"
_METRES_ENGLISH: Final = r"^[0-9]{1,3}(,[0-9]{3}){1,2}\.[0-9]{1,6}$"
_DEGREES: Final = r"^[0-9]{1,3}([.,][0-9]{1,15})?$"
#: Four decimals may be minutes and seconds: the parser warns of them.
_FOUR: Final = r"[.,][0-9]{4}$"
_POINT: Final = r"^POINT ?\((-?[0-9]{1,9}(?:\.[0-9]{1,15})?) (-?[0-9]{1,9}(?:\.[0-9]{1,15})?)\)$"
_VERTEX: Final = r"-?[0-9]{1,9}(?:\.[0-9]{1,20})? -?[0-9]{1,9}(?:\.[0-9]{1,20})?"
_LINE: Final = rf"^LINESTRING ?\({_VERTEX}(?:, ?{_VERTEX})+\)$"
#: Points that are converted by one call: a conversion is set up anew by each.
_AT_ONCE: Final = 2_000
_DECIMALS: Final = 9
_LEAST_EASTING_M: Final = 100_000
_HALF_TURN: Final = 180
_MOST_EASTING_M: Final = 900_000
_MOST_NORTHING_M: Final = 3_000_000

#: Plain numbers on their way: `across` is easting or longitude, `up` northing or latitude.
_POINTS: Final = Table(
    "check_point",
    MetaData(),
    Column("number", BigInteger),
    Column("across", Float),
    Column("up", Float),
    Column("said", Text),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)
_CREATE_PLACES: Final = (
    "CREATE TEMPORARY TABLE {name} (number bigint, spot geometry(GEOMETRY, 4326), said text, label text,"
    " spot_m geometry(GEOMETRY, 5897) GENERATED ALWAYS AS (ST_Transform(spot, 5897)) STORED,"
    " middle geometry(POINT, 4326) GENERATED ALWAYS AS"
    " (CASE ST_Dimension(spot) WHEN 1 THEN ST_LineInterpolatePoint(spot, 0.5) ELSE spot END) STORED) ON COMMIT DROP"
)
_CONVERTED: Final = text(
    "INSERT INTO check_place (number, spot, said)"
    " SELECT p.number, ST_SetSRID(ST_MakePoint(round(ST_X(p.geom)::numeric, :decimals)::float8,"
    " round(ST_Y(p.geom)::numeric, :decimals)::float8), 4326), p.said FROM ("
    "  SELECT part.numbers[(dumped).path[1]] AS number, part.said[(dumped).path[1]] AS said, (dumped).geom FROM ("
    "   SELECT numbers, said, ST_Dump(ST_InverseTransformPipeline(many, :pipeline, 4326)) AS dumped FROM ("
    "    SELECT array_agg(number ORDER BY number) AS numbers, array_agg(said ORDER BY number) AS said,"
    "     ST_Collect(ST_MakePoint(across, up) ORDER BY number) AS many FROM ("
    "      SELECT *, (row_number() OVER (ORDER BY number) - 1) / :at_once AS part FROM check_point) numbered"
    "    GROUP BY part OFFSET 0) gathered OFFSET 0) part) p"
)
_TAKEN: Final = text(
    "INSERT INTO check_place (number, spot, said) SELECT number, ST_SetSRID(ST_MakePoint("
    "round(across::numeric, :decimals)::float8, round(up::numeric, :decimals)::float8), 4326), said FROM check_point"
)
_LINES: Final = text(
    "INSERT INTO check_place (number, spot, said) SELECT number, line, said FROM ("
    " SELECT r.number, r.geometry AS said, CASE WHEN CAST(:pipeline AS text) IS NULL"
    "  THEN ST_SetSRID(ST_GeomFromText(r.geometry), 4326)"
    "  ELSE ST_SnapToGrid(ST_InverseTransformPipeline(ST_GeomFromText(r.geometry), :pipeline, 4326), 1e-9) END AS line"
    " FROM import_row r WHERE r.batch_id = :batch"
    ' AND CASE WHEN r.geometry COLLATE "C" ~ :pattern THEN ST_NPoints(ST_GeomFromText(r.geometry)) <= :most'
    "  AND ST_XMin(ST_GeomFromText(r.geometry)) > :west AND ST_XMax(ST_GeomFromText(r.geometry)) < :east"
    "  AND ST_YMin(ST_GeomFromText(r.geometry)) > :south AND ST_YMax(ST_GeomFromText(r.geometry)) < :north"
    "  ELSE false END OFFSET 0) read WHERE ST_Length(line) > 0"
)
_OUT_OF_BOX: Final = text(
    "DELETE FROM check_place WHERE ST_XMin(spot) < :west OR ST_XMax(spot) > :east"
    " OR ST_YMin(spot) < :south OR ST_YMax(spot) > :north"
)
_GIVEN: Final = text(
    "INSERT INTO check_place (number, spot, said)"
    " SELECT number, ST_SetSRID(ST_GeomFromGeoJSON(document), 4326), said FROM check_given"
)
_HINTED: Final = text(
    "INSERT INTO check_hint (number, spot, label)"
    " SELECT number, ST_SetSRID(ST_GeomFromGeoJSON(document), 4326), said FROM check_suggested"
)


def _documents(name: str) -> Table:
    return Table(
        name,
        MetaData(),
        Column("number", BigInteger),
        Column("document", Text),
        Column("said", Text),
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
    )


_BY_PYTHON: Final = _documents("check_given")
_SUGGESTED: Final = _documents("check_suggested")


def find_spots(frame: Frame) -> None:
    """Fill `check_place` with the rows that lie somewhere, `check_hint` with what was suggested for others."""
    run = frame.ctx.session.execute
    for name in ("check_place", "check_hint"):
        run(text(f"DROP TABLE IF EXISTS pg_temp.{name}"))
        run(text(_CREATE_PLACES.format(name=name)))
    # Other systems have no pipeline in the database: the parser takes every row by PROJ.
    if isinstance(frame.plan.system, OtherSystem):
        pass
    elif frame.kind.shape is Shape.POINT:
        _plain_points(frame)
    elif frame.place_fields == (GEOMETRY,):
        pipeline = _pipeline(frame)
        values = {"pipeline": pipeline, "batch": frame.batch.id, "pattern": _LINE, "most": MOST_POINTS}
        run(_LINES, values | _edges(degrees=pipeline is None))
    box = frame.bounds
    if box is not None:
        run(_OUT_OF_BOX, {"west": box.west, "east": box.east, "south": box.south, "north": box.north})
    run(text("ANALYZE check_place (number)"))
    _others(frame)
    run(text("CREATE INDEX ON check_place USING gist (spot_m)"))
    run(text("ANALYZE check_place (number)"))


def _pipeline(frame: Frame) -> str | None:
    """The conversion from WGS 84 into the system of the file; None where it is WGS 84."""
    system = frame.plan.system
    if system is System.VN2000_GEOGRAPHIC:
        return GEOGRAPHIC_PIPELINE
    return None if system.zone is None else pipeline_of(system.zone)


def _edges(*, degrees: bool) -> dict[str, float]:
    """Between which numbers a line is read by SQL: others, such as swapped axes, no conversion would take."""
    if degrees:
        return {"west": LONGITUDE_ABOVE, "east": _HALF_TURN, "south": 0, "north": LATITUDE_BELOW}
    return {"west": 0, "east": 1_000_000, "south": MIN_NORTHING_M, "north": _MOST_NORTHING_M}


def _plain_points(frame: Frame) -> None:
    """Two plain numbers, from two cells or from a geometry; those in one cell are left to the parser."""
    frame.create(_POINTS)
    degrees = frame.plan.system.is_geographic
    if len(frame.place_fields) == 2:  # noqa: PLR2004  # a place has two coordinates
        first, second = (func.btrim(frame.cell(field)) for field in frame.place_fields)
        plain = _plain_pair(frame, first, second)
        up, across = (_number(given) for given in (first, second))
        said = first + "; " + second
    elif frame.place_fields == (GEOMETRY,):
        given = frame.cell(GEOMETRY)
        across, up = (cast(func.substring(given, _POINT_PART[at]), Float) for at in (0, 1))
        plain = matches(given, _POINT)
        said = func.substring(given, _POINT_PART[1]) + "; " + func.substring(given, _POINT_PART[0])
    else:
        return
    # Read once, then looked at: without the border the numbers would be made again for each condition.
    read = frame.rows(ImportRow.number, across.label("across"), up.label("up"), said.label("said")).where(plain)
    numbers = read.offset(0).subquery("numbers")
    inside = (_is_latlon if degrees else _is_plane)(numbers.c.up, numbers.c.across)
    run = frame.ctx.session.execute
    run(insert(_POINTS).from_select(["number", "across", "up", "said"], select(numbers).where(inside)))
    pipeline = _pipeline(frame)
    if pipeline is None:
        run(_TAKEN, {"decimals": _DECIMALS})
    else:
        run(_CONVERTED, {"decimals": _DECIMALS, "pipeline": pipeline, "at_once": _AT_ONCE})


#: The first and the second number of a point.
_POINT_PART: Final = (r"\((-?[0-9.]+) ", r" (-?[0-9.]+)\)")


def _plain_pair(frame: Frame, first: ColumnElement[str], second: ColumnElement[str]) -> ColumnElement[bool]:
    if frame.plan.system.is_geographic:
        typed = and_(matches(first, _FOUR), matches(second, _FOUR))
        return and_(matches(first, _DEGREES), matches(second, _DEGREES), ~typed)
    forms = (_METRES, _METRES_GROUPED, _METRES_ENGLISH)
    return and_(*(or_(*(matches(given, form) for form in forms)) for given in (first, second)))


def _number(given: ColumnElement[str]) -> ColumnElement[float]:
    """A number of one of the plain forms; thousands that are parted are the rare case and asked for last."""
    read = case(
        (~matches(given, "[.,].*[.,]"), func.replace(given, ",", ".")),
        (matches(given, _METRES_GROUPED), func.replace(func.replace(given, ".", ""), ",", ".")),
        else_=func.replace(given, ",", ""),
    )
    return cast(read, Float)


def _is_latlon(up: ColumnElement[float], across: ColumnElement[float]) -> ColumnElement[bool]:
    return and_(up > 0, up < LATITUDE_BELOW, across > LONGITUDE_ABOVE, across < _HALF_TURN)


def _is_plane(up: ColumnElement[float], across: ColumnElement[float]) -> ColumnElement[bool]:
    northing = and_(up >= MIN_NORTHING_M, up < _MOST_NORTHING_M)
    return and_(northing, across > _LEAST_EASTING_M, across < _MOST_EASTING_M)


# --- the parser's share -------------------------------------------------------------------------------------------
def _others(frame: Frame) -> None:
    for table in (_BY_PYTHON, _SUGGESTED):
        frame.create(table)
    placed = exists().where(text("check_place.number = import_row.number")).select_from(text("check_place"))
    cells = [frame.cell(field).label(field) for field in frame.place_fields]
    query = frame.rows(ImportRow.number, *cells).where(~placed)
    result = frame.ctx.session.execute(query, execution_options={"yield_per": FETCHED})
    for part in result.partitions():
        _read(frame, part)
    frame.ctx.session.execute(_GIVEN)
    frame.ctx.session.execute(_HINTED)


def _read(frame: Frame, rows: Any) -> None:
    given: list[tuple[Any, ...]] = []
    hints: list[tuple[Any, ...]] = []
    troubles: list[Trouble] = []
    for row in rows:
        cells = {field: row._mapping[field] for field in frame.place_fields}
        geometry = cells.pop(GEOMETRY, None)
        place = read_place(cells, frame.plan, frame.kind.shape, frame.bounds, geometry)
        troubles += [Trouble(row.number, field, reason, value=value) for field, value, reason in place.refusals]
        if place.position is not None:
            given.append((row.number, place.position.geojson, place.position.text))
            troubles += [
                Trouble(row.number, place.column, warning, blocks=False, value=place.text)
                for warning in place.position.warnings
            ]
        elif place.suggested is not None:
            hints.append((row.number, _point_json(place.suggested.lon, place.suggested.lat), place.suggested.label))
    names = ("number", "document", "said")
    frame.fill(_BY_PYTHON, names, iter(given))
    frame.fill(_SUGGESTED, names, iter(hints))
    frame.tell(troubles)


def _point_json(lon: float, lat: float) -> str:
    return json.dumps({"type": "Point", "coordinates": [lon, lat]})


def given_columns(frame: Frame) -> dict[str, ColumnElement[Any]]:
    """The system that positions of this file are given in, and the one operation that led from it."""
    system = frame.plan.system
    return {
        "given_srid": literal(system.epsg),
        "position_operation": literal(system.operation),
    }
