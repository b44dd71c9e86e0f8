"""Read and check a folder of boundary files (GeoJSON) and code lists (CSV), as far as possible without the database.

GeoJSON holds one unit a feature, polygons in WGS 84; the lists hold former communes, their successors and older names.
"""

from __future__ import annotations

import csv
import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, _n
from registry.kernel.text import TextRefused, normalise, shown
from registry.territory.catalogue import UnitKey
from registry.territory.models import UnitKind, UnitLevel
from registry.territory.rules import KIND_WORDS, name_key

#: More problems of one folder usually repeat these.
MAX_SHOWN_PROBLEMS: Final = 50
UNITS_FILE: Final = "former_communes.csv"
SUCCESSORS_FILE: Final = "commune_successors.csv"
NAMES_FILE: Final = "former_name_keys.csv"
_COLUMNS: Final = {
    UNITS_FILE: ("code", "name", "level", "parent_code", "valid_from", "valid_to", "kind"),
    SUCCESSORS_FILE: ("old_code", "new_code", "relation", "is_default", "effective"),
    NAMES_FILE: ("code", "older_name_key"),
}
_MAX_TABLE_BYTES: Final = 20 * 1024 * 1024
_MAX_GEOJSON_BYTES: Final = 100 * 1024 * 1024
_MAX_FEATURES: Final = 20_000
_MAX_VERTICES: Final = 500_000
#: Việt Nam with its sea, in degrees: a position outside has swapped axes or metres instead of degrees.
_LONGITUDES: Final = (102.0, 118.0)
_LATITUDES: Final = (6.0, 24.0)
_LEVELS: Final = {level.value: level for level in UnitLevel}
_KINDS: Final = {word.lower(): kind for kind, word in KIND_WORDS.items()}
#: Names that GeoJSON writers give to longitude and latitude on WGS 84.
_WGS84_NAMES: Final = (
    "urn:ogc:def:crs:ogc:1.3:crs84",
    "urn:ogc:def:crs:ogc::crs84",
    "epsg:4326",
    "urn:ogc:def:crs:epsg::4326",
)
_NESTING: Final = {"Polygon": 2, "MultiPolygon": 3}
_MIN_RING_POINTS: Final = 4


