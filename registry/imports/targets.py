"""What a column of a file may be mapped to: the declared fields of the kind, and a few more that only files have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from registry.kernel.fields import Field, fields_of
from registry.kernel.i18n import DEFAULT_LANGUAGE, _l, current_locale, force_locale
from registry.kernel.text import TextRefused, fold
from registry.structures.kinds import KINDS

_UNIT: Final = re.compile(r"\([^)]*\)|\*")
_NOT_WORD: Final = re.compile(r"[^0-9a-z]+")
#: Header words of columns that stand for something else than their nearest field.
_MORE_ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "own_code": ("post id", "pole id", "id", "ma so", "ma doi tuong", "ma cong trinh", "stt cot"),
    "name": ("ten cot", "ten diem", "station name", "site name"),
    "position_method": ("cach xac dinh vi tri",),
}


@dataclass(frozen=True)
class Target:
    """One thing that a column may hold; `declared` is the field of the structure, None for what only files have."""

    name: str
    label: Any
    aliases: tuple[str, ...] = ()
    declared: Field | None = None


VIRTUAL: Final = (
    Target("x", _l("X (tọa độ Bắc)"), ("x", "toa do x", "bac", "northing", "x bac")),
    Target("y", _l("Y (tọa độ Đông)"), ("y", "toa do y", "dong", "easting", "y dong")),
    Target("latitude", _l("Vĩ độ"), ("vi do", "lat", "latitude", "vi do b")),
    Target("longitude", _l("Kinh độ"), ("kinh do", "lon", "lng", "long", "longitude", "kinh do d")),
    Target("position", _l("Tọa độ (một ô)"), ("toa do", "geometry", "coordinates", "wkt", "vi tri toa do")),
    Target(
        "commune",
        _l("Xã, phường"),
        ("xa phuong", "xa", "phuong", "phuong xa", "xa phuong thi tran", "commune", "dia ban", "ten xa"),
    ),
    Target(
        "owner",
        _l("Chủ sở hữu"),
        ("don vi chu quan", "chu so huu", "chu quan", "don vi quan ly", "doanh nghiep", "owner", "don vi so huu"),
    ),
    Target(
        "capacity_total",
        _l("Tổng số vị trí"),
        ("so vi tri lap dat", "tong so vi tri", "so vi tri", "suc chua", "dung luong", "so vi tri treo cap"),
    ),
    Target("capacity_used", _l("Số vị trí đã sử dụng"), ("da su dung", "so vi tri da dung", "da dung", "dang su dung")),
    Target("holder", _l("Đơn vị sử dụng"), ("don vi su dung", "don vi treo", "don vi dung chung", "holder")),
)
POSITION_TARGETS: Final = ("x", "y", "latitude", "longitude", "position")


@cache
def targets_of(kind: str) -> dict[str, Target]:
    """Everything that a column of a file of this kind may hold: what only files have, then the declared fields."""
    declared = [
        Target(name, field.label, (*field.aliases, *_MORE_ALIASES.get(name, ())), field)
        for name, field in fields_of(KINDS[kind].model).items()
    ]
    return {target.name: target for target in (*VIRTUAL, *declared)}


def header_key(header: str) -> str:
    """A header word as aliases are written: no diacritics, no unit in brackets, single spaces."""
    try:
        folded = fold(_UNIT.sub(" ", header))
    except TextRefused:
        return ""
    return _NOT_WORD.sub(" ", folded).strip()


@contextmanager
def in_vietnamese() -> Iterator[None]:
    """Labels and kept sentences in the language of the files, whatever the reader chose."""
    if current_locale() == DEFAULT_LANGUAGE:
        yield
        return
    with force_locale(DEFAULT_LANGUAGE):
        yield


@cache
def _by_key(kind: str) -> dict[str, str]:
    """Header key -> field; names and labels first, then the aliases in the order of the targets."""
    targets = targets_of(kind).values()
    found: dict[str, str] = {}
    for target in targets:
        found.setdefault(header_key(target.name), target.name)
    with in_vietnamese():
        labels = {target.name: str(target.label) for target in targets}
    for name, label in labels.items():
        found.setdefault(header_key(label), name)
    for target in targets:
        for alias in target.aliases:
            found.setdefault(header_key(alias), target.name)
    return found


def is_known(kind: str, header: str) -> bool:
    """Whether some field of the kind goes by this header word."""
    return header_key(header) in _by_key(kind)


def suggest(kind: str, header: tuple[str, ...]) -> dict[str, str]:
    """Field -> header for the columns whose words are known; the first column wins. A suggestion to be shown."""
    found: dict[str, str] = {}
    known = _by_key(kind)
    for word in header:
        name = known.get(header_key(word))
        if name is not None:
            found.setdefault(name, word)
    if {"x", "y"} <= found.keys() or {"latitude", "longitude"} <= found.keys():
        found.pop("position", None)
    return found
