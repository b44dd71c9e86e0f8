"""Rules of the list of structures that carry a cable, on values alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from registry.kernel.i18n import _, _n
from registry.kernel.text import code_key
from registry.structures.kinds import KINDS
from registry.structures.kinds.cable_route import Laying
from registry.structures.kinds.kind import Hosting

#: 80 km of poles 40 m apart.
MOST_MEMBERS: Final = 2_000
#: Separators of codes, in a form and in a cell of a file.
_BETWEEN: Final = re.compile(r"[;|\n\r]+")
#: By what others install on a structure; masts and houses are only at the ends of a cable.
_LAYING: Final = {
    Hosting.HUNG_CABLES: Laying.AERIAL,
    Hosting.PULLED_CABLES: Laying.UNDERGROUND,
    Hosting.LAID_CABLES: Laying.UNDERGROUND,
}
Line = Sequence[Sequence[float]]


def read_codes(text: str) -> tuple[str, ...]:
    """The codes of a text, one a line or separated by semicolons or bars, in their order."""
    return tuple(code for part in _BETWEEN.split(text) if (code := " ".join(part.split())))


def list_problems(codes: Sequence[str]) -> list[str]:
    """The problems of a list before its codes are looked up."""
    if len(codes) > MOST_MEMBERS:
        return [
            _n(
                "Danh sách có %(count)d công trình, tối đa %(most)d; hãy chia tuyến cáp thành nhiều đoạn.",
                len(codes),
                count=len(codes),
                most=MOST_MEMBERS,
            )
        ]
    return [
        _("“%(code)s” ghi hai lần liền nhau; mỗi công trình chỉ ghi một lần trên cùng một lượt đi.", code=code)
        for code in dict.fromkeys(before for before, after in pairwise(codes) if code_key(before) == code_key(after))
    ]


def laying_of(kinds: Iterable[str]) -> Laying | None:
    """The laying of a cable by the kinds that carry it; None where they do not determine it."""
    layings = {laying for kind in kinds if (laying := carried_at(kind)) is not None}
    if not layings:
        return None
    return layings.pop() if len(layings) == 1 else Laying.MIXED


def carried_at(kind: str) -> Laying | None:
    """The laying of a cable on a structure of this kind; None where it only ends there."""
    hosting = KINDS[kind].hosting
    return _LAYING.get(hosting) if hosting is not None else None


def laying_remark(stated: Laying | None, derived: Laying | None) -> str | None:
    """One sentence where the stated laying differs from the derived one."""
    if stated is None or derived is None or stated is derived:
        return None
    return _(
        "Tuyến cáp ghi “%(stated)s” nhưng các công trình mà cáp đi qua cho thấy “%(derived)s”; hãy kiểm tra lại.",
        stated=stated.label,
        derived=derived.label,
    )


def joined(lines: Sequence[Line]) -> list[list[float]]:
    """One line through points and lines in their order; a line is reversed where its other end is nearer."""
    points: list[list[float]] = []
    for number, line in enumerate(lines):
        part = [[float(x), float(y)] for x, y in line]
        if points:
            is_reversed = _apart(points[-1], part[-1]) < _apart(points[-1], part[0])
        else:
            following = lines[number + 1][0] if number + 1 < len(lines) else part[-1]
            is_reversed = _apart(following, part[0]) < _apart(following, part[-1])
        for point in reversed(part) if is_reversed else part:
            if not points or points[-1] != point:
                points.append(point)
    return points


def _apart(start: Sequence[float], other: Sequence[float]) -> float:
    """Squared distance in degrees, enough to compare distances between near places."""
    return (start[0] - other[0]) ** 2 + (start[1] - other[1]) ** 2
