"""Detect the format of a file by its content, never by its name, and load its reader."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final

from registry.imports.reading import archive
from registry.imports.reading.limits import empty_file, refuse
from registry.imports.reading.protocol import FileDescription, ReadOptions, Row
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _

#: Bytes read to detect the family.
HEAD: Final = 65_536
_BLANKS: Final = b" \t\r\n\x00"
_BYTE_ORDER_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
#: First bytes of unsupported formats, with their names.
_OTHERS: Final = (
    *((b"%PDF", "PDF"), (b"%!PS", "PostScript"), (b"{\\rtf", "RTF"), (b"\xc5\xd0\xd3\xc6", "EPS")),
    *((b"Rar!", "RAR"), (b"7z\xbc\xaf", "7Z"), (b"\x1f\x8b", "GZIP"), (b"BZh", "BZIP2"), (b"\xfd7zXZ", "XZ")),
    *((b"\x28\xb5\x2f\xfd", "ZSTD"), (b"MSCF", "CAB")),
    *((b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"GIF8", "GIF"), (b"II*\x00", "TIFF"), (b"MM\x00*", "TIFF")),
    *((b"RIFF", "WEBP, AVI"), (b"ID3", "MP3"), (b"OggS", "OGG")),
    *((b"AC10", "DWG"), (b"AutoCAD Binary DXF", "DXF"), (b"\x08\x09\xfe\x02", "DGN"), (b"!table", "MapInfo TAB")),
    *((b"\x00\x00\x27\x0a", "SHP"), (b"fgb\x03", "FlatGeobuf"), (b"PAR1", "Parquet"), (b"\x89HDF", "HDF")),
    *((b"\x7fELF", "ELF"), (b"MZ", "EXE"), (b"\xca\xfe\xba\xbe", "Java"), (b"#!/", "script")),
)
_TAR_AT, _TAR = 257, b"ustar"
_FTYP_AT, _FTYP = 4, b"ftyp"
_DXF: Final = re.compile(rb"\s*(999\s*\n.*\n\s*)?0\s*\r?\n\s*SECTION")
_MIF: Final = re.compile(rb"version\s+\d+\s*\r?\n\s*(charset|delimiter|coordsys|columns)", re.IGNORECASE)
_DBF: Final = re.compile(rb"[\x03\x30\x31\x83\x8b\xf5][\x00-\xff][\x01-\x0c][\x01-\x1f]", re.DOTALL)
_ROOT: Final = re.compile(r"(?:<\?.*?\?>|<!--.*?-->|\s)*<(?:[\w.-]+:)?([\w.-]+)", re.DOTALL)
#: Root elements of unsupported XML formats.
_XML_NAMES: Final = {
    "html": "HTML",
    "table": "HTML",
    "workbook": "Excel 2003 XML",
    "gpx": "GPX",
    "svg": "SVG",
    "featurecollection": "GML",
    "osm": "OpenStreetMap XML",
    "ogrvrtdatasource": "VRT",
    "ogrwfsdatasource": "WFS",
    "rss": "GeoRSS",
}
#: Streams of OLE2 files and their formats; the first match counts.
_STREAMS: Final = (
    ("EncryptedPackage", "encrypted"),
    ("WordDocument", "DOC"),
    ("PowerPoint Document", "PPT"),
    ("__properties_version1.0", "MSG"),
    ("Workbook", "xls"),
    ("Book", "xls"),
)
#: Starts of names of entries and the formats that have them.
_OTHER_ARCHIVES: Final = (
    *(("word/", "DOCX"), ("ppt/", "PPTX"), ("xl/workbook.bin", "XLSB"), ("META-INF/", "JAR, APK")),
)
_MOST_CONTROLS: Final = 0.05
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")


def family(head: bytes) -> str:
    """Family of a file: text, json, xml, zip, ole2 or sqlite; Invalid for other files."""
    if not head.strip(_BLANKS):
        raise empty_file()
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "ole2"
    if head.startswith(b"SQLite format 3\x00"):
        return "sqlite"
    _refuse_others(head)
    start = _plain(head)
    if start.startswith("<"):
        return "xml"
    return "json" if start.startswith(("{", "[", "\x1e")) else "text"


def identify(path: Path, group: str, head: bytes) -> str:
    """Format as in `load`, also inside archives; Invalid names unsupported formats."""
    if group == "zip":
        return _in_archive(path)
    if group == "ole2":
        return _in_compound(path)
    if group == "xml":
        return _by_root(head)
    return {"sqlite": "gpkg", "json": "geojson", "text": "text"}[group]


def _refuse_others(head: bytes) -> None:
    for mark, name in _OTHERS:
        if head.startswith(mark):
            raise _other(name)
    if head[_TAR_AT:].startswith(_TAR):
        raise _other("TAR")
    if head[_FTYP_AT:].startswith(_FTYP):
        raise _other("HEIC, MP4")
    for pattern, name in ((_DXF, "DXF"), (_MIF, "MapInfo MIF"), (_DBF, "DBF")):
        if pattern.match(head):
            raise _other(name)
    if not head.startswith(_BYTE_ORDER_MARKS) and _is_binary(head):
        raise refuse(_("Tệp nhị phân không rõ dạng, không phải bảng dữ liệu; %(taken)s", taken=_taken()))


def _is_binary(head: bytes) -> bool:
    """Whether there are too many control characters; in UTF-16 they all stand on one side of each pair."""
    if len(_CONTROLS.findall(head)) <= _MOST_CONTROLS * len(head):
        return False
    sides = (head[0::2].count(0), head[1::2].count(0))
    zeros_on_one_side = min(sides) * 20 < max(sides)
    return not (zeros_on_one_side and len(_CONTROLS.findall(head.replace(b"\x00", b""))) <= _MOST_CONTROLS * len(head))


def _plain(head: bytes) -> str:
    """Start of the text, also of UTF-16 with a byte order mark."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace").lstrip()
    return head.removeprefix(b"\xef\xbb\xbf").decode("latin-1").lstrip()


