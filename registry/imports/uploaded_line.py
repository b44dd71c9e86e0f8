"""The one line in a file as typed points, for pages that do not store the file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final

import shapely

from registry.imports.mapping.coordinate_systems import AnySystem, OtherSystem, System
from registry.imports.mapping.fields import POSITION_FIELDS, known_header_keys, suggest_mapping
from registry.imports.mapping.plan import detect_system
from registry.imports.reading.client import open_file
from registry.imports.reading.limits import refuse
from registry.imports.reading.protocol import FileDescription, ReadOptions, Row, TableDescription
from registry.kernel.geo.coordinates import PositionRefused, format_wgs84, parse_converted, parse_position
from registry.kernel.geo.vn2000 import OutsideProjection, PlanePoint, geographic_to_wgs84, to_wgs84
from registry.kernel.i18n import _, _n, current_locale
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import Shape
from registry.structures.positions.input import MOST_POINTS

#: Enough for a line of the maximum number of points.
MOST_BYTES: Final = 10 * 1024 * 1024
#: Any kind of lines: header aliases of coordinates are the same for all.
_KIND: Final = next(code for code, kind in KINDS.items() if kind.shape is Shape.LINE)

Pair = tuple[float, float]


def read_uploaded_line(stream: BinaryIO) -> str:
    """Latitude and longitude of each point, one per line; Invalid (field `file`) states why there is no line."""
    content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise refuse(_("Tệp lớn hơn %(most)d MB; hãy chỉ để lại một tuyến.", most=MOST_BYTES >> 20))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "line"
        path.write_bytes(content)
        options = ReadOptions(known_headers=known_header_keys(_KIND), language=str(current_locale()))
        with open_file(path, options) as reading:
            table = _only_table(reading.description)
            rows = list(islice(reading, MOST_POINTS + 1))
        points = _points(reading.description, table, rows)
    if not 1 < len(points) <= MOST_POINTS:
        sentence = _n("Tệp cho %(num)d điểm; cần một tuyến từ 2 đến %(most)d điểm.", len(points), most=MOST_POINTS)
        raise refuse(sentence)
    return "\n".join(format_wgs84(lon, lat) for lon, lat in points)


def _only_table(description: FileDescription) -> TableDescription:
    tables = [table for table in description.tables if not table.hidden]
    if len(tables) != 1:
        raise refuse(_n("Tệp có %(count)d bảng; hãy để lại một bảng có một tuyến.", len(tables), count=len(tables)))
    return tables[0]


def _points(description: FileDescription, table: TableDescription, rows: Sequence[Row]) -> list[Pair]:
    mapping = {name: word for name, word in suggest_mapping(_KIND, table.header).items() if name in POSITION_FIELDS}
    drawn = [row.geometry for row in rows if row.geometry]
    columns = {} if drawn else mapping
    system = detect_system(
        table.title, table.header, columns, declared=table.crs, file_format=description.file_format
    ).system
    if system is None:
        raise refuse(_("Tệp không ghi rõ hệ tọa độ; hãy lưu lại theo WGS 84 hoặc VN-2000 kinh tuyến trục 105°00'."))
    try:
        if drawn:
            return [to_wgs84_pair(pair, system) for pair in _points_of_geometry(drawn)]
        return [_point_of_cells(row, table.header, columns, system) for row in rows]
    except PositionRefused as refused:
        raise refuse(refused.message) from refused
    except OutsideProjection as outside:
        raise refuse(_("Tọa độ trong tệp không thuộc hệ “%(system)s”.", system=system.label)) from outside


def _points_of_geometry(texts: Iterable[str]) -> list[Pair]:
    """Points of a line, of connected parts of a line, or of points in their order."""
    parts = [part for text in texts for part in shapely.get_parts(shapely.from_wkt(text)) if not part.is_empty]
    kinds = {part.geom_type for part in parts}
    if kinds == {"Point"}:
        return [(part.x, part.y) for part in parts]
    if kinds != {"LineString"}:
        raise refuse(_("Tệp phải chứa đường (LineString) hoặc các điểm của một đường."))
    whole = parts[0] if len(parts) == 1 else shapely.line_merge(shapely.MultiLineString(parts))
    if whole.geom_type != "LineString":
        sentence = _n(
            "Tệp có %(count)d đường không nối liền nhau; hãy để lại một đường.",
            len(whole.geoms),
            count=len(whole.geoms),
        )
        raise refuse(sentence)
    return list(whole.coords)


def to_wgs84_pair(pair: Any, system: AnySystem) -> Pair:
    """Convert (x, y) of a system to longitude and latitude of WGS 84."""
    if isinstance(system, OtherSystem):
        return system.conversion.to_wgs84(*pair)
    if system.zone is not None:
        return to_wgs84(PlanePoint(x_northing=pair[1], y_easting=pair[0]), system.zone)
    return geographic_to_wgs84(*pair) if system is System.VN2000_GEOGRAPHIC else (pair[0], pair[1])


def _point_of_cells(row: Row, header: tuple[str, ...], columns: dict[str, str], system: AnySystem) -> Pair:
    cells = {name: row.cells[header.index(word)] for name, word in columns.items()}
    pair = ("x", "y") if "x" in cells else ("latitude", "longitude")
    if not cells.keys() >= set(pair):
        raise refuse(_("Tệp không có hình học và không có hai cột tọa độ (vĩ độ, kinh độ hoặc X, Y)."))
    values = (cells[pair[0]], cells[pair[1]])
    if isinstance(system, OtherSystem):
        read = parse_converted(values, system.conversion)
        return read.lon, read.lat
    if system.zone is not None:
        position = parse_position(values, "vn2000", zone=system.zone)
        return position.lon, position.lat
    position = parse_position(values, "wgs84")
    return to_wgs84_pair((position.lon, position.lat), system)