class Problems:
    """The problems of a folder, each with file, position and field."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def add(self, position: FilePosition, field: str, value: Any, expected: str) -> None:
        """Add a value of a field that is not what is expected."""
        self.sentences.append(
            _(
                "%(place)s, trường %(field)s: giá trị “%(value)s” không hợp lệ, cần %(expected)s.",
                place=position,
                field=field,
                value=shown(str("" if value is None else value)),
                expected=expected,
            )
        )

    def add_sentence(self, sentence: str) -> None:
        """Add a problem of a whole file or folder."""
        self.sentences.append(sentence)

    def raise_if_any(self) -> None:
        """Raise Invalid with all problems, if there are any."""
        if not self.sentences:
            return
        sentences = self.sentences[:MAX_SHOWN_PROBLEMS]
        if len(self.sentences) > MAX_SHOWN_PROBLEMS:
            sentences.append(_n("Còn %(num)d lỗi khác không hiển thị.", len(self.sentences) - MAX_SHOWN_PROBLEMS))
        raise Invalid({"folder": sentences})


class FilePosition:
    """A row or feature of a file; reads its values and adds their problems."""

    def __init__(self, problems: Problems, file: str, kind: str, number: int, values: dict[str, Any]) -> None:
        self.problems = problems
        self.file = file
        self.kind = kind
        self.number = number
        self.values = values

    def __str__(self) -> str:
        if self.kind == "feature":
            return _("Tệp %(file)s, đối tượng %(number)d", file=self.file, number=self.number)
        return _("Tệp %(file)s, dòng %(number)d", file=self.file, number=self.number)

    def refuse(self, field: str, value: Any, expected: str) -> None:
        """Add a value that is not what is expected."""
        self.problems.add(self, field, value, expected)

    def text(self, field: str, *, longest: int = 200) -> str:
        """A required text; "" if refused."""
        value = self.values.get(field)
        if not isinstance(value, str):
            self.refuse(field, value, _("một chuỗi ký tự"))
            return ""
        try:
            cell_text = normalise(value)
        except TextRefused:
            cell_text = ""
        if not cell_text or len(cell_text) > longest:
            self.refuse(field, value, _("từ 1 đến %(longest)d ký tự đọc được", longest=longest))
            return ""
        return cell_text

    def day(self, field: str) -> date | None:
        """A date written YYYY-MM-DD, or nothing."""
        value = self.values.get(field)
        if value is None or value == "":
            return None
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            self.refuse(field, value, _("ngày dạng YYYY-MM-DD hoặc để trống"))
            return None

    def one_of(self, field: str, choices: dict[str, Any]) -> Any:
        """The value of `choices` under the text, in any case; None if refused."""
        value = self.values.get(field)
        key = unicodedata.normalize("NFC", value).strip().lower() if isinstance(value, str) else ""
        if key not in choices:
            self.refuse(field, value, _("một trong: %(choices)s", choices=", ".join(choices)))
            return None
        return choices[key]


@dataclass(frozen=True)
class Outline:
    """One unit of a boundary file."""

    position: FilePosition
    key: UnitKey
    kind: UnitKind
    name: str
    valid_to: date | None
    #: The geometry as GeoJSON text.
    geometry: str


def _read_outlines(path: Path, problems: Problems) -> list[Outline]:
    features = _features(path, problems)
    outlines = [
        outline
        for number, feature in enumerate(features, start=1)
        if (outline := _outline(path.name, number, feature, problems)) is not None
    ]
    _refuse_duplicates(outlines)
    return outlines


def _features(path: Path, problems: Problems) -> list[Any]:
    if path.stat().st_size > _MAX_GEOJSON_BYTES:
        problems.add_sentence(
            _("Tệp %(file)s lớn hơn %(most)d MB.", file=path.name, most=_MAX_GEOJSON_BYTES // (1024 * 1024))
        )
        return []
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        problems.add_sentence(
            _("Tệp %(file)s không phải JSON bảng mã UTF-8 (%(reason)s).", file=path.name, reason=error)
        )
        return []
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or document.get("type") != "FeatureCollection":
        problems.add_sentence(_("Tệp %(file)s không phải FeatureCollection của GeoJSON.", file=path.name))
        return []
    if len(features) > _MAX_FEATURES:
        problems.add_sentence(
            _("Tệp %(file)s có hơn %(most)d đối tượng, cần chia nhỏ tệp.", file=path.name, most=_MAX_FEATURES)
        )
        return []
    if not _is_wgs84(document.get("crs")):
        problems.add_sentence(_("Tệp %(file)s có hệ tọa độ (crs) khác WGS 84 (EPSG:4326).", file=path.name))
        return []
    return features


def _is_wgs84(crs: Any) -> bool:
    if crs is None:
        return True
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return isinstance(name, str) and name.lower() in _WGS84_NAMES


def _outline(file: str, number: int, feature: Any, problems: Problems) -> Outline | None:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    position = FilePosition(problems, file, "feature", number, properties if isinstance(properties, dict) else {})
    before = len(problems.sentences)
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    _check_geometry(position, geometry)
    code, name = position.text("code", longest=20), position.text("name")
    level = position.one_of("level", _LEVELS)
    kind = position.one_of("kind", _KINDS)
    start, end = position.day("valid_from"), position.day("valid_to")
    if start and end and end < start:
        position.refuse("valid_to", end.isoformat(), _("ngày không trước valid_from"))
    if len(problems.sentences) > before:
        return None
    return Outline(position, UnitKey(level, code, start), kind, name, end, json.dumps(geometry))


def _check_geometry(position: FilePosition, geometry: Any) -> None:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if not isinstance(kind, str) or kind not in _NESTING:
        position.refuse("geometry", kind, "Polygon, MultiPolygon")
        return
    rings = [geometry.get("coordinates")]
    for _level in range(_NESTING[kind] - 1):
        rings = [inner for part in rings if isinstance(part, list) for inner in part] or [None]
    if not all(_is_ring(ring) for ring in rings):
        position.refuse("geometry", kind, _("các vòng khép kín, mỗi vòng ít nhất 4 điểm"))
        return
    points = [point for ring in rings for point in ring]
    if len(points) > _MAX_VERTICES:
        position.refuse("geometry", len(points), _("tối đa %(most)d đỉnh", most=_MAX_VERTICES))
        return
    outside = next((point for point in points if not _is_inside(point)), None)
    if outside is not None:
        position.refuse(
            "geometry",
            outside,
            _("[kinh độ 102–118, vĩ độ 6–24] theo WGS 84 (kiểm tra thứ tự trục và hệ tọa độ)"),
        )


def _is_ring(ring: Any) -> bool:
    return isinstance(ring, list) and len(ring) >= _MIN_RING_POINTS and bool(ring[0] == ring[-1])


def _is_inside(point: Any) -> bool:
    if not isinstance(point, list) or len(point) not in (2, 3):
        return False
    if not all(isinstance(number, int | float) and not isinstance(number, bool) for number in point):
        return False
    return bool(_LONGITUDES[0] <= point[0] <= _LONGITUDES[1] and _LATITUDES[0] <= point[1] <= _LATITUDES[1])


def _refuse_duplicates(outlines: list[Outline]) -> None:
    unit_keys: set[UnitKey] = set()
    for outline in outlines:
        if outline.key in unit_keys:
            outline.position.refuse("code", outline.key.code, _("mỗi đơn vị (code, valid_from) một lần trong tệp"))
        unit_keys.add(outline.key)


@dataclass(frozen=True)
class ListedUnit:
    """A row of `UNITS_FILE`."""

    position: FilePosition
    key: UnitKey
    kind: UnitKind
    name: str
    parent_code: str
    valid_to: date | None


@dataclass(frozen=True)
class ListedSuccession:
    """A row of `SUCCESSORS_FILE`."""

    position: FilePosition
    old_code: str
    new_code: str
    whole: bool
    is_default: bool
    effective_on: date


@dataclass(frozen=True)
class ListedName:
    """A row of `NAMES_FILE`; `code` is that of the unit on 30/06/2025."""

    position: FilePosition
    code: str
    name_key: str


def _read_units(path: Path, problems: Problems) -> list[ListedUnit]:
    listed_units = []
    for position in _rows(path, problems):
        before = len(problems.sentences)
        code, name = position.text("code", longest=20), position.text("name")
        parent = position.text("parent_code", longest=20)
        level, kind = position.one_of("level", _LEVELS), position.one_of("kind", _KINDS)
        start, end = position.day("valid_from"), position.day("valid_to")
        if start and end and end < start:
            position.refuse("valid_to", end.isoformat(), _("ngày không trước valid_from"))
        if len(problems.sentences) == before:
            listed_units.append(ListedUnit(position, UnitKey(level, code, start), kind, name, parent, end))
    return listed_units


def _read_successions(path: Path, problems: Problems) -> list[ListedSuccession]:
    listed_successions = []
    for position in _rows(path, problems):
        before = len(problems.sentences)
        old, new = position.text("old_code", longest=20), position.text("new_code", longest=20)
        whole = position.one_of("relation", {"whole": True, "part": False})
        is_default = position.one_of("is_default", {"yes": True, "no": False})
        day = position.day("effective")
        if day is None and position.values.get("effective") in (None, ""):
            position.refuse("effective", "", _("ngày dạng YYYY-MM-DD"))
        if day is not None and len(problems.sentences) == before:
            listed_successions.append(ListedSuccession(position, old, new, whole, is_default, day))
    return listed_successions


def _read_names(path: Path, problems: Problems) -> list[ListedName]:
    listed_names = []
    for position in _rows(path, problems):
        before = len(problems.sentences)
        code, key = position.text("code", longest=20), position.text("older_name_key")
        if key and key != name_key(key):
            position.refuse("older_name_key", key, _("chữ thường không dấu, không khoảng trắng"))
        if len(problems.sentences) == before:
            listed_names.append(ListedName(position, code, key))
    return listed_names


def _rows(path: Path, problems: Problems) -> Iterator[FilePosition]:
    if path.stat().st_size > _MAX_TABLE_BYTES:
        problems.add_sentence(
            _("Tệp %(file)s lớn hơn %(most)d MB.", file=path.name, most=_MAX_TABLE_BYTES // (1024 * 1024))
        )
        return
    try:
        with path.open(encoding="utf-8-sig", newline="") as source:
            rows: list[dict[str, Any]] = list(csv.DictReader(source, strict=True))
            header = rows[0].keys() if rows else ()
    except (UnicodeDecodeError, csv.Error) as error:
        problems.add_sentence(
            _("Tệp %(file)s không phải CSV bảng mã UTF-8 (%(reason)s).", file=path.name, reason=error)
        )
        return
    missing = [column for column in _COLUMNS[path.name] if column not in header]
    if missing:
        problems.add_sentence(
            _("Tệp %(file)s trống hoặc thiếu cột: %(columns)s.", file=path.name, columns=", ".join(missing))
        )
        return
    for number, row in enumerate(rows, start=2):
        yield FilePosition(problems, path.name, "row", number, row)


@dataclass
class FolderContents:
    """The contents of the files of a folder."""

    outlines: list[Outline] = field(default_factory=list)
    units: list[ListedUnit] = field(default_factory=list)
    successions: list[ListedSuccession] = field(default_factory=list)
    names: list[ListedName] = field(default_factory=list)


def read_folder(folder: Path, problems: Problems) -> FolderContents:
    """Read every *.geojson and the CSV lists of a folder; errors go to `problems`. Invalid without such a file."""
    if not folder.is_dir():
        raise Invalid({"folder": _("Không có thư mục “%(folder)s”.", folder=folder)})
    contents = FolderContents()
    boundary_files = sorted(folder.glob("*.geojson"))
    tables = [folder / name for name in (UNITS_FILE, SUCCESSORS_FILE, NAMES_FILE)]
    if not boundary_files and not any(table.is_file() for table in tables):
        raise Invalid({"folder": _("Thư mục “%(folder)s” không có tệp .geojson hay danh mục .csv nào.", folder=folder)})
    for path in boundary_files:
        contents.outlines += _read_outlines(path, problems)
    if tables[0].is_file():
        contents.units = _read_units(tables[0], problems)
    if tables[1].is_file():
        contents.successions = _read_successions(tables[1], problems)
    if tables[2].is_file():
        contents.names = _read_names(tables[2], problems)
    return contents
