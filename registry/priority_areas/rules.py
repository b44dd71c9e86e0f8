"""Rules on the features of a file of areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from registry.kernel.fields import ValueRefused, fields_of, parse_value
from registry.kernel.geo.features import shape_problem
from registry.kernel.i18n import LANGUAGES, _, _l, in_language
from registry.kernel.text import fold, shown
from registry.priority_areas.models import AreaKind, PriorityArea

COLUMNS: Final = {
    "name": (_l("Tên"), ("ten", "ten khu vuc", "name")),
    "kind": (_l("Loại khu vực"), ("loai", "loai khu vuc", "kind", "type")),
}
NEEDED: Final = ("name", "kind")
MOST_AREAS: Final = 500
_NAME: Final = fields_of(PriorityArea)["name"]
_SHOWN: Final = 60
_POINT: Final = ("Point",)
_BORDERS: Final = ("Polygon", "MultiPolygon")


@dataclass(frozen=True)
class ReadArea:
    """One area of a file; `shape` is a shapely geometry of WGS 84."""

    kind: AreaKind
    name: str
    shape: Any

    @property
    def is_point(self) -> bool:
        return is_point(self.shape)


def is_point(shape: Any) -> bool:
    """Whether a shape (shapely) has no borders of its own."""
    return shape.geom_type in _POINT


def area_problem(shape: Any, inside: Any) -> str | None:
    """Why a shape is no area: neither a point nor polygons, broken, or outside of `inside` (shapely)."""
    if shape is not None and shape.geom_type not in _POINT + _BORDERS:
        return _("hình học không phải điểm hoặc vùng; cần một điểm hoặc một vùng.")
    return shape_problem(shape, inside)


def read_area(cells: Mapping[str, str], shape: Any, inside: Any) -> tuple[ReadArea | None, list[str]]:
    """The area of a feature, or the reasons why it is none."""
    reasons: list[str] = []
    typed, name = cells.get("kind", ""), None
    try:
        name = parse_value(_NAME, cells.get("name", ""))
    except ValueRefused as refused:
        reasons.append(
            _(
                "%(column)s “%(value)s”: %(reason)s",
                column=_NAME.label,
                value=shown(cells.get("name", ""))[:_SHOWN],
                reason=str(refused),
            )
        )
    kind = _kinds().get(fold(typed))
    if kind is None:
        labels = "; ".join(str(each.label) for each in AreaKind)
        reasons.append(
            _("không có loại khu vực “%(name)s”; cần một trong: %(all)s.", name=shown(typed)[:_SHOWN], all=labels)
        )
    problem = area_problem(shape, inside)
    if problem is not None:
        reasons.append(problem)
    if reasons or kind is None or name is None:
        return None, reasons
    return ReadArea(kind, name, shape), []


def _kinds() -> dict[str, AreaKind]:
    """Folded code and label in each language -> kind."""
    names: dict[str, AreaKind] = {}
    for kind in AreaKind:
        spellings = (kind.value, *(in_language(kind.label, language) for language in LANGUAGES))
        names |= dict.fromkeys(map(fold, spellings), kind)
    return names


def doubled(areas: Sequence[tuple[int, ReadArea]]) -> list[str]:
    """A sentence for each name and kind that two features have."""
    first: dict[tuple[AreaKind, str], int] = {}
    sentences = []
    for number, area in areas:
        key = area.kind, fold(area.name)
        if key in first:
            sentences.append(
                _(
                    "Đối tượng %(row)d: %(kind)s “%(name)s” đã có ở đối tượng %(first)d.",
                    row=number,
                    kind=area.kind.label,
                    name=shown(area.name)[:_SHOWN],
                    first=first[key],
                )
            )
        first.setdefault(key, number)
    return sentences
