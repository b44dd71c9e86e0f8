"""Positions of rows: plain coordinates are converted by SQL, all others are parsed in Python."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

import shapely
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Float,
    Table,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    insert,
    or_,
    select,
    text,
)

from registry.imports.checking.batch import FETCHED, BatchCheck, RowProblem, scratch_table
from registry.imports.checking.parse import matches_pattern
from registry.imports.mapping.coordinate_systems import OtherSystem, System
from registry.imports.mapping.fields import END_OF, GEOMETRY
from registry.imports.mapping.plan import Plan
from registry.imports.models import ImportRow
from registry.imports.reading.limits import excerpt
from registry.kernel.db.compiled import run_plain
from registry.kernel.geo.coordinates import (
    LATITUDE_BELOW,
    LONGITUDE_ABOVE,
    ParsedPosition,
    PositionRefused,
    parse_converted,
)
from registry.kernel.geo.readings import MIN_NORTHING_M, Bounds, PositionReading
from registry.kernel.geo.vn2000 import GEOGRAPHIC_PIPELINE, OPERATION, geographic_to_wgs84, pipeline_of
from registry.kernel.i18n import _, _n
from registry.structures.commands import GivenPosition
from registry.structures.kinds.kind import Shape
from registry.structures.positions.input import MOST_POINTS, as_line, as_point, read_points

_TYPES: Final = frozenset(
    {"Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"}
)
_SHAPE_NAMES: Final = {Shape.POINT: "Point", Shape.LINE: "LineString"}
#: WKT in any case, for a column that a user mapped: "Point (105.7 19.8)".
_WKT: Final = re.compile(
    r"\s*(?:SRID=\d+;)?\s*(?:MULTI)?(?:POINT|LINESTRING|POLYGON)\s*(?:Z|M|ZM)?\s*(?:\(|EMPTY)", re.IGNORECASE
)
_SRID: Final = re.compile(r"^\s*SRID=\d+;", re.IGNORECASE)
_FEWEST: Final = 2
_DECIMALS_KEPT: Final = 9
#: Characters of a geometry that a sentence quotes.
_QUOTED: Final = 40


@dataclass(frozen=True)
class RowPosition:
    """A position, or why there is none: (fields, value, reason). `suggested` is the probable intention."""

    position: GivenPosition | None = None
    #: The source field, or two joined by a comma.
    column: str = "position"
    text: str = ""
    refusals: tuple[tuple[str, str, str], ...] = ()
    suggested: PositionReading | None = None


def read_position(
    cells: Mapping[str, str], plan: Plan, shape: Shape, bounds: Bounds | None, geometry: str | None = None
) -> RowPosition:
    """Read the position from the mapped cells of a row, or from its geometry."""
    if "position" in cells:
        return _from_text(cells["position"], plan, shape, bounds)
    if "x" in cells or "latitude" in cells:
        pair = ("x", "y") if "x" in cells else ("latitude", "longitude")
        if END_OF[pair[0]] in cells:
            return _from_ends((*pair, *(END_OF[name] for name in pair)), cells, plan, bounds)
        return _from_pair(pair, (cells[pair[0]], cells[pair[1]]), plan, shape, bounds)
    return _from_geometry(geometry or "", plan, shape, bounds)


def _from_text(text: str, plan: Plan, shape: Shape, bounds: Bounds | None) -> RowPosition:
    if text in _TYPES:
        return _wrong_type("position", text, shape)
    if not text.strip():
        return RowPosition(refusals=(("position", "", _("Chưa nhập; cần tọa độ, ví dụ 19,807; 105,776.")),))
    if _WKT.match(text):
        return _from_geometry(text, plan, shape, bounds, "position")
    try:
        points = read_points(text, shape, lambda part: plan.parse(part, bounds))
        return RowPosition(_shift_to_wgs84(points, plan), text=text)
    except PositionRefused as refused:
        return _refused("position", text, refused)


def _wrong_type(column: str, type_name: str, shape: Shape) -> RowPosition:
    reason = _("Hình học kiểu %(given)s; loại này cần %(wanted)s.", given=type_name, wanted=_SHAPE_NAMES[shape])
    return RowPosition(column=column, text=type_name, refusals=((column, type_name, reason),))


def _from_pair(
    names: tuple[str, str], values: tuple[str, str], plan: Plan, shape: Shape, bounds: Bounds | None
) -> RowPosition:
    both, text = ",".join(names), "; ".join(values)
    empty = tuple(
        (name, "", _("Chưa nhập đủ; cần cả hai tọa độ."))
        for name, value in zip(names, values, strict=True)
        if not value.strip()
    )
    if empty:
        return RowPosition(column=both, text=text, refusals=empty)
    if shape is not Shape.POINT:
        reason = _("Loại dạng tuyến cần một cột tọa độ gồm nhiều điểm; hai cột chỉ ghi được một điểm.")
        return RowPosition(column=both, text=text, refusals=((both, text, reason),))
    try:
        parsed = plan.parse(values, bounds)
        return RowPosition(_shift_to_wgs84(as_point(parsed), plan), both, text)
    except PositionRefused as refused:
        marked = [name for name, value in zip(names, values, strict=True) if plan.crs == "vn2000" and "°" in value]
        if len(marked) == 1:
            at = names.index(marked[0])
            return _refused(marked[0], values[at], refused)
        return _refused(both, text, refused)


def _from_ends(names: tuple[str, ...], cells: Mapping[str, str], plan: Plan, bounds: Bounds | None) -> RowPosition:
    """A straight line between two points, each of two cells."""
    both, values = ",".join(names), [cells[name] for name in names]
    joined = "; ".join(values[:2]) + "\n" + "; ".join(values[2:])
    empty = tuple(
        (name, "", _("Chưa nhập đủ; cần tọa độ của cả hai đầu."))
        for name, value in zip(names, values, strict=True)
        if not value.strip()
    )
    if empty:
        return RowPosition(column=both, text=joined, refusals=empty)
    try:
        points = [plan.parse((first, second), bounds) for first, second in (values[:2], values[2:])]
        return RowPosition(_shift_to_wgs84(as_line(points, joined), plan), both, joined)
    except PositionRefused as refused:
        return _refused(both, joined, refused)


def _refused(column: str, text: str, refused: PositionRefused) -> RowPosition:
    suggested = refused.suggestions[0] if refused.suggestions else None
    return RowPosition(None, column, text, ((column, text, refused.message),), suggested)


def _shift_to_wgs84(position: GivenPosition, plan: Plan) -> GivenPosition:
    """Shift degrees of VN-2000, which lie 224 m from those of WGS 84, to WGS 84."""
    if plan.system is not System.VN2000_GEOGRAPHIC:
        return position
    shape = json.loads(position.geojson)
    is_point = shape["type"] == "Point"
    places = [shape["coordinates"]] if is_point else shape["coordinates"]
    moved = [[round(part, _DECIMALS_KEPT) for part in geographic_to_wgs84(lon, lat)] for lon, lat in places]
    geojson = json.dumps(shape | {"coordinates": moved[0] if is_point else moved})
    return replace(position, geojson=geojson, srid=plan.system.epsg, operation=OPERATION)


# --- geometries ---------------------------------------------------------------------------------------------------
def _from_geometry(text: str, plan: Plan, shape: Shape, bounds: Bounds | None, field: str = GEOMETRY) -> RowPosition:
    if not text.strip():
        return RowPosition(column=field, refusals=((field, "", _("Đối tượng không có hình học; cần tọa độ.")),))
    geometry = _read_wkt(text)
    if geometry is not None and geometry.geom_type.startswith("Multi") and len(geometry.geoms) == 1:
        # A multi geometry of one part counts as the part.
        geometry = geometry.geoms[0]
    if geometry is not None and geometry.geom_type != _SHAPE_NAMES[shape]:
        return _wrong_type(field, geometry.geom_type, shape)
    if geometry is None or geometry.is_empty:
        reason = _("Hình học “%(given)s” rỗng hoặc không đọc được; cần tọa độ.", given=excerpt(text, _QUOTED))
        return RowPosition(column=field, text=text, refusals=((field, text, reason),))
    try:
        _check_point_count(len(geometry.coords))
        points = [_vertex(coordinate, plan, bounds) for coordinate in geometry.coords]
        if shape is Shape.POINT:
            return RowPosition(_shift_to_wgs84(as_point(points[0]), plan), field, text)
        return RowPosition(_shift_to_wgs84(_line(points, text), plan), field, text)
    except PositionRefused as refused:
        return _refused(field, text, refused)


def _read_wkt(text: str) -> Any:
    try:
        return shapely.from_wkt(_SRID.sub("", text), on_invalid="ignore")
    except (NotImplementedError, shapely.errors.ShapelyError):
        return None


def _line(points: list[ParsedPosition], text: str) -> GivenPosition:
    _check_point_count(len(points), _FEWEST)
    return as_line(points, text)


def _check_point_count(count: int, least: int = 1) -> None:
    if not least <= count <= MOST_POINTS:
        raise PositionRefused(_n("Tuyến có %(num)d điểm; cần từ 2 đến %(most)d điểm.", count, most=MOST_POINTS))


def _vertex(coordinate: Sequence[float], plan: Plan, bounds: Bounds | None) -> ParsedPosition:
    """Parse one vertex (x, y). Its numbers are plain, so habits of spelling are not checked."""
    if not all(map(math.isfinite, coordinate[:_FEWEST])):
        raise PositionRefused(
            _("Tọa độ “%(given)s” của hình học không đọc được.", given=f"{coordinate[0]} {coordinate[1]}")
        )
    across, up = (Decimal(repr(float(part)).removesuffix(".0")) for part in coordinate[:_FEWEST])
    if isinstance(plan.system, OtherSystem) and not plan.system.is_geographic:
        parsed = parse_converted((across, up), plan.system.conversion, bounds=bounds)
    else:
        parsed = plan.parse((up, across), bounds)
    return ParsedPosition(parsed.lon, parsed.lat, parsed.original_text, parsed.srid, parsed.operation)


# --- by sets ------------------------------------------------------------------------------------------------------
#: Metres: six or seven integer digits, with or without thousands separators.
_METRES: Final = r"^[0-9]{6,7}([.,][0-9]{1,6})?$"
_METRES_GROUPED: Final = r"^[0-9]{1,3}(\.[0-9]{3}){1,2},[0-9]{1,6}$"
_METRES_ENGLISH: Final = r"^[0-9]{1,3}(,[0-9]{3}){1,2}\.[0-9]{1,6}$"
_DEGREES: Final = r"^[0-9]{1,3}([.,][0-9]{1,15})?$"
#: Four decimals may be minutes and seconds; the Python parser warns of them.
_FOUR: Final = r"[.,][0-9]{4}$"
_POINT: Final = r"^POINT ?\((-?[0-9]{1,9}(?:\.[0-9]{1,15})?) (-?[0-9]{1,9}(?:\.[0-9]{1,15})?)\)$"
_VERTEX: Final = r"-?[0-9]{1,9}(?:\.[0-9]{1,20})? -?[0-9]{1,9}(?:\.[0-9]{1,20})?"
_LINE: Final = rf"^LINESTRING ?\({_VERTEX}(?:, ?{_VERTEX})+\)$"
#: Points converted by one call, since each call sets up the conversion.
_AT_ONCE: Final = 2_000
_DECIMALS: Final = 9
_LEAST_EASTING_M: Final = 100_000
_HALF_TURN: Final = 180
_MOST_EASTING_M: Final = 900_000
_MOST_NORTHING_M: Final = 3_000_000

#: Plain numbers to convert: `across` is easting or longitude, `up` northing or latitude.
_POINTS: Final = scratch_table(
    "check_point", Column("number", BigInteger), Column("across", Float), Column("up", Float), Column("said", Text)
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


def _document_table(name: str) -> Table:
    return scratch_table(
        name,
        Column("number", BigInteger),
        Column("document", Text),
        Column("said", Text),
    )


_PARSED: Final = _document_table("check_given")
_SUGGESTED: Final = _document_table("check_suggested")


def resolve_positions(check: BatchCheck) -> None:
    """Fill `check_place` with positions of rows, and `check_hint` with suggestions for refused ones."""
    run = check.ctx.session.execute
    for name in ("check_place", "check_hint"):
        run_plain(check.ctx.connection, f"DROP TABLE IF EXISTS pg_temp.{name}; {_CREATE_PLACES.format(name=name)}")
    # Other systems have no pipeline in the database; Python converts every row by PROJ.
    if isinstance(check.plan.system, OtherSystem):
        pass
    elif check.kind.shape is Shape.POINT:
        _plain_points(check)
    elif check.position_fields == (GEOMETRY,):
        pipeline = _pipeline(check)
        values = {"pipeline": pipeline, "batch": check.batch.id, "pattern": _LINE, "most": MOST_POINTS}
        run(_LINES, values | _limits(degrees=pipeline is None))
    box = check.bounds
    if box is not None:
        run(_OUT_OF_BOX, {"west": box.west, "east": box.east, "south": box.south, "north": box.north})
    run(text("ANALYZE check_place (number)"))
    _parse_remaining(check)
    run(text("CREATE INDEX ON check_place USING gist (spot_m)"))
    run(text("ANALYZE check_place (number)"))


def _pipeline(check: BatchCheck) -> str | None:
    """PROJ pipeline from WGS 84 to the system of the file; None for WGS 84."""
    system = check.plan.system
    if system is System.VN2000_GEOGRAPHIC:
        return GEOGRAPHIC_PIPELINE
    return None if system.zone is None else pipeline_of(system.zone)


def _limits(*, degrees: bool) -> dict[str, float]:
    """Limits within which SQL reads a line; outside of them (swapped axes) conversion would fail."""
    if degrees:
        return {"west": LONGITUDE_ABOVE, "east": _HALF_TURN, "south": 0, "north": LATITUDE_BELOW}
    return {"west": 0, "east": 1_000_000, "south": MIN_NORTHING_M, "north": _MOST_NORTHING_M}


def _plain_points(check: BatchCheck) -> None:
    """Read pairs of plain numbers from two cells or a geometry."""
    check.create(_POINTS)
    degrees = check.plan.system.is_geographic
    if len(check.position_fields) == 2:  # noqa: PLR2004  # a place has two coordinates
        first, second = (func.btrim(check.cell(field)) for field in check.position_fields)
        plain = _plain_pair(check, first, second)
        up, across = (_number_value(cell) for cell in (first, second))
        text_given = first + "; " + second
    elif check.position_fields == (GEOMETRY,):
        geometry_cell = check.cell(GEOMETRY)
        across, up = (cast(func.substring(geometry_cell, _POINT_PART[at]), Float) for at in (0, 1))
        plain = matches_pattern(geometry_cell, _POINT)
        text_given = (
            func.substring(geometry_cell, _POINT_PART[1]) + "; " + func.substring(geometry_cell, _POINT_PART[0])
        )
    else:
        return
    # OFFSET 0 makes PostgreSQL compute the numbers once, not for each condition.
    read = check.rows(ImportRow.number, across.label("across"), up.label("up"), text_given.label("said")).where(plain)
    numbers = read.offset(0).subquery("numbers")
    inside = (_is_latlon if degrees else _is_plane)(numbers.c.up, numbers.c.across)
    run = check.ctx.session.execute
    run(insert(_POINTS).from_select(["number", "across", "up", "said"], select(numbers).where(inside)))
    pipeline = _pipeline(check)
    if pipeline is None:
        run(_TAKEN, {"decimals": _DECIMALS})
    else:
        run(_CONVERTED, {"decimals": _DECIMALS, "pipeline": pipeline, "at_once": _AT_ONCE})


#: Patterns of the first and the second number of a point.
_POINT_PART: Final = (r"\((-?[0-9.]+) ", r" (-?[0-9.]+)\)")


def _plain_pair(check: BatchCheck, first: ColumnElement[str], second: ColumnElement[str]) -> ColumnElement[bool]:
    if check.plan.system.is_geographic:
        typed = and_(matches_pattern(first, _FOUR), matches_pattern(second, _FOUR))
        return and_(matches_pattern(first, _DEGREES), matches_pattern(second, _DEGREES), ~typed)
    forms = (_METRES, _METRES_GROUPED, _METRES_ENGLISH)
    return and_(*(or_(*(matches_pattern(cell, form) for form in forms)) for cell in (first, second)))


def _number_value(cell: ColumnElement[str]) -> ColumnElement[float]:
    """Parse a number of a plain spelling; grouped thousands are rare and tested last."""
    read = case(
        (~matches_pattern(cell, "[.,].*[.,]"), func.replace(cell, ",", ".")),
        (matches_pattern(cell, _METRES_GROUPED), func.replace(func.replace(cell, ".", ""), ",", ".")),
        else_=func.replace(cell, ",", ""),
    )
    return cast(read, Float)


def _is_latlon(up: ColumnElement[float], across: ColumnElement[float]) -> ColumnElement[bool]:
    return and_(up > 0, up < LATITUDE_BELOW, across > LONGITUDE_ABOVE, across < _HALF_TURN)


def _is_plane(up: ColumnElement[float], across: ColumnElement[float]) -> ColumnElement[bool]:
    northing = and_(up >= MIN_NORTHING_M, up < _MOST_NORTHING_M)
    return and_(northing, across > _LEAST_EASTING_M, across < _MOST_EASTING_M)


# --- the parser's share -------------------------------------------------------------------------------------------
def _parse_remaining(check: BatchCheck) -> None:
    for table in (_PARSED, _SUGGESTED):
        check.create(table)
    placed = exists().where(text("check_place.number = import_row.number")).select_from(text("check_place"))
    cells = [check.cell(field).label(field) for field in check.position_fields]
    query = check.rows(ImportRow.number, *cells).where(~placed)
    result = check.ctx.session.execute(query, execution_options={"yield_per": FETCHED})
    for part in result.partitions():
        _parse_rows(check, part)
    check.ctx.session.execute(_GIVEN)
    check.ctx.session.execute(_HINTED)


def _parse_rows(check: BatchCheck, rows: Any) -> None:
    parsed_rows: list[tuple[Any, ...]] = []
    hints: list[tuple[Any, ...]] = []
    problems: list[RowProblem] = []
    for row in rows:
        cells = {field: row._mapping[field] for field in check.position_fields}
        geometry = cells.pop(GEOMETRY, None)
        position = read_position(cells, check.plan, check.kind.shape, check.bounds, geometry)
        problems += [RowProblem(row.number, field, reason, value=value) for field, value, reason in position.refusals]
        if position.position is not None:
            parsed_rows.append((row.number, position.position.geojson, position.position.text))
            problems += [
                RowProblem(row.number, position.column, warning, blocks=False, value=position.text)
                for warning in position.position.warnings
            ]
        elif position.suggested is not None:
            hints.append(
                (row.number, _point_json(position.suggested.lon, position.suggested.lat), position.suggested.label)
            )
    names = ("number", "document", "said")
    check.fill(_PARSED, names, iter(parsed_rows))
    check.fill(_SUGGESTED, names, iter(hints))
    check.add_problems(problems)


def _point_json(lon: float, lat: float) -> str:
    return json.dumps({"type": "Point", "coordinates": [lon, lat]})
