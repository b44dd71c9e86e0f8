"""Which column holds which field, in which coordinate system: what is suggested, and what is not enough."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

from registry.imports.targets import targets_of
from registry.kernel.db.base import Choice
from registry.kernel.i18n import _, _l
from registry.kernel.text import TextRefused, fold
from registry.structures.codes import PositionMethod, SharingStatus, Status

_VN2000: Final = re.compile(r"vn\s*-?\s*2000")
_WGS84: Final = re.compile(r"wgs\s*-?\s*84")
#: What a file may leave out altogether, and what is then recorded for every row; said on the preview.
DEFAULTS: Final[Mapping[str, Any]] = {
    "status": Status.ACTIVE,
    "sharing_status": SharingStatus.NOT_ASSESSED,
    "position_method": PositionMethod.UNKNOWN,
    "is_public_asset": False,
}


class System(Choice):
    """Coordinate systems of files."""

    VN2000 = "vn2000", _l("VN-2000, kinh tuyến trục 105°00', múi 3° (X là Bắc, Y là Đông)")
    WGS84 = "wgs84", _l("WGS 84 (vĩ độ, kinh độ)")


@dataclass(frozen=True)
class Plan:
    """How a file is to be read: field -> header, coordinate system, and whether places outside the province count."""

    kind: str
    mapping: Mapping[str, str]
    system: System
    outside_area: bool = False

    @property
    def crs(self) -> Literal["vn2000", "wgs84"]:
        """The system as the parser of positions calls it."""
        return cast("Literal['vn2000', 'wgs84']", self.system.value)

    def header_of(self, field: str) -> str:
        """The column that holds a field, as the file calls it; the field's own name where no column does."""
        target = targets_of(self.kind).get(field)
        return self.mapping.get(field) or (str(target.label) if target else field)


def suggest_system(title: str, header: Sequence[str], mapping: Mapping[str, str]) -> System | None:
    """The coordinate system that the words of the file name, or that latitude and longitude imply; None if unsaid."""
    try:
        words = fold(" ".join((title, *header)))
    except TextRefused:
        words = ""
    if "latitude" in mapping or "geometry" in mapping.values():
        return System.WGS84
    if _VN2000.search(words):
        return System.VN2000
    return System.WGS84 if _WGS84.search(words) else None


def mapping_problems(
    kind: str, header: Sequence[str], mapping: Mapping[str, str], system: System | None
) -> dict[str, str]:
    """Why a mapping cannot be used, by field; everything at once."""
    targets = targets_of(kind)
    found: dict[str, str] = {}
    for name, word in mapping.items():
        if name not in targets:
            found[name] = _("Không có trường «%(name)s»; cần một trong: %(all)s.", name=name, all=", ".join(targets))
        elif word not in header:
            found[name] = _("Tệp không có cột «%(word)s»; các cột có: %(all)s.", word=word, all=", ".join(header))
    found |= _missing_fields(kind, mapping)
    found |= _position_problems(mapping, system)
    return found


def _missing_fields(kind: str, mapping: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name, target in targets_of(kind).items():
        required = target.declared is not None and target.declared.required
        if not required or name in mapping or name in DEFAULTS or (name == "name" and "own_code" in mapping):
            continue
        found[name] = _("Chưa chọn cột cho trường bắt buộc «%(label)s».", label=target.label)
    return found


def _position_problems(mapping: Mapping[str, str], system: System | None) -> dict[str, str]:
    plane, angles, single = (
        {"x", "y"} <= mapping.keys(),
        {"latitude", "longitude"} <= mapping.keys(),
        "position" in mapping,
    )
    if plane + angles + single != 1:
        return {
            "position": _(
                "Cần đúng một cách ghi tọa độ: hai cột X và Y, hai cột vĩ độ và kinh độ, hoặc một cột tọa độ."
            )
        }
    if system is None:
        return {"system": _("Chưa chọn hệ tọa độ của tệp; cần vn2000 hoặc wgs84.")}
    if angles and system is System.VN2000:
        return {"system": _("Vĩ độ và kinh độ thuộc hệ WGS 84; hãy chọn lại hệ tọa độ.")}
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