def _by_root(head: bytes) -> str:
    text = _plain(head)
    if "<!DOCTYPE" in text.upper() and "<HTML" not in text.upper():
        raise refuse(_("Tệp XML có khai báo DOCTYPE, không được nhận vì lý do an toàn; hãy xuất lại KML."))
    match = _ROOT.match(text)
    if match is None:
        raise _other("HTML" if "<html" in text.lower() else "XML")
    root = match.group(1)
    if root.lower() == "kml":
        return "kml"
    raise _other(_XML_NAMES.get(root.lower(), f"XML ({root[:40]})"))


def _in_archive(path: Path) -> str:
    names = archive.file_names(path)
    endings = {Path(name).suffix.lower() for name in names}
    kinds = []
    if "xl/workbook.xml" in names:
        kinds.append("xlsx")
    if "mimetype" in names and "content.xml" in names:
        kinds.append(_open_document(path))
    kinds += [kind for ending, kind in ((".kml", "kmz"), (".shp", "shp")) if ending in endings]
    if len(kinds) > 1:
        raise refuse(
            _("Tệp nén chứa nhiều dạng dữ liệu (%(kinds)s); hãy tải lên từng tệp.", kinds=", ".join(kinds).upper())
        )
    if not kinds and not endings.isdisjoint((".csv", ".tsv")) and not _is_other_archive(names):
        kinds.append("texts")
    if not kinds:
        raise _nothing_in(names, endings)
    return kinds[0]


def _is_other_archive(names: list[str]) -> bool:
    return any(entry.startswith(mark) for entry in names for mark, _name in _OTHER_ARCHIVES)


def _open_document(path: Path) -> str:
    mimetype = archive.first_bytes(path, "mimetype", 200).decode("latin-1")
    if mimetype.startswith("application/vnd.oasis.opendocument.spreadsheet"):
        return "ods"
    raise _other("OpenDocument (" + mimetype.rpartition(".")[2][:30] + ")")


