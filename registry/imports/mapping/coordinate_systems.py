"""Coordinate systems of files: predefined ones, any other known to PROJ, and detection from texts of the file.

A detected system is a suggestion and never applied without confirmation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from registry.imports.reading.protocol import Declared
from registry.kernel.db.base import Choice
from registry.kernel.geo.coordinates import LATITUDE_BELOW, LONGITUDE_ABOVE, MAX_LATITUDE, MIN_LATITUDE
from registry.kernel.geo.degrees import AngleRefused, read_angle
from registry.kernel.geo.proj import Conversion, UnknownSystem, code_of, conversion_of, name_of
from registry.kernel.geo.readings import MIN_NORTHING_M
from registry.kernel.geo.vn2000 import OPERATION, UTM_48N_VN2000, UTM_48N_WGS84, WGS84_SRID, ZONES, Zone
from registry.kernel.i18n import LazyText, _, _l, format_number
from registry.kernel.numbers import NumberRefused, parse_decimal
from registry.kernel.text import TextRefused, fold, normalise

UNIT_NAMES: Final[Mapping[str, LazyText]] = {
    "metre": _l("mét"),
    "foot": _l("foot quốc tế"),
    "US survey foot": _l("foot trắc địa Mỹ"),
}


@dataclass(frozen=True)
class OtherSystem:
    """A system outside the predefined zones, converted by PROJ; VN-2000 uses the national parameters."""

    #: "epsg:3857", or "declared" for the definition in the file.
    value: str
    conversion: Conversion

    @property
    def label(self) -> str:
        code = f"EPSG:{self.epsg}, " if self.epsg else ""
        name = self.conversion.name
        if self.is_geographic:
            return _("%(code)s%(name)s (vĩ độ, kinh độ)", code=code, name=name)
        unit = UNIT_NAMES.get(self.conversion.unit)
        return _(
            "%(code)s%(name)s (X là Đông, Y là Bắc, đơn vị %(unit)s)",
            code=code,
            name=name,
            unit=unit or self.conversion.unit,
        )

    @property
    def epsg(self) -> int:
        """EPSG code; 0 where the definition has none."""
        return self.conversion.srid

    @property
    def is_geographic(self) -> bool:
        return self.conversion.is_geographic

    @property
    def is_vn2000(self) -> bool:
        """Whether the national datum shift (EPSG:6960) leads to WGS 84."""
        return self.conversion.operation == OPERATION

    @property
    def zone(self) -> None:
        return

    @property
    def operation(self) -> str:
        """Datum operation; a definition without code adds its name."""
        named = self.conversion.operation
        return named if self.epsg else f"{self.conversion.name}: {named}".removesuffix(": ")

    @property
    def sentence(self) -> str:
        """The operation to WGS 84 with its stated accuracy."""
        named, accuracy = self.conversion.operation, self.conversion.accuracy_m
        if not named:
            return _("Chuyển sang WGS 84 bằng phép chiếu ngược, không đổi gốc tọa độ (0 m).")
        if accuracy is None:
            return _("Chuyển sang WGS 84 bằng phép %(name)s; không công bố độ chính xác.", name=named)
        metres = format_number(Decimal(str(accuracy)))
        return _("Chuyển sang WGS 84 bằng phép %(name)s, độ chính xác công bố %(metres)s m.", name=named, metres=metres)


VN2000_GEOGRAPHIC_SRID: Final = 4756


def _tm3_label(meridian: str) -> LazyText:
    return _l("VN-2000, kinh tuyến trục %(meridian)s, múi 3° (X là Bắc, Y là Đông)", meridian=meridian)


class System(Choice):
    """Predefined systems: VN-2000 in the zones of the region, WGS 84, and UTM."""

    VN2000 = "vn2000", _tm3_label("105°00'")
    WGS84 = "wgs84", _l("WGS 84 (vĩ độ, kinh độ)")
    VN2000_GEOGRAPHIC = "vn2000-geographic", _l("VN-2000 (vĩ độ, kinh độ)")
    VN2000_UTM_48N = "vn2000-utm48n", _l("VN-2000, múi 6° (UTM 48N), kinh tuyến trục 105°00'")
    WGS84_UTM_48N = "wgs84-utm48n", _l("WGS 84, UTM 48N (máy định vị cầm tay)")
    VN2000_102_00 = "vn2000-102-00", _tm3_label("102°00'")
    VN2000_103_00 = "vn2000-103-00", _tm3_label("103°00'")
    VN2000_104_00 = "vn2000-104-00", _tm3_label("104°00'")
    VN2000_104_30 = "vn2000-104-30", _tm3_label("104°30'")
    VN2000_104_45 = "vn2000-104-45", _tm3_label("104°45'")
    VN2000_105_30 = "vn2000-105-30", _tm3_label("105°30'")
    VN2000_105_45 = "vn2000-105-45", _tm3_label("105°45'")
    VN2000_106_00 = "vn2000-106-00", _tm3_label("106°00'")
    VN2000_106_15 = "vn2000-106-15", _tm3_label("106°15'")
    VN2000_106_30 = "vn2000-106-30", _tm3_label("106°30'")
    VN2000_107_00 = "vn2000-107-00", _tm3_label("107°00'")
    VN2000_107_15 = "vn2000-107-15", _tm3_label("107°15'")
    VN2000_107_30 = "vn2000-107-30", _tm3_label("107°30'")
    VN2000_107_45 = "vn2000-107-45", _tm3_label("107°45'")
    VN2000_108_00 = "vn2000-108-00", _tm3_label("108°00'")
    VN2000_108_15 = "vn2000-108-15", _tm3_label("108°15'")
    VN2000_108_30 = "vn2000-108-30", _tm3_label("108°30'")

    @property
    def epsg(self) -> int:
        """EPSG code; coordinates are easting, northing or longitude, latitude."""
        return _EPSG[self]

    @property
    def is_geographic(self) -> bool:
        return self.zone is None

    @property
    def is_vn2000(self) -> bool:
        """Whether the national datum shift (EPSG:6960) leads to WGS 84."""
        return self not in (System.WGS84, System.WGS84_UTM_48N)

    @property
    def zone(self) -> Zone | None:
        """The plane zone; None for degrees."""
        return _PLANES.get(self.epsg)

    @property
    def operation(self) -> str:
        """Datum operation to WGS 84; "" where there is none."""
        return OPERATION if self.is_vn2000 else ""


AnySystem = System | OtherSystem
#: Value of the system defined by the file.
DECLARED: Final = "declared"


def system_of(value: str, declared: Declared | None = None) -> AnySystem:
    """System by value, by EPSG code ("epsg:3857", "EPSG 3857", "3857"), or by the file's definition (`DECLARED`).

    Raises UnknownSystem.
    """
    if value in _VALUES:
        return System(value)
    if value == DECLARED and declared is not None:
        code = declared.epsg or code_of(declared.text)
        if code is not None:
            return _by_code(code, value="")
        return OtherSystem(DECLARED, conversion_of(declared.text))
    match = _CODE.fullmatch(value.strip())
    if match is None:
        raise UnknownSystem(value[:60])
    return _by_code(int(match[1]))


def declared_name(declared: Declared | None) -> str | None:
    if declared is None:
        return None
    return name_of(declared.text) if declared.source == "prj" else declared.text


def _by_code(code: int, value: str = "") -> AnySystem:
    system = BY_EPSG.get(code)
    return system if system is not None else OtherSystem(value or f"epsg:{code}", conversion_of(code))


_PLANES: Final = ZONES | {zone.srid: zone for zone in (UTM_48N_VN2000, UTM_48N_WGS84)}
#: Meridian in degrees -> code of its 3-degree zone.
_BY_MERIDIAN: Final = {zone.central_meridian: srid for srid, zone in ZONES.items()}


def _tm3_code(value: str) -> int:
    degrees, minutes = value.removeprefix("vn2000-").split("-")
    return _BY_MERIDIAN[int(degrees) + Decimal(minutes) / 60]


_NAMED: Final[dict[System, int]] = {
    System.VN2000: _BY_MERIDIAN[Decimal(105)],
    System.WGS84: WGS84_SRID,
    System.VN2000_GEOGRAPHIC: VN2000_GEOGRAPHIC_SRID,
    System.VN2000_UTM_48N: UTM_48N_VN2000.srid,
    System.WGS84_UTM_48N: UTM_48N_WGS84.srid,
}
_EPSG: Final = _NAMED | {system: _tm3_code(system.value) for system in System if system not in _NAMED}
BY_EPSG: Final = {code: system for system, code in _EPSG.items()}

# --- detection ----------------------------------------------------------------------------------------------------
_VALUES: Final = frozenset(system.value for system in System)
_CODE: Final = re.compile(r"(?:epsg\W{0,3})?(\d{4,6})", re.IGNORECASE)
_VN2000: Final = re.compile(r"\bvn[\s-]*2000|\bvietnam[\s-]*2000")
_WGS84: Final = re.compile(r"\bwgs[\s-]*(?:19)?84")
_EPSG_WORDS: Final = re.compile(r"\bepsg\W{0,4}(\d{4,5})\b")
_UTM: Final = re.compile(r"\butm[\s:-]*(?:zone|mui)?[\s:-]*48\s*n?\b")
_MERIDIAN: Final = re.compile(
    r"\b(?:ktt|kinh tuyen(?: truc| trung uong| giua)?|central meridian|meridian)"
    r"(?: (?:dia phuong|cua tinh|tinh|la|bang|so))*[^\w·]{0,4}(?:ktt[^\w·]{0,3})?"
    r"(1[01]\d)(?:\s*(?:[°º*˚]|do\b|[od](?=\d))\s*|([-.,])|\s+)?(\d{1,4})?"
)
_WIDE: Final = re.compile(r"\b(?:mui(?: chieu)?|zone)\W{0,3}6\b|\butm\b")
#: Separates the searched texts, so that a quotation stays within one of them.
_BETWEEN: Final = "·"
_SHOWN_AROUND: Final = 30
_MINUTE_DIGITS: Final = 2
_SIXTY: Final = 60


@dataclass(frozen=True)
class SystemHint:
    """The probable system (None: ask the user), and a sentence with the evidence.

    `named`: the file names this system, or contradicts itself; otherwise the system is a usual one, or unknown.
    """

    system: AnySystem | None
    sentence: str
    named: bool = False


def detect_system_in_texts(texts: Iterable[str], *, angles: bool, declared: Declared | None = None) -> SystemHint:
    """System by title, headers and declaration. `angles`: positions are latitude and longitude in degrees."""
    if declared is not None and (declared.epsg is not None or declared.source == "prj"):
        hint = _declared_hint(declared)
        if hint is not None:
            return hint
    statements = [declared.text] if declared is not None else []
    words = f" {_BETWEEN} ".join([*statements, *(text for text in texts if text)])
    try:
        words = normalise(words)
        folded = fold(words).replace("_", " ")
    except TextRefused:
        words = folded = ""
    return _search_text(folded, words if len(words) == len(folded) else folded, angles=angles)


def _declared_hint(declared: Declared) -> SystemHint | None:
    """System by a declared code or definition; None for a definition that only its text may explain."""
    code = f"EPSG:{declared.epsg}" if declared.epsg else name_of(declared.text)
    try:
        system = system_of(DECLARED, declared)
    except UnknownSystem:
        if declared.epsg is None and _VN2000.search(declared.text.replace("_", " ").lower()):
            return None
        sentence = _("Tệp khai hệ tọa độ %(code)s; không có phép chuyển đã công bố từ hệ này sang WGS 84.", code=code)
        return SystemHint(None, sentence, named=True)
    more = f" {system.sentence}" if isinstance(system, OtherSystem) else ""
    sentence = _("Tệp khai hệ tọa độ %(code)s: %(system)s.", code=code, system=system.label) + more
    return SystemHint(system, sentence, named=True)


def _search_text(folded: str, words: str, *, angles: bool) -> SystemHint:
    codes = {int(match[1]): match for match in _EPSG_WORDS.finditer(folded)}
    meridians = {_degrees(match): match for match in _MERIDIAN.finditer(folded)}
    vn2000, wgs84, utm = (pattern.search(folded) for pattern in (_VN2000, _WGS84, _UTM))
    disagree = len(meridians) > 1 or any(_contradicts(code, meridians) for code in codes)
    if len(codes) > 1 or (disagree and not angles):
        return _several(words, [*codes.values(), *meridians.values()])
    if codes:
        (code,) = codes
        return detect_system_in_texts((), angles=angles, declared=Declared(words, code, "words"))
    if angles:
        return _degrees_hint(words, vn2000, wgs84)
    meridian = next(iter(meridians.values()), None)
    if (vn2000 or meridian) and not (vn2000 and utm):
        return _plane_hint(folded, words, vn2000, meridian)
    system = System.WGS84 if not utm else System.VN2000_UTM_48N if vn2000 else System.WGS84_UTM_48N
    match = utm or wgs84
    if match:
        return _hint(system, words, match)
    return SystemHint(None, _("Tệp không ghi hệ tọa độ; hãy hỏi đơn vị lập tệp rồi chọn."))


def _contradicts(code: int, meridians: Iterable[Decimal]) -> bool:
    """Whether a zone by its code has another meridian than the texts state."""
    zone = _PLANES.get(code)
    return zone is not None and any(degrees != zone.central_meridian for degrees in meridians)


def _several(words: str, matches: Iterable[re.Match[str]]) -> SystemHint:
    shown = ", ".join(dict.fromkeys(f"“{_quoted(words, match)}”" for match in matches))
    sentence = _("Tệp ghi nhiều hệ tọa độ khác nhau: %(all)s; hãy chọn, hoặc tách tệp.", all=shown)
    return SystemHint(None, sentence, named=True)


def _degrees_hint(words: str, vn2000: re.Match[str] | None, wgs84: re.Match[str] | None) -> SystemHint:
    """Degrees are VN-2000 only where the file names it alone, since maps and receivers give WGS 84."""
    if wgs84:
        return _hint(System.WGS84, words, wgs84)
    if vn2000:
        return _hint(System.VN2000_GEOGRAPHIC, words, vn2000)
    return SystemHint(System.WGS84, _("Cột vĩ độ, kinh độ không kèm tên hệ; gợi ý WGS 84."))


def _plane_hint(folded: str, words: str, vn2000: re.Match[str] | None, meridian: re.Match[str] | None) -> SystemHint:
    """VN-2000 in metres: zone by the meridian, or that of the province."""
    if meridian is None:
        if vn2000 is not None and _WIDE.search(folded):
            return _hint(System.VN2000_UTM_48N, words, vn2000)
        quoted = _quoted(words, vn2000) if vn2000 is not None else ""
        sentence = _("Tệp ghi “%(words)s” mà không ghi kinh tuyến trục; gợi ý 105°00', múi 3° của tỉnh.", words=quoted)
        return SystemHint(System.VN2000, sentence)
    degrees = _degrees(meridian)
    if degrees == UTM_48N_VN2000.central_meridian and _WIDE.search(folded):
        return _hint(System.VN2000_UTM_48N, words, meridian)
    code = _BY_MERIDIAN.get(degrees)
    if code is None:
        sentence = _(
            "Tệp ghi kinh tuyến trục “%(words)s”, không có múi 3° nào như vậy; hãy chọn.",
            words=_quoted(words, meridian),
        )
        return SystemHint(None, sentence, named=True)
    return _hint(BY_EPSG[code], words, meridian)


def _degrees(match: re.Match[str]) -> Decimal:
    """Parse 105°45', 104-45, 105.75, and 104.45 (no zone has that decimal, so .45 is minutes)."""
    whole, mark, digits = match.groups()
    if not digits:
        return Decimal(whole)
    decimal = Decimal(f"{whole}.{digits}")
    if mark in (".", ",") and decimal in _BY_MERIDIAN:
        return decimal
    minutes = int(digits) if len(digits) <= _MINUTE_DIGITS else _SIXTY
    return int(whole) + Decimal(minutes) / _SIXTY if minutes < _SIXTY else decimal


