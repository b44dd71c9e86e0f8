"""A mast in elevation: platforms at their heights, what is on them, what is free."""

from __future__ import annotations

from typing import Final

from registry.drawings.blocks import ASKED, LINE, STYLES, asked_dot, finish
from registry.drawings.elevation import (
    BODY,
    DIMENSION,
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
from registry.structures.kinds.antenna_tower import MastForm, Mount

_BUILDING: Final = 46.0
_SLIM: Final = (MastForm.MONOPOLE, MastForm.DISGUISED)


def draw_mast(facts: StructureFacts) -> Sheet:
    sheet = Sheet(facts.key, facts.title)
    top = facts.measures.get("top")
    blocks = blocks_of(facts)
    scale = scale_for(top, heights_in(facts), blocks)
    highest = scale.top if top is None else scale.y(top)
    _body(sheet, facts.measures.get("form"), highest, scale.base)
    with_height = [shown_slot for shown_slot in facts.places if shown_slot.height_m is not None]
    for shown_slot in with_height:
        _platform(sheet, shown_slot, scale, highest)
    _antennas(sheet, facts, scale)
    bottom = _foot(sheet, facts, scale)
    if top is None:
        break_line(sheet, BODY, highest, 9)
    else:
        dimension(sheet, DIMENSION, highest, scale.base)
        sheet.mark("top", top, highest)
    place_heights(
        sheet, scale, [each.height_m for each in with_height if each.height_m] + ([top] if top is not None else [])
    )
    bottom = max(bottom, point_blocks(sheet, scale, blocks, BODY + 21))
    unknown = [shown_slot for shown_slot in facts.places if shown_slot.height_m is None]
    bottom = without_height(sheet, unknown, facts, bottom + 6)
    return finish(sheet, facts, bottom, _remark(facts, top, with_height))


def _remark(facts: StructureFacts, top: object | None, with_height: list[Place]) -> str:
    if not facts.places:
        return _("Chưa khai sức chứa.")
    if top is None:
        return _("Chiều cao cột không khai; hình không theo tỷ lệ.")
    return _("Cao độ theo tỷ lệ, tính từ chân cột.") if with_height else _("Chiều cao cột theo tỷ lệ.")


def _half(form: object, share: float) -> float:
    """Half of the width of the body at a share of its height."""
    if form in _SLIM:
        return 4 - 2 * share
    return 4 if form is MastForm.GUYED else 12 - 8 * share


def _body(sheet: Sheet, form: object, top: float, base: float) -> None:
    low, high = _half(form, 0), _half(form, 1)
    sheet.line("edge", (BODY - low, base), (BODY - high, top), (BODY + high, top), (BODY + low, base))
    if form in _SLIM:
        return
    # Braces: panels as high as they are wide, at most 24.
    panels = max(4, min(24, int((base - top) / 16)))
    for number in range(panels):
        start, two = number / panels, (number + 1) / panels
        y1, y2 = base - start * (base - top), base - two * (base - top)
        left, right = _half(form, start), _half(form, two)
        sheet.line("thin", (BODY - left, y1), (BODY + right, y2))
        sheet.line("thin", (BODY + left, y1), (BODY - right, y2))
    if form is MastForm.GUYED:
        for share in (0.55, 0.95):
            y = base - share * (base - top)
            sheet.line("hidden", (BODY - 26, base), (BODY, y), (BODY + 26, base))


def _platform(sheet: Sheet, slot: Place, scale: Scale, top: float) -> None:
    y = scale.y(slot.height_m)
    half = 17.0
    sheet.line("edge", (BODY - half, y), (BODY + half, y))
    sheet.line("thin", (BODY - half, y), (BODY - half, max(y - 5, top - 5)))
    sheet.line("thin", (BODY + half, y), (BODY + half, max(y - 5, top - 5)))
    sheet.mark("place", slot.height_m, y)
    states = list(dict.fromkeys(STYLES[load.state] for load in slot.loads))
    for number, style in enumerate(states[:2]):
        left = BODY - half - 3 if number == 0 else BODY + half - 2
        sheet.box(style, left, y - 6, 5, 12)
    if slot.is_asked:
        asked_dot(sheet, BODY, y)


def _antennas(sheet: Sheet, facts: StructureFacts, scale: Scale) -> None:
    """Antennas at heights of their own, and the height that is asked for."""
    for slot in facts.places:
        for load in slot.loads:
            if load.height_m is not None and load.height_m != slot.height_m:
                y = scale.y(load.height_m)
                sheet.box(STYLES[load.state], BODY + 11, y - 4, 4, 8)
                sheet.mark("load", load.height_m, y)
    asked = facts.asked
    if asked is not None and asked.height_m is not None:
        y = scale.y(asked.height_m)
        sheet.box(ASKED + "-box", BODY + 13, y - 5, 5, 10)
        sheet.mark("asked", asked.height_m, y)


def _foot(sheet: Sheet, facts: StructureFacts, scale: Scale) -> float:
    """The ground, or the building below, which is not to scale; returns the bottom."""
    if facts.measures.get("mount") is not Mount.ROOF:
        ground(sheet, scale.base)
        return scale.base + 10
    top, bottom = scale.base, scale.base + _BUILDING
    sheet.line("edge", (BODY - 30, bottom), (BODY - 30, top), (BODY + 30, top), (BODY + 30, bottom))
    for row in (10, 26):
        for x in (-22, -6, 10):
            sheet.box("thin", BODY + x, top + row, 9, 8)
    ground(sheet, bottom, 56, BODY + 36)
    height = facts.measures.get("building")
    dimension(sheet, DIMENSION - 10, top, bottom)
    lines = wrap(not_stated() if height is None else amount(height), DIMENSION - 18, SIZE, 2)
    for row, text in enumerate(lines):
        middle = (top + bottom) / 2 + LINE * (row + 0.5)
        sheet.text(DIMENSION - 14, middle, text, anchor="end", room=DIMENSION - 16)
    return bottom + 10
