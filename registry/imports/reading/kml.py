"""KML and KMZ, streamed: one table per folder, ExtendedData as columns, geometries as WKT."""

from __future__ import annotations

import functools
import posixpath
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote
from xml.parsers import expat

from registry.imports.reading import archive
from registry.imports.reading.geometry import combine, wkt_of
from registry.imports.reading.layers import Cells, TableBuilder, cells_of, display_name
from registry.imports.reading.limits import refuse
from registry.imports.reading.protocol import MAX_ROW, Declared, FileDescription, ReadOptions, Row
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _

#: Elements of geometries and their parts.
GEOMETRIES: Final = frozenset(
    {"Point", "LineString", "LinearRing", "Polygon", "MultiGeometry", "Track", "MultiTrack", "Model"}
    | {"outerBoundaryIs", "innerBoundaryIs"}
)
_COMMA: Final = re.compile(r"\s*,\s*")


class PlacemarkGeometry:
    """Geometry of one placemark, built while its elements are parsed."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._parts: list[str] = []
        self._rings: list[list[Any]] = []
        self._places: list[Any] = []

    def begin(self, name: str) -> None:
        self._open.append(name)
        if name in ("Polygon", "Point", "LineString", "Track"):
            self._places, self._rings = [], []
        elif name == "LinearRing":
            self._places = []

    def add_positions(self, text: str, *, is_track: bool) -> None:
        """Add positions: "lon,lat[,height] lon,lat", or one "lon lat height" of a track."""
        if is_track:
            self._places.append(_numbers(text.split()))
        else:
            self._places = [_numbers(word.split(",")) for word in _COMMA.sub(",", text).split()]

    def end(self) -> None:
        name = self._open.pop() if self._open else ""
        if name == "LinearRing" and "Polygon" in self._open:
            self._rings.append(self._places)
        elif name == "Polygon":
            self._parts.append(wkt_of("Polygon", self._rings))
        elif name == "Point":
            self._parts.append(wkt_of("Point", self._places[0] if len(self._places) == 1 else None))
        elif name in ("LineString", "LinearRing", "Track"):
            self._parts.append(wkt_of("LineString", self._places))
        elif name == "Model":
            self._parts.append(wkt_of("Model", None))

    def text(self) -> str | None:
        """WKT; None without a geometry."""
        return combine(self._parts) if self._parts else None


def _numbers(words: list[str]) -> tuple[float, ...]:
    """Numbers of a position; () where one is invalid, which makes the geometry empty."""
    try:
        return tuple(float(word) for word in words) if "_" not in "".join(words) else ()
    except ValueError:
        return ()


# --- documents ----------------------------------------------------------------------------------------------------
_PIECE: Final = 262_144
_MAX_DEPTH: Final = 100
#: With more folders, all placemarks form one table.
_MAX_TABLES: Final = 50
FOLDER: Final = "folder"
#: Table name without a named folder, and with too many folders.
_ALL: Final = "KML"
_WGS84: Final = Declared("WGS 84 (KML)", 4326, "layer")
_TEXTS: Final = {"name": "name", "description": "description", "address": "address", "phoneNumber": "phoneNumber"}
_TIMES: Final = ("when", "begin", "end")
_LINK, _LINK_CONTROL = "NetworkLink", "NetworkLinkControl"
_SHOWN_LINKS, _SHOWN_LINK = 5, 60
#: Maximum number of linked documents.
_MAX_LINKED: Final = 50


def describe_kml(path: Path, options: ReadOptions) -> FileDescription:
    """Folders of a file as tables; Invalid for damaged files and entities. Links that lead out are named."""
    is_archive = _is_archive(path)
    builders, links = _survey(path)
    tables = [builder.table(name, _WGS84) for name, builder in builders.items()]
    if not tables:
        raise refuse(_link_sentence(links[0]) if links else _("Tệp KML không có Placemark nào."))
    notes = [_link_sentence(link) for link in links[:_SHOWN_LINKS]]
    if is_archive and len(_kml_names(path)) > len(_documents(path)):
        notes.append(_("Tệp KMZ có nhiều tệp KML; chỉ đọc tệp chính và các tệp mà nó dẫn tới."))
    return FileDescription("kmz" if is_archive else "kml", tuple(tables), notes=tuple(notes))


def rows_of_kml(path: Path, options: ReadOptions) -> Iterator[Row]:
    """Placemarks of one folder as rows, numbered within it."""
    surveyed, _links = _survey(path)
    name = options.table if options.table is not None else next(iter(surveyed))
    columns = tuple(surveyed[name].columns)
    number = 0
    is_all = list(surveyed) == [_ALL]
    for where, cells, geometry in _placemarks(path):
        if is_all or where == name:
            number += 1
            yield Row(number, cells_of(columns, cells), geometry)


@functools.lru_cache(maxsize=1)  # one process reads one file, twice
def _survey(path: Path) -> tuple[dict[str, TableBuilder], list[str]]:
    """Tables by name, and links that lead out of the file, each once."""
    builders: dict[str, TableBuilder] = {}
    everything = TableBuilder()
    links: dict[str, None] = {}
    for where, cells, geometry in _placemarks(path, links):
        everything.add(cells, geometry)
        if len(builders) <= _MAX_TABLES:
            builders.setdefault(where, TableBuilder()).add(cells, geometry)
    return (builders if len(builders) <= _MAX_TABLES else {_ALL: everything}), list(links)


def _is_archive(path: Path) -> bool:
    with path.open("rb") as source:
        return source.read(2) == b"PK"


@functools.lru_cache(maxsize=1)  # one process reads one file
def _documents(path: Path) -> tuple[Path, ...]:
    """Files to read: of a KMZ the main document (doc.kml, else the first) and those it links to inside the archive."""
    if not _is_archive(path):
        return (path,)
    unpacked_paths = {name: path.with_name(f"doc{index}.kml") for index, name in enumerate(_kml_names(path))}
    archive.unpack(path, unpacked_paths)
    main = next((name for name in unpacked_paths if name.lower() == "doc.kml"), next(iter(unpacked_paths)))
    read: dict[str, None] = {}
    waiting = [main]
    while waiting:
        name = waiting.pop(0)
        if name in read:
            continue
        read[name] = None
        if len(read) > _MAX_LINKED:
            raise refuse(_("Tệp KMZ dẫn tới hơn %(most)d tệp KML bên trong; hãy gộp lại.", most=_MAX_LINKED))
        reader = _Reader()
        for _placemark in _parsed(unpacked_paths[name], reader):
            pass
        targets = (_target(name, link) for link in reader.links)
        waiting += [target for target in targets if target in unpacked_paths]
    return tuple(unpacked_paths[name] for name in read)


def _kml_names(path: Path) -> list[str]:
    return [name for name in archive.file_names(path) if name.lower().endswith(".kml")]


def _target(document: str, link: str) -> str:
    """Entry of the archive that a link names, if it has one of this name."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(document), unquote(link.partition("#")[0])))


