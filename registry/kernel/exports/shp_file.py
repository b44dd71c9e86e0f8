"""Zipped Shapefiles: one set of files a shape, UTF-8, with a table of the full names of the fields."""

from __future__ import annotations

import struct
import zipfile
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, Final

from registry.kernel.errors import Invalid
from registry.kernel.exports.dataset import Column, Dataset, Shape
from registry.kernel.exports.dbf_file import DbfWriter, short_names
from registry.kernel.exports.wkb import Geometry, Position, read_wkb
from registry.kernel.i18n import _

_TYPES: Final = {Shape.POINT: 1, Shape.LINE: 3, Shape.AREA: 5}
_HEADER_BYTES: Final = 100
#: Offsets are counted in 16-bit words; many programs stop at 2 GB.
_MOST_BYTES: Final = 2**31 - 1
_PRJ: Final = (
    'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)


@dataclass
class _Set:
    """The files of one shape while they are written."""

    shape: Shape
    base: Path
    shp: BinaryIO
    shx: BinaryIO
    dbf: DbfWriter
    count: int = 0
    box: list[float] = field(default_factory=list)


def write_shp(data: Dataset, path: Path) -> int:
    """Write the records one by one, then zip the sets; returns how many. Records without geometry go to a .dbf."""
    places = data.places(geometry=True)
    columns = [data.columns[at] for at in places]
    names = short_names([column.name for column in columns])
    sets: dict[Shape, _Set] = {}
    bare: DbfWriter | None = None
    count = 0
    for record in data.records():
        values = [record.values[at] for at in places]
        if record.geometry is None:
            bare = bare or DbfWriter(path.with_name(f"{data.stem}.dbf"), names, columns)
            bare.add(values)
        else:
            found = read_wkb(record.geometry)
            files = sets.get(found.shape) or sets.setdefault(
                found.shape, _open(data, path, found.shape, names, columns)
            )
            _add(files, found)
            files.dbf.add(values)
        count += 1
    members = [member for files in sets.values() for member in _close(files)]
    if bare is not None or not sets:
        bare = bare or DbfWriter(path.with_name(f"{data.stem}.dbf"), names, columns)
        members += [bare.finish(), _text(bare.path.with_suffix(".cpg"), "UTF-8")]
    _zip(path, members, _about(data, names, columns))
    return count


def _open(data: Dataset, path: Path, shape: Shape, names: list[str], columns: list[Column]) -> _Set:
    base = path.with_name(f"{data.stem}_{shape.value}")
    shp, shx = base.with_suffix(".shp").open("wb"), base.with_suffix(".shx").open("wb")
    for out in (shp, shx):
        out.write(bytes(_HEADER_BYTES))
    return _Set(shape, base, shp, shx, DbfWriter(base.with_suffix(".dbf"), names, columns))


def _add(files: _Set, found: Geometry) -> None:
    west, south, east, north = found.bounds
    box = files.box or [west, south, east, north]
    files.box = [min(box[0], west), min(box[1], south), max(box[2], east), max(box[3], north)]
    content = struct.pack("<2d", west, south) if found.shape is Shape.POINT else _parts(found)
    content = struct.pack("<I", _TYPES[found.shape]) + content
    files.count += 1
    at, words = files.shp.tell(), len(content) // 2
    if at + len(content) > _MOST_BYTES:
        raise Invalid({"format": _("Danh sách vượt quá 2 GB, Shapefile không chứa được; hãy chọn GeoPackage.")})
    files.shx.write(struct.pack(">2I", at // 2, words))
    files.shp.write(struct.pack(">2I", files.count, words) + content)


def _parts(found: Geometry) -> bytes:
    """Lines as they run; outer rings clockwise, holes the other way, as the format has it."""
    parts = found.parts
    if found.shape is Shape.AREA:
        polygons = [found.coordinates] if found.type_name == "Polygon" else found.coordinates
        parts = [_turned(ring, clockwise=at == 0) for rings in polygons for at, ring in enumerate(rings)]
    starts: list[int] = []
    positions: list[Position] = []
    for part in parts:
        starts.append(len(positions))
        positions += part
    flat = [number for position in positions for number in position]
    head = struct.pack("<4d2I", *found.bounds, len(parts), len(positions))
    return head + struct.pack(f"<{len(starts)}I", *starts) + struct.pack(f"<{len(flat)}d", *flat)


def _turned(ring: list[Position], *, clockwise: bool) -> list[Position]:
    turn = sum((bx - ax) * (by + ay) for (ax, ay), (bx, by) in pairwise(ring))
    return ring if (turn > 0) == clockwise else ring[::-1]


def _close(files: _Set) -> list[Path]:
    for out in (files.shp, files.shx):
        size = out.tell()
        out.seek(0)
        box = files.box or [0.0] * 4
        out.write(struct.pack(">7I", 9994, 0, 0, 0, 0, 0, size // 2))
        out.write(struct.pack("<2I8d", 1000, _TYPES[files.shape], *box, 0.0, 0.0, 0.0, 0.0))
        out.close()
    beside = [
        _text(files.base.with_suffix(".prj"), _PRJ),
        _text(files.base.with_suffix(".cpg"), "UTF-8"),
    ]
    return [files.base.with_suffix(".shp"), files.base.with_suffix(".shx"), files.dbf.finish(), *beside]


def _text(path: Path, text: str) -> Path:
    path.write_text(text, encoding="ascii")
    return path


def _about(data: Dataset, names: list[str], columns: list[Column]) -> str:
    lines = [data.title, *(f"{label}: {text}" for label, text in data.notes), ""]
    lines.append(_("Tên trường trong tệp, tên đầy đủ và tên hiển thị:"))
    lines += [f"{name}\t{column.name}\t{column.label}" for name, column in zip(names, columns, strict=True)]
    lines += ["", _("Chữ dài hơn 254 byte bị cắt bớt; bản đầy đủ có trong CSV, XLSX, GeoJSON và GeoPackage.")]
    return "\r\n".join(lines) + "\r\n"


def _zip(path: Path, members: list[Path], about: str) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as out:
        out.writestr("README.txt", f"\ufeff{about}")
        for member in members:
            out.write(member, member.name)
            member.unlink()
