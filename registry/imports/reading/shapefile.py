"""Zipped Shapefiles: each .shp with its .dbf is a layer; header sizes are compared with the files first."""

from __future__ import annotations

import functools
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

import pyproj
from pyproj.exceptions import CRSError

from registry.imports.reading import archive
from registry.imports.reading.encodings import LEGACY, TWICE, codec_of, converter, to_nfc
from registry.imports.reading.encodings.detect import DetectedEncoding, detect_file, detect_texts
from registry.imports.reading.layers import display_name
from registry.imports.reading.limits import refuse
from registry.imports.reading.protocol import Declared, FileDescription, ReadOptions, Row, TableDescription
from registry.imports.reading.vector import SHAPEFILE, GdalDriver
from registry.kernel.i18n import _, _n

_MAX_LAYERS: Final = 50
_PARTS: Final = (".shp", ".dbf", ".shx", ".prj", ".cpg")
_SHP_HEAD: Final = struct.Struct(">i20xi")
_SHP_MAGIC: Final = 9994
_SHP_HEAD_BYTES: Final = 100
_DBF_HEAD: Final = struct.Struct("<4xIHH")
_SHX_RECORD: Final = 8
#: GDAL returns each byte of a .dbf as one character; it is decoded here.
_AS_BYTES: Final = "ISO-8859-1"
_CPG: Final = re.compile(r"(?:ansi|cp|windows|oem)?[\s_-]*(\d{3,5})")
_CODE_PAGES: Final = {"65001": "utf-8", "1258": "cp1258", "1252": "cp1252", "88591": "cp1252"}
_SAMPLE_ROWS: Final = 3_000
_MOST_PRJ: Final = 20_000
_SURE_ENOUGH: Final = 70

Convert = Callable[[str], str]


@dataclass(frozen=True)
class _Layer:
    name: str
    path: Path
    crs: Declared | None
    #: Encoding by the .cpg file.
    encoding: str | None


@functools.cache
def prepare() -> GdalDriver:
    """GDAL with its one driver, and the PROJ database; call before the sandbox is closed."""
    pyproj.CRS.from_epsg(4326).to_epsg()
    return GdalDriver(SHAPEFILE)


def describe_shapefile(path: Path, options: ReadOptions) -> FileDescription:
    """Layers of an archive; Invalid where a part is missing, truncated or inconsistent."""
    tables: list[TableDescription] = []
    detected = DetectedEncoding("utf-8", "utf-8")
    for layer in _layers(path):
        detected, to_unicode = _letters(layer, options)
        table = prepare().describe(layer.path, layer.path.stem, layer.name, layer.crs, _AS_BYTES, to_unicode)
        if table.row_count == 0:
            raise refuse(_("Lớp “%(layer)s” không có đối tượng nào.", layer=layer.name))
        tables.append(table)
    return FileDescription(
        "shp",
        tuple(tables),
        encoding=detected.encoding,
        notes=detected.notes,
        encoding_sure=detected.sure,
        encoding_offered=detected.offered,
    )


def rows_of_shapefile(path: Path, options: ReadOptions) -> Iterator[Row]:
    layers = _layers(path)
    layer = next((layer for layer in layers if layer.name == options.table), layers[0])
    _guess, to_unicode = _letters(layer, options)
    yield from prepare().rows(layer.path, layer.path.stem, _AS_BYTES, to_unicode)


@functools.lru_cache(maxsize=1)  # one process reads one file
def _layers(path: Path) -> tuple[_Layer, ...]:
    layers: dict[str, dict[str, str]] = {}
    for name in archive.file_names(path):
        whole = PurePosixPath(name)
        if whole.suffix.lower() in _PARTS and "__MACOSX" not in whole.parts:
            layers.setdefault(str(whole.with_suffix("")).casefold(), {})[whole.suffix.lower()] = name
    layers = {stem: parts for stem, parts in layers.items() if ".shp" in parts}
    if len(layers) > _MAX_LAYERS:
        raise refuse(_n("Tệp nén có %(count)d lớp, tối đa %(most)d.", len(layers), count=len(layers), most=_MAX_LAYERS))
    wanted = {}
    for layer_index, parts in enumerate(layers.values()):
        if ".dbf" not in parts:
            raise refuse(
                _("Thiếu tệp .dbf của lớp “%(layer)s”; hãy nén đủ .shp, .shx, .dbf, .prj, .cpg.", layer=_stem(parts))
            )
        wanted.update({name: path.with_name(f"layer{layer_index}{ending}") for ending, name in parts.items()})
    archive.unpack(path, wanted)
    return tuple(
        _layer(display_name(_stem(parts)), path.with_name(f"layer{layer_index}.shp"))
        for layer_index, parts in enumerate(layers.values())
    )


def _stem(parts: dict[str, str]) -> str:
    return PurePosixPath(parts[".shp"]).stem