def _nothing_in(names: list[str], endings: set[str]) -> Invalid:
    for mark, name in _OTHER_ARCHIVES:
        if any(entry.startswith(mark) for entry in names):
            return _other(name)
    if ".dbf" in endings:
        return refuse(_("Tệp nén có tệp .dbf nhưng thiếu tệp .shp; hãy nén đủ .shp, .shx, .dbf, .prj, .cpg."))
    return refuse(_("Tệp nén ZIP không chứa bảng tính, CSV, KML hay Shapefile; hãy giải nén và tải lên từng tệp."))


def _in_compound(path: Path) -> str:
    content = path.read_bytes()
    for stream, kind in _STREAMS:
        if stream.encode("utf-16-le") in content:
            if kind == "encrypted":
                raise refuse(_("Tệp XLSX có mật khẩu; hãy bỏ mật khẩu rồi tải lên lại."))
            if kind == "xls":
                return "xls"
            raise _other(kind)
    raise _other("OLE2")


def _other(name: str) -> Invalid:
    return refuse(_("Tệp này là dạng %(name)s, không phải bảng dữ liệu; %(taken)s", name=name, taken=_taken()))


def _taken() -> str:
    return _("hãy tải lên CSV, XLSX, XLS, ODS, GeoJSON, KML, KMZ, Shapefile nén ZIP hoặc GeoPackage.")


# --- readers ------------------------------------------------------------------------------------------------------
#: Describe a whole file. Raises `limits.refuse(sentence)`.
Describe = Callable[[Path, ReadOptions], FileDescription]
#: Stream the rows of one table. The options are completed by the description. Raises
#: `limits.refuse(sentence)`.
Rows = Callable[[Path, ReadOptions], Iterator[Row]]


@dataclass(frozen=True)
class Reader:
    """Functions of one format; `needs_closed_network`: a library reads it that could open other resources."""

    describe: Describe
    rows: Rows
    needs_closed_network: bool


_HERE: Final = "registry.imports.reading"
#: Format -> module and its two functions. The file has a fixed name without suffix in the private directory.
#: Archives have passed the rules of `archive.py` before.
_PLACES: Final = {
    "text": ("text", "describe_text", "rows_of_text"),  # distinguishes CSV and TSV
    "texts": ("text_archive", "describe_texts", "rows_of_texts"),
    "xlsx": ("workbook", "describe_workbook", "rows_of_workbook"),
    "xls": ("workbook", "describe_workbook", "rows_of_workbook"),
    "ods": ("workbook", "describe_workbook", "rows_of_workbook"),
    "geojson": ("geojson", "describe_features", "rows_of_features"),
    "kml": ("kml", "describe_kml", "rows_of_kml"),
    "kmz": ("kml", "describe_kml", "rows_of_kml"),
    "shp": ("shapefile", "describe_shapefile", "rows_of_shapefile"),
    "gpkg": ("geopackage", "describe_geopackage", "rows_of_geopackage"),
}
#: Family -> possible formats.
_FAMILIES: Final = {
    "text": ("text",),
    "json": ("geojson",),
    "xml": ("kml",),
    "zip": ("xlsx", "ods", "kmz", "shp", "texts"),
    "ole2": ("xls",),
    "sqlite": ("gpkg",),
}
#: Read by GDAL.
_LIBRARY: Final = frozenset({"shp", "gpkg"})


def load(family: str) -> dict[str, Reader]:
    """Import the readers of a family; call before the sandbox is closed."""
    readers = {}
    for file_format in _FAMILIES[family]:
        module, describe, rows = _PLACES[file_format]
        loaded = import_module(f"{_HERE}.{module}")
        if file_format in _LIBRARY:
            loaded.prepare()
        readers[file_format] = Reader(getattr(loaded, describe), getattr(loaded, rows), file_format in _LIBRARY)
    return readers
