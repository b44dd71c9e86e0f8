"""Plan of an import: mapping of columns, constants, coordinate system; problems and notes of a mapping."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal

from registry.imports.mapping.aliases import is_full, member_of
from registry.imports.mapping.coordinate_systems import (
    AnySystem,
    OtherSystem,
    System,
    SystemHint,
    detect_system_in_texts,
)
from registry.imports.mapping.fields import ANGLES, END_OF, POSITION_FIELDS, ImportField, import_fields
from registry.imports.reading.heading import plain_key
from registry.imports.reading.protocol import Declared
from registry.kernel.db.base import Choice
from registry.kernel.fields import Field, ValueRefused, parse_value
from registry.kernel.geo.coordinates import Pair, ParsedPosition, parse_converted, parse_position
from registry.kernel.geo.readings import Bounds
from registry.kernel.geo.vn2000 import ZONE_105, Zone
from registry.kernel.i18n import _
from registry.structures.codes import PositionMethod, SharingStatus, Status
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import YEAR_ONLY, year_flag_of

#: Fields of files that may be constant.
_OF_FILES: Final = (
    *("commune", "district", "capacity_total", "capacity_used"),
    *("capacity_height_m", "capacity_diameter_mm", "capacity_level", "holder"),
)
#: Identifying fields, never constant.
_OF_ONE: Final = ("own_code",)


def constant_fields(kind: str) -> dict[str, ImportField]:
    """Fields that may have a constant: declared fields except the own code, communes, capacity."""
    declared = KINDS[kind].fields()
    return {
        name: target
        for name, target in import_fields(kind).items()
        if name in _OF_FILES or (name in declared and name not in _OF_ONE)
    }


def constant_problems(kind: str, constants: Mapping[str, str], mapping: Mapping[str, str]) -> dict[str, str]:
    """Problems of constants, by field."""
    fields = constant_fields(kind)
    problems = {}
    for name, text in constants.items():
        if name not in fields:
            problems[name] = _(
                "Không ghi chung được trường “%(name)s” cho mọi dòng; cần một trong: %(all)s.",
                name=name,
                all=", ".join(fields),
            )
        elif name in mapping:
            problems[name] = _(
                "Trường “%(label)s” vừa lấy từ cột “%(word)s” vừa ghi chung “%(value)s”; hãy bỏ một trong hai.",
                label=fields[name].label,
                word=mapping[name],
                value=text,
            )
        elif (declared := fields[name].declared) is not None and (reason := _refusal(kind, declared, text)):
            problems[name] = reason
    return problems


def _refusal(kind: str, field: Field, text: str) -> str:
    """Reason why a text is no valid constant; "" where it is valid."""
    if not text.strip():
        return _("Chưa nhập giá trị chung của “%(label)s”; cần một giá trị.", label=field.label)
    if field.choices is not None and member_of(field.name, field.choices, text) is not None:
        return ""
    if field.name == "sharing_status" and is_full(text):
        return ""
    if year_flag_of(field, KINDS[kind].fields()) is not None and YEAR_ONLY.fullmatch(text):
        return ""
    try:
        parse_value(field, text)
    except ValueRefused as refused:
        return str(refused)
    return ""


# --- plan and mapping ---------------------------------------------------------------------------------------------
#: Formats whose standard requires WGS 84.
_WGS84_FORMATS: Final = ("geojson", "kml", "kmz")
_NUMBERS: Final = re.compile(r"-?\d+(?:[.,]\d+)?")
_HALF_TURN: Final = 180
#: Normalised headers of a northing.
NORTH: Final = re.compile(r"\b(?:bac|north|northing|n)\b")
#: Defaults of fields that a file may lack; shown in the preview.
DEFAULTS: Final[Mapping[str, Any]] = {
    "status": Status.ACTIVE,
    "sharing_status": SharingStatus.NOT_ASSESSED,
    "position_method": PositionMethod.UNKNOWN,
    "is_public_asset": False,
}


_PLANE: Final = ("x", "y", END_OF["x"], END_OF["y"])
#: Fields of each form of a position.
POSITION_FIELD_SETS: Final = (
    _PLANE,
    ("position",),
    tuple(name for name in POSITION_FIELDS if name not in (*_PLANE, "position")),
)


@dataclass(frozen=True)
class Plan:
    """Mapping (field -> header), coordinate system, constants (field -> text), and whether the province may be left."""

    kind: str
    mapping: Mapping[str, str]
    system: AnySystem
    outside_area: bool = False
    constants: Mapping[str, str] = field(default_factory=dict)

    @property
    def crs(self) -> Literal["vn2000", "wgs84"]:
        return "wgs84" if self.system.is_geographic else "vn2000"

    @property
    def zone(self) -> Zone:
        """Zone of metres; that of the province for degrees."""
        return self.system.zone or ZONE_105

    def parse(self, text: str | Pair, bounds: Bounds | None) -> ParsedPosition:
        """Parse a position in the system of the file; raises PositionRefused."""
        if isinstance(self.system, OtherSystem):
            conversion = self.system.conversion
            return parse_converted(text, conversion, bounds=bounds, east_first=self.east_first)
        return parse_position(text, self.crs, bounds=bounds, zone=self.zone)

    @property
    def east_first(self) -> bool:
        """Whether X is the easting: true outside the predefined zones, unless the header of X says north."""
        return isinstance(self.system, OtherSystem) and not NORTH.search(plain_key(self.mapping.get("x", "")))

    def header_of(self, field: str) -> str:
        """Header of the column of a field; the label of the field where it has no column."""
        target = import_fields(self.kind).get(field)
        return self.mapping.get(field) or (str(target.label) if target else field)


def detect_system(
    title: str,
    header: Sequence[str],
    mapping: Mapping[str, str],
    *,
    declared: Declared | None = None,
    file_format: str = "",
    statements: Sequence[str] = (),
    elsewhere: Sequence[str] = (),
    degrees: bool = False,
) -> SystemHint:
    """Coordinate system named by the file, with the evidence.

    `statements` are cells that name a system; texts `elsewhere` (other sheets, names of file and sheet) count where
    the table itself names none. `degrees`: positions in one cell, or geometries, are degrees.
    """
    if mapping.keys().isdisjoint(POSITION_FIELDS) and declared is None and file_format in _WGS84_FORMATS:
        return SystemHint(System.WGS84, _("Định dạng %(name)s theo hệ WGS 84.", name=file_format.upper()))
    pairs = mapping.keys() & {"x", "y", *ANGLES}
    angles = "latitude" in mapping or "geometry" in mapping.values() or (degrees and not pairs)
    own = (title, *header, *statements)
    hint = detect_system_in_texts(own, angles=angles, declared=declared)
    if hint.named or not elsewhere:
        return hint
    wider = detect_system_in_texts((*own, *elsewhere), angles=angles, declared=declared)
    return wider if wider.named else hint


def are_degrees(texts: Iterable[str]) -> bool:
    """Whether all positions in one cell, or geometries, are degrees; False where there are none."""
    numbers = [_NUMBERS.findall(text)[:2] for text in texts if text.strip()]
    read = [[float(number.replace(",", ".")) for number in pair] for pair in numbers if len(pair) > 1]
    return bool(read) and all(abs(number) <= _HALF_TURN for pair in read for number in pair)


def mapping_problems(
    kind: str,
    header: Sequence[str],
    mapping: Mapping[str, str],
    system: AnySystem | None,
    *,
    geometry_type: str | None = None,
    constants: Mapping[str, str] = MappingProxyType({}),
    empty: Collection[str] = (),
    rivals: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> dict[str, str]:
    """All problems of a mapping, by field.

    `geometry_type`: rows have geometries, used where no coordinate column is mapped. `empty` columns count as missing;
    `rivals` are competing columns of a field.
    """
    targets = import_fields(kind)
    problems: dict[str, str] = {}
    for name, word in mapping.items():
        if name not in targets:
            problems[name] = _("Không có trường “%(name)s”; cần một trong: %(all)s.", name=name, all=", ".join(targets))
        elif word not in header:
            problems[name] = _("Tệp không có cột “%(word)s”; các cột có: %(all)s.", word=word, all=", ".join(header))
    filled = drop_empty_columns(mapping, empty)
    problems |= {
        name: text
        for name, text in _missing_fields(kind, mapping, filled, constants, rivals).items()
        if name not in problems
    }
    problems |= constant_problems(kind, constants, mapping)
    # A line can be drawn through the members of the row, or between the structures at its ends.
    drawn = any(each.name in filled for relation in KINDS[kind].relations for each in relation.columns)
    drawn = drawn or bool(KINDS[kind].junction and KINDS[kind].references <= filled.keys())
    problems |= _position_problems(filled, system, geometry_type or ("LineString" if drawn else None))
    return problems


def merge_columns(
    suggested: Mapping[str, str], stated: Mapping[str, str], *, left_out: Collection[str] = ()
) -> dict[str, str]:
    """Suggested columns overridden by given ones; only one form of position is kept."""
    kept = {name: word for name, word in suggested.items() if name not in left_out and word not in stated.values()}
    named = [name for name in stated if name in POSITION_FIELDS]
    if named:
        way = next(way for way in POSITION_FIELD_SETS if named[0] in way)
        kept = {name: word for name, word in kept.items() if name not in POSITION_FIELDS or name in way}
    return kept | dict(stated)


def drop_empty_columns(mapping: Mapping[str, str], empty: Collection[str]) -> dict[str, str]:
    return {name: word for name, word in mapping.items() if word not in empty}


def undecided_fields(rivals: Mapping[str, Sequence[str]], decided: Collection[str], kind: str) -> dict[str, str]:
    """Fields with competing columns and no decision, each with the question."""
    targets = import_fields(kind)
    return {
        name: _choose_column_message(targets[name].label, words)
        for name, words in rivals.items()
        if name not in decided
    }


def _choose_column_message(label: Any, words: Sequence[str]) -> str:
    return _(
        "Nhiều cột cùng khớp trường “%(label)s”: %(words)s; hãy chọn một cột, hoặc bỏ qua cả.",
        label=label,
        words=", ".join(f"“{word}”" for word in words),
    )


def _missing_fields(
    kind: str,
    mapping: Mapping[str, str],
    filled: Mapping[str, str],
    constants: Mapping[str, str],
    rivals: Mapping[str, Sequence[str]],
) -> dict[str, str]:
    missing_fields = {}
    for name, target in import_fields(kind).items():
        required = target.declared is not None and target.declared.required
        stated = name in filled or name in constants or name in DEFAULTS
        if not required or stated or (name == "name" and "own_code" in filled):
            continue
        if name in rivals:
            missing_fields[name] = _choose_column_message(target.label, rivals[name])
        elif name in mapping:
            missing_fields[name] = _(
                "Cột “%(word)s” trống ở mọi dòng, được coi là không có: chưa có trường bắt buộc “%(label)s”.",
                word=mapping[name],
                label=target.label,
            )
        else:
            missing_fields[name] = _("Chưa chọn cột cho trường bắt buộc “%(label)s”.", label=target.label)
    return missing_fields


def _position_problems(
    mapping: Mapping[str, str], system: AnySystem | None, geometry_type: str | None
) -> dict[str, str]:
    plane, angles, single = (
        {"x", "y"} <= mapping.keys(),
        {"latitude", "longitude"} <= mapping.keys(),
        "position" in mapping,
    )
    ways = plane + angles + single
    if ways > 1 or (ways == 0 and geometry_type is None):
        return {
            "position": _(
                "Cần đúng một cách ghi tọa độ: hai cột X và Y, hai cột vĩ độ và kinh độ, hoặc một cột tọa độ."
            )
        }
    if system is None:
        return {"system": _("Chưa chọn hệ tọa độ của tệp; hãy chọn trong danh sách.")}
    if angles and not system.is_geographic:
        return {"system": _("Vĩ độ và kinh độ thuộc hệ tính bằng độ; hãy chọn lại hệ tọa độ.")}
    return {}


def default_notes(kind: str, stated: Collection[str]) -> list[str]:
    """Notes on defaults; `stated` are the fields of the file."""
    targets = import_fields(kind)
    notes = [
        _(
            "Tệp không có cột “%(label)s”: mọi dòng được ghi là “%(value_label)s”.",
            label=targets[name].label,
            value_label=shown,
        )
        for name, shown in (
            (name, value.label if isinstance(value, Choice) else _("Không")) for name, value in DEFAULTS.items()
        )
        if name not in stated
    ]
    if "name" not in stated:
        notes.append(_("Tệp không có cột tên: tên công trình được đặt theo loại và mã của chủ sở hữu."))
    return notes


def file_notes(
    kind: str, mapping: Mapping[str, str], constants: Mapping[str, str], empty: Collection[str]
) -> list[str]:
    """Notes on constants and empty columns."""
    targets = import_fields(kind)
    notes = [
        _("Mọi dòng: “%(label)s” là “%(value)s”.", label=targets[name].label, value=value)
        for name, value in constants.items()
    ]
    hollow = [f"“{word}”" for word in mapping.values() if word in empty]
    if hollow:
        notes.append(_("Cột trống ở mọi dòng, được coi là không có trong tệp: %(words)s.", words=", ".join(hollow)))
    return notes
