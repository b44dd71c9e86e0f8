"""Words of operators' own files for the closed lists of the register, beside the codes and labels themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from registry.kernel.text import TextRefused, fold
from registry.structures.codes import Condition, SharingStatus, Status
from registry.structures.kinds.cable_pole.codes import PoleMaterial

#: Says that no place is left; how many use it tells which of the two statuses that is.
FULL_WORDS: Final = frozenset({"het kha nang", "het kha nang dung chung", "het cho", "day"})
#: At most so many places in use make a full structure an exclusive one.
EXCLUSIVE_USERS: Final = 1
CHOICE_WORDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "status": {
        "dang hoat dong": Status.ACTIVE,
        "hoat dong": Status.ACTIVE,
        "dang su dung": Status.ACTIVE,
        "ngung hoat dong": Status.SUSPENDED,
        "thao do": Status.REMOVED,
        "chua xay dung": Status.PLANNED,
    },
    "sharing_status": {
        "con kha nang": SharingStatus.AVAILABLE,
        "co kha nang dung chung": SharingStatus.AVAILABLE,
        "dang dung chung": SharingStatus.SHARED_AVAILABLE,
        "chua ro": SharingStatus.NOT_ASSESSED,
    },
    "condition": {"binh thuong": Condition.FAIR, "kha": Condition.FAIR, "hu hong": Condition.DANGEROUS},
    "material": {
        "be tong": PoleMaterial.CONCRETE,
        "btlt": PoleMaterial.CONCRETE,
        "bt": PoleMaterial.CONCRETE,
        "sat": PoleMaterial.STEEL,
        "thep ma kem": PoleMaterial.STEEL,
    },
}


def is_full(word: str) -> bool:
    """Whether a sharing status says only that nothing is left."""
    return _key(word) in FULL_WORDS


def full_status(used: int | None) -> SharingStatus:
    """The status of a structure without free places, by how many places are in use."""
    return SharingStatus.EXCLUSIVE_FULL if (used or 0) <= EXCLUSIVE_USERS else SharingStatus.SHARED_FULL


def choice_of(field: str, word: str) -> Any:
    """The member of a closed list that a word of a file stands for, or None."""
    return CHOICE_WORDS.get(field, {}).get(_key(word))


def _key(word: str) -> str:
    try:
        return fold(word)
    except TextRefused:
        return ""
