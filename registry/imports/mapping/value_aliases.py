"""Value aliases of closed lists, in addition to codes and labels."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from registry.kernel.db.base import Choice
from registry.kernel.i18n import LANGUAGES, in_language
from registry.kernel.text import TextRefused, fold
from registry.structures.codes import Condition, PositionMethod, SharingStatus, Status
from registry.structures.kinds.antenna_tower.codes import MastForm, Mount
from registry.structures.kinds.cable_duct.codes import DuctMaterial
from registry.structures.kinds.cable_pole.codes import PoleMaterial, PoleRole
from registry.structures.kinds.cable_route.codes import CableKind, Laying
from registry.structures.kinds.manhole.codes import LidMaterial

#: "No capacity left"; the number of users determines which of two statuses is meant.
FULL_ALIASES: Final = frozenset({"het kha nang", "het kha nang dung chung", "het cho", "day"})
#: Maximum number of used slots of an exclusive structure.
EXCLUSIVE_USERS: Final = 1
CHOICE_ALIASES: Final[Mapping[str, Mapping[str, Any]]] = {
    "status": {
        "dang hoat dong": Status.ACTIVE,
        "hoat dong": Status.ACTIVE,
        "dang su dung": Status.ACTIVE,
        "dang van hanh": Status.ACTIVE,
        "da phat song": Status.ACTIVE,
        "operational": Status.ACTIVE,
        "in service": Status.ACTIVE,
        "dang xay": Status.BUILDING,
        "dang thi cong": Status.BUILDING,
        "underconstruction": Status.BUILDING,
        "under construction": Status.BUILDING,
        "ngung hoat dong": Status.SUSPENDED,
        "tam ngung hoat dong": Status.SUSPENDED,
        "inactive": Status.SUSPENDED,
        "khong su dung": Status.DECOMMISSIONED,
        "thao do": Status.REMOVED,
        "da thao": Status.REMOVED,
        "chua xay dung": Status.PLANNED,
        "quy hoach": Status.PLANNED,
        "proposed": Status.PLANNED,
    },
    "sharing_status": {
        "con kha nang": SharingStatus.AVAILABLE,
        "co kha nang dung chung": SharingStatus.AVAILABLE,
        "con cho": SharingStatus.AVAILABLE,
        "dang dung chung": SharingStatus.SHARED_AVAILABLE,
        "dung chung con cho": SharingStatus.SHARED_AVAILABLE,
        "dung chung het cho": SharingStatus.SHARED_FULL,
        "dung rieng": SharingStatus.EXCLUSIVE_FULL,
        "khong du dieu kien dung chung": SharingStatus.NOT_SHAREABLE,
        "khong the dung chung": SharingStatus.NOT_SHAREABLE,
        "chua ro": SharingStatus.NOT_ASSESSED,
        "chua khao sat": SharingStatus.NOT_ASSESSED,
    },
    "condition": {
        "binh thuong": Condition.FAIR,
        "kha": Condition.FAIR,
        "con tot": Condition.GOOD,
        "hong nhe": Condition.DEGRADED,
        "xuong cap nhe": Condition.DEGRADED,
        "hu hong": Condition.DANGEROUS,
        "hong nang": Condition.DANGEROUS,
    },
    "position_method": {
        "do dac": PositionMethod.SURVEY,
        "rtk": PositionMethod.SURVEY,
        "toan dac": PositionMethod.SURVEY,
        "gps cam tay": PositionMethod.GPS,
        "dien thoai": PositionMethod.GPS,
        "ban do": PositionMethod.MAP,
        "google maps": PositionMethod.MAP,
        "ban ve": PositionMethod.DRAWING,
        "ho so": PositionMethod.DRAWING,
    },
    "mast_form": {
        "cot tu dung": MastForm.SELF_SUPPORTING,
        "cot day co": MastForm.GUYED,
        "don than": MastForm.MONOPOLE,
        "cot don than": MastForm.MONOPOLE,
        "nguy trang": MastForm.DISGUISED,
        "cot nguy trang": MastForm.DISGUISED,
    },
    "mount": {
        "mat dat": Mount.GROUND,
        "duoi dat": Mount.GROUND,
        "ground": Mount.GROUND,
        "mai nha": Mount.ROOF,
        "tren mai": Mount.ROOF,
        "tren mai nha": Mount.ROOF,
        "rooftop": Mount.ROOF,
    },
    "material": {
        "be tong": PoleMaterial.CONCRETE,
        "btlt": PoleMaterial.CONCRETE,
        "bt": PoleMaterial.CONCRETE,
        "cot be tong": PoleMaterial.CONCRETE,
        "be tong vuong": PoleMaterial.CONCRETE,
        "sat": PoleMaterial.STEEL,
        "thep ma kem": PoleMaterial.STEEL,
        "cot thep": PoleMaterial.STEEL,
        "wooden": PoleMaterial.WOOD,
    },
    "pole_role": {
        "thang": PoleRole.STRAIGHT,
        "goc": PoleRole.CORNER,
        "vuot duong": PoleRole.CROSSING,
        "cuoi": PoleRole.END,
        "nga ba": PoleRole.CORNER,
    },
    "duct_material": {
        "nhua pvc": DuctMaterial.PVC,
        "upvc": DuctMaterial.PVC,
        "nhua hdpe": DuctMaterial.HDPE,
        "ong hdpe": DuctMaterial.HDPE,
        "sat": DuctMaterial.STEEL,
        "thep ma kem": DuctMaterial.STEEL,
        "bt": DuctMaterial.CONCRETE,
    },
    "cable_kind": {
        "quang": CableKind.FIBRE,
        "soi quang": CableKind.FIBRE,
        "fiber": CableKind.FIBRE,
        "dong": CableKind.COPPER,
        "dong truc": CableKind.COAXIAL,
    },
    # "aboveground" and "belowground" come from the Open Fibre Data Standard.
    "laying": {
        "treo": Laying.AERIAL,
        "cap treo": Laying.AERIAL,
        "aboveground": Laying.AERIAL,
        "ngam": Laying.UNDERGROUND,
        "cap ngam": Laying.UNDERGROUND,
        "belowground": Laying.UNDERGROUND,
        "aboveground; belowground": Laying.MIXED,
        "belowground; aboveground": Laying.MIXED,
    },
    "lid_material": {
        "nap gang": LidMaterial.CAST_IRON,
        "nap be tong": LidMaterial.CONCRETE,
        "nap thep": LidMaterial.STEEL,
    },
}
#: Prefixes of a code without a meaning of their own: "Loại A2b".
_BEFORE: Final = ("loai cot ", "loai ", "cot ", "hang ")


def is_full(word: str) -> bool:
    """Whether a sharing status says only that no capacity is left."""
    return _key(word) in FULL_ALIASES


def full_status(used: int | None) -> SharingStatus:
    return SharingStatus.EXCLUSIVE_FULL if (used or 0) <= EXCLUSIVE_USERS else SharingStatus.SHARED_FULL


def choice_of(field: str, word: str) -> Any:
    return CHOICE_ALIASES.get(field, {}).get(_key(word))


def member_of(field: str, choices: type[Choice], word: str) -> Any:
    """Member of a closed list by code, label in any language, alias, or prefixed code ("Loại A2b"); None if unknown.

    The part of a label before a colon counts as well ("A2b: cồng kềnh trên mặt đất").
    """
    key = _key(word)
    known = _members(choices)
    for wanted in (key, *(key.removeprefix(start) for start in _BEFORE if key.startswith(start))):
        if wanted in known:
            return known[wanted]
        meant = CHOICE_ALIASES.get(field, {}).get(wanted)
        if meant is not None and meant in choices:
            return meant
    return None


@cache
def _members(choices: type[Choice]) -> dict[str, Any]:
    """Code or label -> member; labels in all languages, since lists are exported in the language of the user."""
    found = {_key(member.value): member for member in choices}
    for language in LANGUAGES:
        labels = {member: _key(in_language(member.label, language)) for member in choices}
        for member, label in labels.items():
            found.setdefault(label, member)
            found.setdefault(label.partition(":")[0], member)
    return found


def _key(word: str) -> str:
    try:
        return fold(word)
    except TextRefused:
        return ""