def statements_in(text: str) -> frozenset[str]:
    """What a text states on a coordinate system, normalised; empty where it states nothing."""
    try:
        folded = fold(text).replace("_", " ")
    except TextRefused:
        return frozenset()
    patterns = (_VN2000, _WGS84, _EPSG_WORDS, _UTM, _MERIDIAN)
    return frozenset(match[0].strip() for pattern in patterns for match in pattern.finditer(folded))


def _hint(system: System, words: str, match: re.Match[str]) -> SystemHint:
    sentence = _("Tệp ghi “%(words)s”: %(system)s.", words=_quoted(words, match), system=system.label)
    return SystemHint(system, sentence, named=True)


def _quoted(words: str, match: re.Match[str]) -> str:
    """A statement with the whole words around it, within its text."""
    cell_start = words.rfind(_BETWEEN, 0, match.start()) + 1
    cell_end = words.find(_BETWEEN, match.end())
    start = max(cell_start, match.start() - _SHOWN_AROUND)
    cell_end = len(words) if cell_end < 0 else cell_end
    end = min(cell_end, match.end() + _SHOWN_AROUND)
    if start > cell_start and not words[start - 1].isspace():
        start = next((at + 1 for at in range(start, match.start()) if words[at].isspace()), match.start())
    if end < cell_end and not words[end].isspace():
        end = next((at for at in range(end - 1, match.end() - 1, -1) if words[at].isspace()), match.end())
    return words[start:end].strip()


