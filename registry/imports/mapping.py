"""Which column holds which field, in which coordinate system: what is suggested, and what is not enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from registry.imports.reading.protocol import Declared
from registry.imports.systems import System, SystemHint, system_hint
from registry.imports.targets import POSITION_TARGETS, targets_of
from registry.kernel.db.base import Choice
from registry.kernel.geo.vn2000 import ZONE_105, Zone
from registry.kernel.i18n import _
from registry.structures.codes import PositionMethod, SharingStatus, Status
from registry.structures.kinds import KINDS

#: Formats whose own standards fix the system of their geometries.
_WGS84_FORMATS: Final = ("geojson", "kml", "kmz")
#: What a file may leave out altogether, and what is then recorded for every row; said on the preview.
DEFAULTS: Final[Mapping[str, Any]] = {
    "status": Status.ACTIVE,
    "sharing_status": SharingStatus.NOT_ASSESSED,
    "position_method": PositionMethod.UNKNOWN,
    "is_public_asset": False,
}


@dataclass(frozen=True)
class Plan:
    """How a file is to be read: field -> header, coordinate system, and whether places outside the province count."""

    kind: str
    mapping: Mapping[str, str]
    system: System
    outside_area: bool = False

    @property
    def crs(self) -> Literal["vn2000", "wgs84"]:
        """Metres or degrees, as the parser of positions calls them."""
        return "wgs84" if self.system.is_geographic else "vn2000"

    @property
    def zone(self) -> Zone:
        """The plane zone of metres; that of the province where the file has degrees."""
        return self.system.zone or ZONE_105

    def header_of(self, field: str) -> str:
        """The column that holds a field, as the file calls it; the field's own name where no column does."""
        target = targets_of(self.kind).get(field)
        return self.mapping.get(field) or (str(target.label) if target else field)


def suggest_system(
    title: str,
    header: Sequence[str],
    mapping: Mapping[str, str],
    *,
    declared: Declared | None = None,
    file_format: str = "",
) -> System | None:
    """The coordinate system that the file names, or that latitude and longitude imply; None if unsaid: then ask."""
    return hint_of(title, header, mapping, declared=declared, file_format=file_format).system


def hint_of(
    title: str,
    header: Sequence[str],
    mapping: Mapping[str, str],
    *,
    declared: Declared | None = None,
    file_format: str = "",
) -> SystemHint:
    """As `suggest_system`, with the sentence that shows which words of the file say so."""
    if mapping.keys().isdisjoint(POSITION_TARGETS) and declared is None and file_format in _WGS84_FORMATS:
        return SystemHint(System.WGS84, _("Định dạng %(name)s theo hệ WGS 84.", name=file_format.upper()))
    angles = "latitude" in mapping or "geometry" in mapping.values()
    return system_hint((title, *header), angles=angles, declared=declared)


def mapping_problems(
    kind: str,
    header: Sequence[str],
    mapping: Mapping[str, str],
    system: System | None,
    *,
    geometry_type: str | None = None,
) -> dict[str, str]:
    """Why a mapping cannot be used, by field; everything at once. `geometry_type`: rows bring their own geometry,
    which is taken where no column of coordinates is chosen."""
    targets = targets_of(kind)
    found: dict[str, str] = {}
    for name, word in mapping.items():
        if name not in targets:
            found[name] = _("Không có trường «%(name)s»; cần một trong: %(all)s.", name=name, all=", ".join(targets))
        elif word not in header:
            found[name] = _("Tệp không có cột «%(word)s»; các cột có: %(all)s.", word=word, all=", ".join(header))
    found |= _missing_fields(kind, mapping)
    # Where a row says what carries it, its line can be drawn through that.
    drawn = any(relation.name in mapping for relation in KINDS[kind].relations)
    found |= _position_problems(mapping, system, geometry_type or ("LineString" if drawn else None))
    return found


def _missing_fields(kind: str, mapping: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name, target in targets_of(kind).items():
        required = target.declared is not None and target.declared.required
        if not required or name in mapping or name in DEFAULTS or (name == "name" and "own_code" in mapping):
            continue
        found[name] = _("Chưa chọn cột cho trường bắt buộc «%(label)s».", label=target.label)
    return found


def _position_problems(mapping: Mapping[str, str], system: System | None, geometry_type: str | None) -> dict[str, str]:
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


def default_notes(kind: str, mapping: Mapping[str, str]) -> list[str]:
    """What is recorded for every row because the file does not say it."""
    targets = targets_of(kind)
    notes = [
        _("Tệp không có cột «%(label)s»: mọi dòng được ghi là «%(value)s».", label=targets[name].label, value=shown)
        for name, shown in (
            (name, value.label if isinstance(value, Choice) else _("Không")) for name, value in DEFAULTS.items()
        )
        if name not in mapping
    ]
    if "name" not in mapping:
        notes.append(_("Tệp không có cột tên: tên công trình được đặt theo loại và mã của chủ sở hữu."))
    return notes
