"""KML 2.2: one placemark per record with every value as extended data."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from registry.kernel.exports.csv_file import number_text
from registry.kernel.exports.dataset import Dataset, ExportRecord, Value, json_value
from registry.kernel.exports.geojson_file import DECIMALS
from registry.kernel.exports.wkb import Position, read_wkb

#: Characters that XML cannot contain.
_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write_kml(data: Dataset, path: Path) -> int:
    indexes = data.column_indexes(geometry=True)
    names = [column.name for column in data.columns]
    named = names.index(data.name_column) if data.name_column in names else indexes[0]
    # Map programs read the name of a placemark as a field "name".
    others = [at for at in indexes if names[at] != "name" or at != named]
    about = "\n".join(f"{label}: {text}" for label, text in data.notes)
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2">\n')
        out.write(f"<Document>\n<name>{_xml(data.title)}</name>\n<description>{_xml(about)}</description>\n")
        for record in data.records():
            out.write(f"<Placemark><name>{_xml(_text(record.values[named]))}</name><ExtendedData>")
            out.writelines(_values(data, record, others))
            out.write(f"</ExtendedData>{_geometry(record.geometry)}</Placemark>\n")
            count += 1
        out.write("</Document>\n</kml>\n")
    return count


def _values(data: Dataset, record: ExportRecord, indexes: list[int]) -> Iterable[str]:
    for at in indexes:
        column, value = data.columns[at], record.values[at]
        if value is not None:
            yield (
                f"<Data name={quoteattr(column.name)}><displayName>{_xml(column.label)}</displayName>"
                f"<value>{_xml(_text(value))}</value></Data>"
            )


def _text(value: Value) -> str:
    plain_value = json_value(value)
    if isinstance(plain_value, bool):
        return "true" if plain_value else "false"
    # A decimal comma cannot be misread as a thousands mark.
    return number_text(value) if isinstance(plain_value, float) else "" if plain_value is None else str(plain_value)  # type: ignore[arg-type]


def _geometry(geometry: bytes | None) -> str:
    if geometry is None:
        return ""
    shape = read_wkb(geometry, DECIMALS)
    if shape.type_name == "Point":
        return f"<Point><coordinates>{_line([shape.coordinates])}</coordinates></Point>"
    if shape.type_name == "LineString":
        return (
            f"<LineString><tessellate>1</tessellate><coordinates>{_line(shape.coordinates)}</coordinates></LineString>"
        )
    polygons = [shape.coordinates] if shape.type_name == "Polygon" else shape.coordinates
    return f"<MultiGeometry>{''.join(map(_polygon, polygons))}</MultiGeometry>"


def _polygon(rings: list[list[Position]]) -> str:
    edges = [f"<LinearRing><coordinates>{_line(ring)}</coordinates></LinearRing>" for ring in rings]
    inner = "".join(f"<innerBoundaryIs>{edge}</innerBoundaryIs>" for edge in edges[1:])
    return f"<Polygon><outerBoundaryIs>{edges[0]}</outerBoundaryIs>{inner}</Polygon>"


def _line(positions: Iterable[Position]) -> str:
    return " ".join(f"{lon!r},{lat!r}" for lon, lat in positions)


def _xml(text: str) -> str:
    return escape(_NOT_XML.sub("", text))