# --- swapped columns ----------------------------------------------------------------------------------------------
#: Pairs of fields that are often swapped.
PAIRS: Final = (
    *(("x", "y"), ("latitude", "longitude")),
    *(("x_end", "y_end"), ("latitude_end", "longitude_end")),
)
_HALF_TURN: Final = 180
_LEAST_EASTING_M: Final = 100_000
_MOST_NORTHING_M: Final = 10_000_000

Range = tuple[Decimal, Decimal]


def ranges_swapped(first: Range, second: Range, *, degrees: bool) -> bool:
    """Whether two columns (minimum, maximum), X and Y or latitude and longitude, lie in each other's range."""
    if degrees:
        here = first[0] > LONGITUDE_ABOVE and -LATITUDE_BELOW < second[0] <= second[1] < LATITUDE_BELOW
        # In other countries only latitudes beyond the inhabited range prove it.
        beyond = first[0] > MAX_LATITUDE or first[1] < MIN_LATITUDE
        sound = MIN_LATITUDE <= second[0] <= second[1] <= MAX_LATITUDE and max(map(abs, first)) <= _HALF_TURN
        return here or (beyond and sound)
    return _LEAST_EASTING_M < first[0] <= first[1] < MIN_NORTHING_M <= second[0] <= second[1] < _MOST_NORTHING_M


