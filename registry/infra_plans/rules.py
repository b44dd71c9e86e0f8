"""Rules on the features of a file of a plan: what each item is, and what may stand there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from registry.infra_plans.codes import PlanItemKind
from registry.kernel.fields import Field, ValueRefused, parse_value
from registry.kernel.geo.features import shape_problem
from registry.kernel.i18n import LANGUAGES, _, _l, in_language
from registry.kernel.text import fold, shown
from registry.kernel.units import M
from registry.structures.kinds import KINDS

COLUMNS: Final = {
    "code": (_l("Mã"), ("ma", "ma muc", "code", "id")),
    "name": (_l("Tên"), ("ten", "ten khu vuc", "ten duong", "name")),
    "allows": (_l("Loại công trình"), ("loai cong trinh", "cho phep", "duoc dat", "kinds", "allows")),
    "reach": (_l("Phạm vi (m)"), ("pham vi", "ban kinh", "khoang cach", "reach_m", "radius_m")),
}
NEEDED: Final = ("code", "allows")
MOST_ITEMS: Final = 5_000
_MOST_TEXT: Final = 200
_SHOWN: Final = 60
_EVERYTHING: Final = ("*", "tat ca", "moi loai", "all")
REACH: Final = Field("reach", COLUMNS["reach"][0], M, Decimal(1), Decimal(2000), decimals=1, python_type=Decimal)
_KINDS_OF_SHAPES: Final = {
    "Point": PlanItemKind.SITE,
    "MultiPoint": PlanItemKind.SITE,
    "LineString": PlanItemKind.STREET,
    "MultiLineString": PlanItemKind.STREET,
    "Polygon": PlanItemKind.ZONE,
    "MultiPolygon": PlanItemKind.ZONE,
}


@dataclass(frozen=True)
class ReadItem:
    """One item of a file; `shape` is a shapely geometry of WGS 84."""

    kind: PlanItemKind
    code: str
    name: str
    allows: tuple[str, ...]
    reach_m: Decimal | None
    shape: Any


def read_item(
    cells: Mapping[str, str], shape: Any, usual_reach: Mapping[PlanItemKind, Decimal], inside: Any
) -> tuple[ReadItem | None, list[str]]:
    """The item of a feature, or the reasons why it is none. `inside`: the box (shapely) that shapes lie in."""
    reasons: list[str] = []
    code, name = cells.get("code", "").strip(), cells.get("name", "").strip()
    if not code:
        reasons.append(_("thiếu mã; mỗi mục cần một mã riêng."))
    reasons += [
        _("“%(text)s” dài hơn %(most)d ký tự.", text=shown(text)[:_SHOWN], most=_MOST_TEXT)
        for text in (code, name)
        if len(text) > _MOST_TEXT
    ]
    allows = _kinds(cells.get("allows", ""), reasons)
    kind = _KINDS_OF_SHAPES.get(shape.geom_type)
    problem = shape_problem(None if kind is None else shape, inside)
    if problem is not None:
        reasons.append(problem)
    reach = _reach(cells.get("reach", ""), kind, usual_reach, reasons)
    if reasons or kind is None:
        return None, reasons
    return ReadItem(kind, code, name or code, allows, reach, shape), []


def _kinds(text: str, reasons: list[str]) -> tuple[str, ...]:
    if fold(text) in _EVERYTHING:
        return tuple(KINDS)
    codes: list[str] = []
    for part in _named_parts(text):
        code = _kinds_by_name().get(fold(part))
        if code is not None:
            codes.append(code)
        else:
            reasons.append(
                _(
                    "không có loại công trình “%(name)s”; cần một trong: %(all)s.",
                    name=shown(part)[:_SHOWN],
                    all="; ".join(str(kind.label) for kind in KINDS.values()),
                )
            )
    if not codes and not reasons:
        reasons.append(_("thiếu loại công trình được đặt; ghi các loại cách nhau bằng dấu chấm phẩy, hoặc “tất cả”."))
    return tuple(dict.fromkeys(codes))


def _kinds_by_name() -> dict[str, str]:
    """Folded code, label in each language, and label without what stands in brackets -> code of a kind."""
    names: dict[str, str] = {}
    for code, kind in KINDS.items():
        labels = [in_language(kind.label, language) for language in LANGUAGES]
        spellings = (code, *labels, *(label.partition(" (")[0] for label in labels))
        names |= dict.fromkeys(map(fold, spellings), code)
    return names


def _named_parts(text: str) -> list[str]:
    """The names in a cell: between semicolons, or between commas where no kind is named so (labels have commas)."""
    parts: list[str] = []
    for part in re.split(r"[;|]", text):
        parts += [part] if fold(part) in _kinds_by_name() else part.split(",")
    return [part.strip() for part in parts if part.strip()]


def _reach(
    text: str, kind: PlanItemKind | None, usual: Mapping[PlanItemKind, Decimal], reasons: list[str]
) -> Decimal | None:
    if kind is None or kind is PlanItemKind.ZONE:
        return None
    try:
        stated: Decimal | None = parse_value(REACH, text)
    except ValueRefused as refused:
        reasons.append(
            _("%(column)s “%(value)s”: %(reason)s", column=REACH.label, value=shown(text)[:_SHOWN], reason=str(refused))
        )
        return None
    return usual[kind] if stated is None else stated


def doubled(items: Sequence[tuple[int, ReadItem]]) -> list[str]:
    """A sentence for each code that two features have."""
    first: dict[str, int] = {}
    sentences = []
    for number, item in items:
        key = fold(item.code)
        if key in first:
            sentences.append(
                _(
                    "Đối tượng %(row)d: mã “%(code)s” đã có ở đối tượng %(first)d.",
                    row=number,
                    code=shown(item.code)[:_SHOWN],
                    first=first[key],
                )
            )
        first.setdefault(key, number)
    return sentences