def _layer(name: str, path: Path) -> _Layer:
    _check_sizes(name, path)
    prj, cpg = path.with_suffix(".prj"), path.with_suffix(".cpg")
    return _Layer(
        name=name,
        path=path,
        crs=_declared(prj.read_bytes()[:_MOST_PRJ]) if prj.exists() else None,
        encoding=_encoding(cpg.read_bytes()[:200].decode("latin-1")) if cpg.exists() else None,
    )


def _check_sizes(name: str, path: Path) -> None:
    """Headers must not claim more than the files hold: GDAL would allocate memory by their counts."""
    shp, dbf, shx = path.read_bytes()[:_SHP_HEAD_BYTES], path.with_suffix(".dbf"), path.with_suffix(".shx")
    if len(shp) < _SHP_HEAD_BYTES or _SHP_HEAD.unpack_from(shp)[0] != _SHP_MAGIC:
        raise refuse(_("Tệp .shp của lớp “%(layer)s” không phải Shapefile.", layer=name))
    if _SHP_HEAD.unpack_from(shp)[1] * 2 > path.stat().st_size:
        raise refuse(_("Tệp .shp của lớp “%(layer)s” bị cắt cụt; hãy xuất lại.", layer=name))
    with dbf.open("rb") as source:
        head = source.read(_DBF_HEAD.size)
    if len(head) < _DBF_HEAD.size:
        raise refuse(_("Tệp .dbf của lớp “%(layer)s” bị cắt cụt; hãy xuất lại.", layer=name))
    count, head_bytes, record_bytes = _DBF_HEAD.unpack(head)
    if record_bytes == 0 or head_bytes + count * record_bytes > dbf.stat().st_size:
        raise refuse(_n("Tệp .dbf của lớp “%(layer)s” khai %(num)d dòng nhưng không đủ dữ liệu.", count, layer=name))
    if shx.exists() and (shapes := (shx.stat().st_size - _SHP_HEAD_BYTES) // _SHX_RECORD) != count:
        raise refuse(
            _(
                "Lớp “%(layer)s” có %(shapes)d hình nhưng %(count)d dòng thuộc tính; hãy xuất lại.",
                layer=name,
                shapes=shapes,
                count=count,
            )
        )


def _declared(prj: bytes) -> Declared | None:
    text = prj.decode("utf-8", "replace").strip("\ufeff \r\n\t\x00")
    if not text:
        return None
    try:
        code = pyproj.CRS.from_wkt(text).to_epsg(min_confidence=_SURE_ENOUGH)
    except CRSError:
        code = None
    return Declared(text, code, "prj")


def _encoding(cpg: str) -> str | None:
    name_of_cpg = cpg.strip().strip("\x00").lower()
    if name_of_cpg in ("utf-8", "utf8"):
        return "utf-8"
    match = _CPG.fullmatch(name_of_cpg.replace("iso-8859-1", "88591").replace("8859-1", "88591"))
    return _CODE_PAGES.get(match.group(1)) if match else None


def _letters(layer: _Layer, options: ReadOptions) -> tuple[DetectedEncoding, Convert]:
    """Encoding of the attributes (chosen, by .cpg, or detected) and its converter."""
    sample = [
        cell
        for row in prepare().rows(layer.path, layer.path.stem, _AS_BYTES, str, most=_SAMPLE_ROWS)
        for cell in row.cells
        if not cell.isascii()
    ]
    encoding = options.encoding
    if encoding:
        is_unicode = layer.encoding == "utf-8" and (encoding in LEGACY or encoding == TWICE)
        to_unicode = _then(_decoder("utf-8"), converter(encoding)) if is_unicode else _decoder(encoding)
        return DetectedEncoding(encoding, "latin-1"), to_unicode
    if layer.encoding:
        to_unicode = _decoder(layer.encoding)
        detected = detect_texts(map(to_unicode, sample))
        return DetectedEncoding(layer.encoding, "latin-1", True, detected.offered, detected.notes), to_unicode
    if not sample:
        return DetectedEncoding("utf-8", "utf-8"), str
    there = layer.path.with_name("sample.txt")
    there.write_bytes("\n".join(sample).encode("latin-1", "replace"))
    detected_encoding = detect_file(there)
    return detected_encoding, _decoder(detected_encoding.encoding)


def _decoder(encoding: str) -> Convert:
    """Converter of characters that stand for bytes."""
    codec = codec_of(encoding, "latin-1")

    def decode(text: str) -> str:
        if text.isascii():
            return text
        try:
            return codec.to_unicode(text.encode("latin-1").decode(codec.container, "replace"))
        except (UnicodeEncodeError, LookupError):
            return to_nfc(text)

    return decode


def _then(first: Convert, second: Convert) -> Convert:
    return lambda text: second(first(text))