def swap_offered(header: tuple[str, ...], rows: Iterable[tuple[str, ...]], mapping: Mapping[str, str]) -> str:
    """Sentence that offers to swap two coordinate columns; "" unless every readable row supports it."""
    rows = list(rows)
    for names in PAIRS:
        words = [mapping[name] for name in names if mapping.get(name) in header]
        if len(words) == len(names) and _are_swapped(rows, [header.index(word) for word in words], names):
            return _(
                "Mọi giá trị của cột “%(first)s” và “%(second)s” nằm trong khoảng của nhau; hai cột có thể đã đổi chỗ.",
                first=words[0],
                second=words[1],
            )
    return ""


def swap_coordinates(mapping: Mapping[str, str]) -> dict[str, str]:
    """The mapping with the coordinate columns swapped."""
    swapped = dict(mapping)
    for first, second in PAIRS:
        if first in mapping and second in mapping:
            swapped[first], swapped[second] = mapping[second], mapping[first]
    return swapped


def _are_swapped(rows: list[tuple[str, ...]], at: list[int], names: tuple[str, str]) -> bool:
    """X and Y are tried as metres first: a file may also give degrees under these names."""
    return any(
        ranges_swapped(*ranges, degrees=degrees)
        for degrees in ((True,) if names[0].startswith("latitude") else (False, True))
        if (ranges := _ranges(rows, at, degrees=degrees))
    )


def _ranges(rows: list[tuple[str, ...]], at: list[int], *, degrees: bool) -> tuple[Range, Range] | None:
    """Minimum and maximum of both columns over the rows in which both are readable."""
    numbers = []
    for cells in rows:
        try:
            first, second = (_number(cells[index], degrees=degrees) for index in at)
        except (NumberRefused, AngleRefused):
            continue
        numbers.append((first, second))
    if not numbers:
        return None
    eastings, other = zip(*numbers, strict=True)
    return (min(eastings), max(eastings)), (min(other), max(other))


def _number(text: str, *, degrees: bool) -> Decimal:
    return read_angle(text).degrees if degrees else parse_decimal(text)