def _is_inside(link: str, names: Collection[str]) -> bool:
    target = _target("", link)
    return any(name == target or name.endswith(f"/{target}") for name in names)


def _link_sentence(link: str) -> str:
    return _(
        "Tệp KML dẫn tới dữ liệu ở nơi khác (“%(link)s”), phần đó không được đọc; hãy tải dữ liệu đó về rồi gửi tệp.",
        link=display_name(link)[:_SHOWN_LINK],
    )


def _placemarks(path: Path, links: dict[str, None] | None = None) -> Iterator[tuple[str, Cells, str | None]]:
    """Placemarks of all documents; `links` takes the links that lead out."""
    names = _kml_names(path) if _is_archive(path) else []
    for document in _documents(path):
        reader = _Reader()
        yield from _parsed(document, reader)
        if links is not None:
            links |= dict.fromkeys(link for link in reader.links if not _is_inside(link, names))


def _parsed(document: Path, reader: _Reader) -> Iterator[tuple[str, Cells, str | None]]:
    with document.open("rb") as source:
        while True:
            piece = source.read(_PIECE)
            try:
                reader.parser.Parse(piece, not piece)
            except expat.ExpatError as error:
                raise refuse(
                    _("Tệp KML bị hỏng hoặc bị cắt cụt ở dòng %(line)d; hãy xuất lại.", line=error.lineno)
                ) from error
            except (LookupError, ValueError) as error:
                raise refuse(_("Không đọc được bảng mã của tệp KML; hãy xuất lại dạng UTF-8.")) from error
            yield from reader.take()
            if not piece:
                return


