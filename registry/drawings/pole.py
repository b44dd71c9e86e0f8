"""A pole in elevation: attachments, clearance over the road, distance below power lines."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from registry.drawings.blocks import (
    ASKED,
    LINE,
    STYLES,
    Block,
    asked_dot,
    finish,
    text_block,
)
from registry.drawings.elevation import (
    BLOCK_WIDTH,
    BODY,
    DIMENSION,
    HEIGHTS,
    Scale,
    blocks_of,
    break_line,
    dimension,
    ground,
    heights_in,
    place_heights,
    point_blocks,
    scale_for,
    without_height,
)
from registry.drawings.facts import Place, StructureFacts, amount, not_stated
from registry.drawings.layout import wrap
from registry.drawings.sheet import SIZE, Sheet
from registry.kernel.i18n import _

_ARM: Final = 13.0
_BURIED: Final = 34.0


def draw_pole(facts: StructureFacts) -> Sheet:
    sheet = Sheet(facts.key, facts.title)
    top = _above_ground(facts)
    with_height = [slot for slot in facts.places if slot.height_m is not None]
    blocks = sorted([*blocks_of(facts), *_line_blocks(facts)], key=lambda block: -(block.metres or 0))
    heights = [*heights_in(facts), facts.measures.get("lowest_cable"), facts.measures.get("power_line")]
    scale = scale_for(top, heights, blocks)
    highest = scale.top if top is None else scale.y(top)
    _body(sheet, highest, scale.base)
    _cables(sheet, facts, with_height, scale)
    _power_line(sheet, facts, scale)
    bottom = _below_ground(sheet, facts, scale)
    if top is None:
        break_line(sheet, BODY, highest, 8)
    else:
        dimension(sheet, DIMENSION, highest, scale.base)
        sheet.mark("top", top, highest)
    _heights(sheet, facts, with_height, top, scale)
    bottom = max(bottom, point_blocks(sheet, scale, blocks, BODY + 17))
    unknown = [slot for slot in facts.places if slot.height_m is None]
    bottom = without_height(sheet, unknown, facts, bottom + 6)
    return finish(sheet, facts, bottom, _remark(facts, top, scale))


def _above_ground(facts: StructureFacts) -> Decimal | None:
    length, depth = facts.measures.get("length"), facts.measures.get("depth")
    return None if length is None or depth is None else length - depth


def _remark(facts: StructureFacts, top: Decimal | None, scale: Scale) -> str:
    if not facts.places:
        return _("Chưa khai sức chứa.")
    if top is not None:
        return _("Cao độ theo tỷ lệ, tính từ mặt đất; phần chôn không theo tỷ lệ.")
    if scale.metres:
        return _("Phần cột trên mặt đất không khai; các cao độ đã khai theo tỷ lệ.")
    return _("Chiều cao trên mặt đất không khai; hình không theo tỷ lệ.")


def _body(sheet: Sheet, top: float, base: float) -> None:
    sheet.line("edge", (BODY - 4, base), (BODY - 2.5, top), (BODY + 2.5, top), (BODY + 4, base))


def _cables(sheet: Sheet, facts: StructureFacts, with_height: list[Place], scale: Scale) -> None:
    """The attachments: an arm at each place, a cable at each height of its own."""
    for slot in with_height:
        y = scale.y(slot.height_m)
        sheet.line("edge", (BODY - _ARM, y), (BODY + _ARM, y))
        sheet.mark("place", slot.height_m, y)
        for number, style in enumerate(dict.fromkeys(STYLES[load.state] for load in slot.loads)):
            sheet.circle(style, BODY - _ARM + 4 + number * (2 * _ARM - 8), y - 3.5, 3)
        if slot.is_asked:
            asked_dot(sheet, BODY, y)
        for load in slot.loads:
            if load.height_m is not None and load.height_m != slot.height_m:
                sheet.circle(STYLES[load.state], BODY + 8, scale.y(load.height_m), 2.5)
                sheet.mark("load", load.height_m, scale.y(load.height_m))
    asked = facts.asked
    if asked is not None and asked.height_m is not None:
        sheet.box(ASKED + "-box", BODY + 9, scale.y(asked.height_m) - 3, 6, 6)
        sheet.mark("asked", asked.height_m, scale.y(asked.height_m))


def _power_line(sheet: Sheet, facts: StructureFacts, scale: Scale) -> None:
    """The lowest power line on its insulators."""
    height = facts.measures.get("power_line")
    if height is None:
        return
    y = scale.y(height)
    sheet.line("edge", (BODY - 20, y + 5), (BODY + 20, y + 5))
    for x in (-17, 17):
        sheet.line("thin", (BODY + x, y + 5), (BODY + x, y))
        sheet.circle("solid", BODY + x, y, 2)
    sheet.line("power", (BODY - 30, y), (BODY + 30, y))
    sheet.mark("power-line", height, y)


def _line_blocks(facts: StructureFacts) -> list[Block]:
    """The lowest cable with its clearance over the road, and the lowest power line."""
    blocks = []
    lowest = facts.measures.get("lowest_cable")
    if lowest is not None:
        texts = wrap(_("Cáp thấp nhất, cách mặt đường %(height)s", height=amount(lowest)), BLOCK_WIDTH, SIZE, 3)
        blocks.append(text_block(texts, BLOCK_WIDTH, float(lowest), "lead"))
    line = facts.measures.get("power_line")
    if line is not None:
        blocks.append(text_block(_power_texts(facts, line), BLOCK_WIDTH, float(line), "lead"))
    return blocks


def _power_texts(facts: StructureFacts, line: Decimal) -> list[str]:
    voltage, stated = facts.measures.get("voltage"), facts.measures.get("power_clearance")
    kv = not_stated() if voltage is None else amount(voltage, "kV")
    texts = wrap(_("Dây điện thấp nhất %(height)s, điện áp %(kv)s", height=amount(line), kv=kv), BLOCK_WIDTH, SIZE, 3)
    nearest = max((slot.height_m for slot in facts.places if slot.height_m is not None), default=None)
    if nearest is not None:
        distance = _("cách chỗ treo cao nhất %(distance)s", distance=amount(line - nearest))
        texts += wrap(distance, BLOCK_WIDTH, SIZE, 2)
    if stated is not None:
        texts += wrap(_("khoảng cách đã khai %(distance)s", distance=amount(stated)), BLOCK_WIDTH, SIZE, 2)
    return texts


def _below_ground(sheet: Sheet, facts: StructureFacts, scale: Scale) -> float:
    """The ground, and the buried part, which is not to scale; returns the bottom."""
    depth = facts.measures.get("depth")
    ground(sheet, scale.base, HEIGHTS + 2)
    sheet.line("hidden", (BODY - 4, scale.base), (BODY - 4, scale.base + _BURIED), (BODY + 4, scale.base + _BURIED))
    sheet.line("hidden", (BODY + 4, scale.base + _BURIED), (BODY + 4, scale.base))
    sheet.text(4, scale.base + LINE + 2, _("chôn"), style="q")
    text = not_stated() if depth is None else amount(depth)
    sheet.text(4, scale.base + 2 * LINE + 2, text, style="q", room=BODY - 10)
    if depth is not None:
        dimension(sheet, DIMENSION, scale.base, scale.base + _BURIED)
    return scale.base + _BURIED + 4


def _heights(sheet: Sheet, facts: StructureFacts, with_height: list[Place], top: Decimal | None, scale: Scale) -> None:
    lowest = facts.measures.get("lowest_cable")
    if lowest is not None:
        # Clearance over the road.
        dimension(sheet, DIMENSION + 9, scale.y(lowest), scale.base)
        sheet.line("hidden", (DIMENSION + 5, scale.y(lowest)), (BODY + 17, scale.y(lowest)))
        sheet.mark("lowest-cable", lowest, scale.y(lowest))
    stated = [slot.height_m for slot in with_height] + [top, lowest, facts.measures.get("power_line")]
    place_heights(sheet, scale, [each for each in stated if each is not None])
