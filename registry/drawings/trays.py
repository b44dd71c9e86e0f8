"""A trench, a tunnel or a chamber in section: levels of trays with what lies on them and what is free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from registry.capacity.models import PlaceUnit
from registry.drawings.blocks import (
    LINE,
    Block,
    asked_block,
    asked_dot,
    asked_units,
    cross,
    finish,
    limit_block,
    place_block,
    point_to,
    stack,
    unit_styles,
)
from registry.drawings.elevation import BLOCK_WIDTH, BLOCKS, dimension, ground
from registry.drawings.facts import Place, StructureFacts, amount, not_stated
from registry.drawings.layout import spread
from registry.drawings.sheet import WIDTH, Sheet
from registry.kernel.i18n import _

#: Right edge of the column of heights, then the walls.
_HEIGHTS: Final = 58.0
_LEFT: Final = 74.0
_RIGHT: Final = 120.0
_SURFACE: Final = 12.0
_TOP: Final = 26.0
_LEAST_PX: Final = 120.0
#: From one shelf to the next where heights are not stated.
_SHELF: Final = 16.0
#: A place with more levels is drawn as one.
_MOST_LEVELS: Final = 24


@dataclass(frozen=True)
class Shelf:
    """One level of a place."""

    place: int
    style: str
    is_asked: bool
    metres: float | None


def draw_trays(facts: StructureFacts) -> Sheet:
    sheet = Sheet(facts.key, facts.title)
    places = sorted(facts.places, key=_from_top)
    shelves = [shelf for number, slot in enumerate(places) for shelf in _shelves(number, slot)]
    blocks = [place_block(slot, BLOCK_WIDTH) for slot in places]
    height = facts.measures.get("height")
    known_metres = [shelf.metres for shelf in shelves if shelf.metres is not None]
    # Of the inner height, or higher where a level is stated above it.
    metres = max([float(height), *known_metres]) if height and shelves and len(known_metres) == len(shelves) else None
    px = max(_LEAST_PX, (len(shelves) + 1) * _SHELF, sum(block.height for block in blocks))
    base = _TOP + px
    _box(sheet, facts, base, base - px * (float(height) / metres if metres and height else 1))
    ys = _shelf_heights(shelves, base, px, metres)
    for shelf, y in zip(shelves, ys, strict=True):
        _shelf(sheet, shelf, y)
        if metres:
            sheet.mark("shelf", shelf.metres, y)
    tips = [(_RIGHT - 3, _middle(number, shelves, ys, base)) for number in range(len(places))]
    if metres and height:
        _shelf_labels(sheet, shelves, ys, base)
        sheet.mark("top", height, base - px * float(height) / metres)
    bottom = max(point_to(sheet, blocks, BLOCKS, _TOP, tips), base + 20 + 2 * LINE)
    bottom = stack(sheet, _others(facts), 4, bottom + 4)
    return finish(sheet, facts, bottom, _remark(is_scaled=bool(metres), has_shelves=bool(shelves)))


def _from_top(slot: Place) -> tuple[float, float, str]:
    height = -1.0 if slot.height_m is None else float(slot.height_m)
    return (-height, -(slot.level or 0), slot.label)


def _shelves(number: int, slot: Place) -> list[Shelf]:
    """The levels of a place, from the top; one for a place that is counted in something else."""
    metres = None if slot.height_m is None else float(slot.height_m)
    styles = unit_styles(slot)
    if slot.unit is not PlaceUnit.LEVEL or len(styles) > _MOST_LEVELS:
        return [Shelf(number, _mixed(styles), slot.is_asked, metres)]
    asked = asked_units(slot)
    shelves = [
        Shelf(number, style, unit in asked, metres if len(styles) == 1 else None) for unit, style in enumerate(styles)
    ]
    return shelves or [Shelf(number, "none", slot.is_asked, metres)]


def _mixed(styles: list[str]) -> str:
    """The style of a level that is shared: what takes most of it; free where nothing does."""
    taken = [style for style in styles if style not in ("free", "unknown")]
    if taken:
        return max(dict.fromkeys(taken), key=taken.count)
    return styles[0] if styles else "none"


def _shelf_heights(shelves: list[Shelf], base: float, px: float, metres: float | None) -> list[float]:
    if metres:
        return [base - (shelf.metres or 0) / metres * px for shelf in shelves]
    step = px / (len(shelves) + 1)
    return [base - px + (number + 1) * step for number in range(len(shelves))]


def _box(sheet: Sheet, facts: StructureFacts, base: float, top: float) -> None:
    """The walls, the surface above, and the inner measures."""
    ground(sheet, _SURFACE, 50, BLOCKS - 12)
    sheet.box("edge", _LEFT, top, _RIGHT - _LEFT, base - top)
    sheet.box("wall", _LEFT - 4, top - 4, _RIGHT - _LEFT + 8, base - top + 8)
    height, width = facts.measures.get("height"), facts.measures.get("width")
    dimension(sheet, _HEIGHTS + 6, top, base)
    sheet.line("dim", (_LEFT, base + 9), (_RIGHT, base + 9))
    for x in (_LEFT, _RIGHT):
        sheet.line("tick", (x - 3, base + 12), (x + 3, base + 6))
    high, wide = (not_stated() if each is None else amount(each) for each in (height, width))
    for row, text in enumerate((_("rộng %(width)s", width=wide), _("cao %(height)s", height=high))):
        sheet.text(4, base + 20 + row * LINE, text, room=BLOCKS - 8)


def _shelf(sheet: Sheet, shelf: Shelf, y: float) -> None:
    """A tray on its bracket, with what lies on it."""
    sheet.line("edge", (_LEFT, y), (_RIGHT - 10, y))
    if shelf.style != "none":
        sheet.box(shelf.style, _LEFT + 4, y - 8, 30, 8)
        sheet.states[shelf.style] = None
    if shelf.style in ("blocked", "over"):
        cross(sheet, _LEFT + 15, y - 8, 8)
    if shelf.is_asked:
        asked_dot(sheet, _LEFT + 19, y - 4)


def _middle(slot_index: int, shelves: list[Shelf], ys: list[float], base: float) -> float:
    own = [y for shelf, y in zip(shelves, ys, strict=True) if shelf.place == slot_index]
    return sum(own) / len(own) if own else base


def _shelf_labels(sheet: Sheet, shelves: list[Shelf], ys: list[float], base: float) -> None:
    distinct = {shelf.metres: y for shelf, y in zip(shelves, ys, strict=True) if shelf.metres is not None}
    listed = sorted(distinct.items(), key=lambda pair: pair[1])
    tops = spread([y - LINE / 2 for _metres, y in listed], [LINE] * len(listed), 2, base + LINE / 2)
    for (metres, y), top in zip(listed, tops, strict=True):
        sheet.text(_HEIGHTS, top + LINE / 2, amount(round(metres or 0, 2)), anchor="end", room=_HEIGHTS)
        sheet.line("dim", (_HEIGHTS + 2, top + LINE / 2), (_HEIGHTS + 6, y), (_LEFT, y))


def _others(facts: StructureFacts) -> list[Block]:
    limit_blocks = [limit_block(limit, WIDTH - 8) for limit in facts.heights]
    return [*limit_blocks, *([asked_block(facts.asked, WIDTH - 8)] if facts.asked else [])]


def _remark(*, is_scaled: bool, has_shelves: bool) -> str:
    if not has_shelves:
        return _("Chưa khai sức chứa.")
    if is_scaled:
        return _("Cao độ các tầng theo tỷ lệ, tính từ đáy; bề rộng không theo tỷ lệ.")
    return _("Cao độ các tầng không khai đủ; xếp từ trên xuống, không theo tỷ lệ.")
