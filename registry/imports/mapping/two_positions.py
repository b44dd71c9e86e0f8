"""Two positions of each row of a file, plane and geographic: whether they are one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from pyproj import Geod

from registry.imports.mapping.coordinate_systems import AnySystem, System
from registry.imports.mapping.fields import ANGLES, columns_by_name
from registry.imports.mapping.plan import Plan
from registry.kernel.geo.coordinates import PositionRefused
from registry.kernel.i18n import _, format_number

#: Positions farther apart than rounded seconds and two measurements are two positions.
_APART_M: Final = 50.0
PLANE: Final = "plane"
ANGLE: Final = "angles"
_PAIRS: Final = {PLANE: ("x", "y"), ANGLE: ANGLES}
_ELLIPSOID: Final = Geod(ellps="WGS84")


@dataclass(frozen=True)
class PositionsApart:
    """Columns of the two positions, the largest distance in metres, and the cells of that row."""

    plane: Mapping[str, str]
    angles: Mapping[str, str]
    metres: float
    example: Sequence[str]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def positions_apart(
    kind: str,
    header: tuple[str, ...],
    rows: Sequence[Sequence[str]],
    system: AnySystem | None,
    remembered: Mapping[str, str | None],
) -> PositionsApart | None:
    """The two positions of the rows where they disagree; None where there is one, or both are one place.

    `system` is that of the plane coordinates; without one they cannot be compared.
    """
    named = columns_by_name(kind, header, remembered)
    pairs = {code: {field: named[field] for field in fields if field in named} for code, fields in _PAIRS.items()}
    if any(len(pair) < 2 for pair in pairs.values()) or system is None or system.is_geographic:  # noqa: PLR2004
        return None
    farthest: tuple[float, Sequence[str]] = (0.0, ())
    for cells in rows:
        places = [
            _place(kind, pair, system if code == PLANE else System.WGS84, header, cells) for code, pair in pairs.items()
        ]
        if places[0] is None or places[1] is None:
            continue
        metres = _ELLIPSOID.inv(*places[0], *places[1])[2]
        if metres > farthest[0]:
            words = [word for pair in pairs.values() for word in pair.values()]
            farthest = metres, [cells[header.index(word)] for word in words]
    metres, example = farthest
    return PositionsApart(pairs[PLANE], pairs[ANGLE], round(metres, 1), example) if metres > _APART_M else None


def _place(
    kind: str, pair: Mapping[str, str], system: AnySystem, header: Sequence[str], cells: Sequence[str]
) -> tuple[float, float] | None:
    first, second = (cells[header.index(word)] for word in pair.values())
    if not first.strip() or not second.strip():
        return None
    try:
        parsed = Plan(kind, pair, system).parse((first, second), None)
    except PositionRefused:
        return None
    return parsed.lon, parsed.lat


def question_on(apart: Mapping[str, Any]) -> str:
    """The question which of two positions holds."""
    return _(
        "Tệp có hai cách ghi tọa độ lệch nhau tới %(metres)s m: %(plane)s và %(angles)s (ví dụ %(example)s);"
        " hãy chọn cách đúng.",
        metres=format_number(round(apart["metres"])),
        plane=", ".join(f"“{word}”" for word in apart["plane"].values()),
        angles=", ".join(f"“{word}”" for word in apart["angles"].values()),
        example="; ".join(apart["example"]),
    )