class _Reader:
    """Handlers of the parser, with the open elements and the current placemark."""

    def __init__(self) -> None:
        parser: Any = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._doctype
        self.parser = parser
        self._open_elements: list[str] = []
        self._folders: list[list[str]] = []
        self._cells: Cells | None = None
        self._shape = PlacemarkGeometry()
        self._field = ""
        self._pieces: list[str] = []
        self._length = 0
        self._done: list[tuple[str, Cells, str | None]] = []
        #: Addresses of other documents as given.
        self.links: list[str] = []
        self._unnamed_link = False

    def take(self) -> list[tuple[str, Cells, str | None]]:
        """Placemarks parsed since the last call: table, cells, geometry."""
        done, self._done = self._done, []
        return done

    def _doctype(self, *_given: object) -> None:
        raise refuse(_("Tệp KML có khai báo DOCTYPE, không được nhận vì lý do an toàn; hãy xuất lại KML."))

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == _LINK_CONTROL:
            self.links.append(_LINK_CONTROL)
        if name == _LINK:
            self._unnamed_link = True
        self._open_elements.append(name)
        if len(self._open_elements) > _MAX_DEPTH:
            raise _too_deep()
        self._pieces, self._length = [], 0
        if name in ("Folder", "Document"):
            self._folders.append([name, ""])
        elif name == "Placemark":
            self._cells, self._shape = {}, PlacemarkGeometry()
        elif self._cells is not None:
            if name in ("Data", "SimpleData"):
                self._field = attributes.get("name", "")
            elif name in GEOMETRIES:
                self._shape.begin(name)

    def _text(self, text: str) -> None:
        self._length += len(text)
        if self._length > MAX_ROW:
            raise refuse(_("Tệp KML có một mục dài hơn %(most)d triệu ký tự.", most=MAX_ROW // 1_000_000))
        self._pieces.append(text)

    def _end(self, tag: str) -> None:
        name = self._open_elements.pop()
        above = self._open_elements[-1] if self._open_elements else ""
        text = "".join(self._pieces).strip()
        self._pieces = []
        if _LINK in self._open_elements or name == _LINK:
            self._take_link(name, text)
            return
        if self._cells is None:
            if name == "name" and above in ("Folder", "Document") and self._folders:
                self._folders[-1][1] = text
            elif name in ("Folder", "Document"):
                self._folders.pop()
            return
        if name == "Placemark":
            self._finish()
        elif name in GEOMETRIES:
            self._shape.end()
        elif name in ("coordinates", "coord"):
            self._shape.add_positions(text, is_track=name == "coord")
        else:
            self._keep(name, above, text)

    def _take_link(self, name: str, text: str) -> None:
        """Store the address of a link; one without an address leads elsewhere."""
        if name == "href" and text:
            self.links.append(text)
            self._unnamed_link = False
        elif name == _LINK and self._unnamed_link:
            self.links.append("")

    def _keep(self, name: str, above: str, text: str) -> None:
        cells = self._cells
        if cells is None or not text:
            return
        if (name == "value" and above == "Data") or name == "SimpleData":
            cells[self._field or name] = text
        elif (above == "Placemark" and name in _TEXTS) or (
            name in _TIMES and above in ("TimeStamp", "TimeSpan") and len(self._open_elements) > 1
        ):
            cells.setdefault(name, text)

    def _finish(self) -> None:
        cells = self._cells or {}
        names = [name for kind, name in self._folders if kind == "Folder"]
        documents = [name for kind, name in self._folders if kind == "Document" and name]
        table = names[0] if names else documents[0] if documents else ""
        if len(names) > 1:
            cells[FOLDER] = " / ".join(names[1:])
        self._done.append((display_name(table) or _ALL, cells, self._shape.text()))
        self._cells = None


def _too_deep() -> Invalid:
    return refuse(_("Tệp KML lồng nhau quá sâu, tối đa %(most)d tầng.", most=_MAX_DEPTH))
