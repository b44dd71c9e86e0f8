"""What masts, poles and trays have in common: a scale of heights, dimension lines, blocks that point to heights."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from registry.drawings.blocks import LINE, Block, asked_block, limit_block, place_block, point_to, stack
from registry.drawings.facts import Place, StructureFacts, amount
from registry.drawings.layout import spread
from registry.drawings.sheet import WIDTH, Sheet
from registry.kernel.i18n import _

#: Right edge of the column of heights, the dimension line, the middle of the body, the blocks.
HEIGHTS: Final = 64.0
DIMENSION: Final = 71.0
BODY: Final = 98.0
BLOCKS: Final = 139.0
BLOCK_WIDTH: Final = WIDTH - BLOCKS - 3
_TOP: Final = 20.0
_LEAST_PX: Final = 210.0


@dataclass(frozen=True)
class Scale:
    """From metres above the foot to the drawing. Without a stated top nothing is to scale and `metres` is None."""

    base: float
    metres: float | None
    px: float

    def y(self, height: object) -> float:
        if not self.metres:
            return self.base
        return self.base - float(str(height)) / self.metres * self.px

    @property
    def top(self) -> float:
        return self.base - self.px


def scale_for(top: object | None, heights: Iterable[object | None], blocks: Sequence[Block]) -> Scale:
    """A scale that holds the top and all heights, and has room for the blocks."""
    known_heights = [float(str(each)) for each in (top, *heights) if each is not None]
    px = max(_LEAST_PX, sum(block.height for block in blocks))
    highest = max(known_heights, default=0)
    # Above the highest thing of a structure whose own top is not stated, there is more of it.
    metres = highest if top is not None else highest * 1.1
    return Scale(_TOP + px, metres or None, px)


def heights_in(facts: StructureFacts) -> list[object | None]:
    """All heights that a drawing must hold."""
    asked = [facts.asked.height_m] if facts.asked else []
    loads = [load.height_m for slot in facts.places for load in slot.loads]
    return [*(slot.height_m for slot in facts.places), *loads, *asked, *(limit.metres for limit in facts.heights)]


def blocks_of(facts: StructureFacts) -> list[Block]:
    """The blocks with a height, from top to bottom."""
    known_blocks = [
        place_block(slot, BLOCK_WIDTH, float(slot.height_m)) for slot in facts.places if slot.height_m is not None
    ]
    known_blocks += [limit_block(limit, BLOCK_WIDTH) for limit in facts.heights]
    if facts.asked is not None and facts.asked.height_m is not None:
        known_blocks.append(asked_block(facts.asked, BLOCK_WIDTH))
    return sorted(known_blocks, key=lambda block: -(block.metres or 0))


def place_heights(sheet: Sheet, scale: Scale, values: Iterable[object], *, right: float = HEIGHTS) -> None:
    """The heights in the left column, each once, with a line to where it is."""
    distinct = sorted({float(str(value)) for value in values}, reverse=True)
    wanted = [scale.y(value) - LINE / 2 for value in distinct]
    tops = spread(wanted, [LINE] * len(distinct), 2, scale.base + LINE / 2)
    for value, top in zip(distinct, tops, strict=True):
        y, middle = scale.y(value), top + LINE / 2
        sheet.text(right - 5, middle, amount(round(value, 2)), anchor="end", room=right - 5)
        sheet.line("dim", (right - 3, middle), (right + 3, y), (DIMENSION + 4, y))


def dimension(sheet: Sheet, x: float, top: float, bottom: float) -> None:
    """A dimension line with its strokes."""
    sheet.line("dim", (x, top), (x, bottom))
    for y in (top, bottom):
        sheet.line("tick", (x - 3, y + 3), (x + 3, y - 3))


def ground(sheet: Sheet, y: float, left: float = 56, right: float = BLOCKS - 18) -> None:
    """The ground with its hatch."""
    sheet.line("edge", (left, y), (right, y))
    x = left + 3
    while x < right:
        sheet.line("thin", (x, y), (x - 5, y + 6))
        x += 7


def break_line(sheet: Sheet, x: float, y: float, half: float) -> None:
    """The zigzag of something that goes on: its end is not stated."""
    sheet.line("edge", (x - half, y + 2), (x - 2, y + 2), (x, y - 3), (x + 2, y + 7), (x + 4, y + 2), (x + half, y + 2))


def point_blocks(sheet: Sheet, scale: Scale, blocks: Sequence[Block], tip: float) -> float:
    """Blocks at their heights; a limit is a dashed line across the whole body."""
    tips = []
    for block in blocks:
        y = scale.y(block.metres)
        if block.style == "limit":
            sheet.line("limit-line", (DIMENSION - 4, y), (BLOCKS - 18, y))
            sheet.mark("limit", block.metres, y)
        tips.append((tip, y))
    return max(point_to(sheet, blocks, BLOCKS, 2, tips), scale.base)


def without_height(sheet: Sheet, places: Sequence[Place], facts: StructureFacts, top: float) -> float:
    """Places of unknown height below the picture, and a request without one; returns the bottom."""
    if places:
        sheet.text(4, top + LINE / 2, _("Cao độ không khai:"), style="q")
        top += LINE + 2
    top = stack(sheet, [place_block(slot, WIDTH - 8) for slot in places], 4, top)
    if facts.asked is not None and facts.asked.height_m is None:
        top = stack(sheet, [asked_block(facts.asked, WIDTH - 8)], 4, top)
    return top
