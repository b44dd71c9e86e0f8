"""The features of a GeoJSON, GeoPackage, Shapefile or KML, for pages that do not store the file: cells and shapes."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy
import shapely

from registry.imports.mapping.coordinate_systems import AnySystem
from registry.imports.mapping.plan import detect_system
from registry.imports.reading.client import open_file
from registry.imports.reading.heading import header_key
from registry.imports.reading.limits import refuse
from registry.imports.reading.protocol import ReadOptions
from registry.imports.uploaded_line import to_wgs84_pair
from registry.imports.uploaded_table import columns_of_header, one_table
from registry.kernel.geo.vn2000 import OutsideProjection
from registry.kernel.i18n import _, current_locale
from registry.kernel.uploaded_tables import UploadedFeatures, UploadedTable

MOST_BYTES: Final = 50 * 1024 * 1024


def read_uploaded_features(stream: BinaryIO, aliases: Mapping[str, Sequence[str]], most_rows: int) -> UploadedFeatures:
    """The features of a file, read in the sandbox, in WGS 84; Invalid (field `file`) states why there are none.

    `aliases`: field -> names of attributes that hold it.
    """
    content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise refuse(_("Tệp lớn hơn %(most)d MB; hãy chia thành nhiều tệp.", most=MOST_BYTES >> 20))
    if not content:
        raise refuse(_("Tệp trống; hãy chọn tệp GeoJSON, GeoPackage hoặc Shapefile (.zip)."))
    fields_by_key = {header_key(heading): field for field, headings in aliases.items() for heading in headings}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "features"
        path.write_bytes(content)
        options = ReadOptions(known_headers=tuple(fields_by_key), language=str(current_locale()))
        with open_file(path, options) as reading:
            table = one_table([table for table in reading.description.tables if not table.hidden], fields_by_key)
            if table.geometry_type is None:
                raise refuse(_("Tệp không có hình học; hãy chọn tệp GeoJSON, GeoPackage hoặc Shapefile (.zip)."))
            if len(reading.description.tables) != 1:
                raise refuse(_("Tệp có nhiều lớp; hãy để lại một lớp."))
            rows = list(islice(reading, most_rows + 1))
            file_format = reading.description.file_format
    if len(rows) > most_rows:
        raise refuse(_("Tệp có hơn %(most)d dòng; hãy chia thành nhiều tệp.", most=most_rows))
    system = detect_system(table.title, table.header, {}, declared=table.crs, file_format=file_format).system
    if system is None:
        raise refuse(_("Tệp không ghi rõ hệ tọa độ; hãy lưu lại theo WGS 84 hoặc VN-2000 kinh tuyến trục 105°00'."))
    try:
        shapes = {row.number: _in_wgs84(row.geometry, system) for row in rows}
    except OutsideProjection as outside:
        raise refuse(_("Tọa độ trong tệp không thuộc hệ “%(system)s”.", system=system.label)) from outside
    columns = columns_of_header(table.header, fields_by_key)
    cells = UploadedTable(tuple(table.header), columns, [(row.number, row.cells) for row in rows])
    return UploadedFeatures(cells, shapes)


def _in_wgs84(wkt: str | None, system: AnySystem) -> Any:
    shape = shapely.from_wkt(wkt) if wkt else shapely.Point()

    def converted(points: Any) -> Any:
        return numpy.array([to_wgs84_pair(pair, system) for pair in points], dtype=float).reshape(-1, 2)

    return shapely.transform(shape, converted)
