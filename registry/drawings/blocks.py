"""The blocks of a drawing: one for each place of the ledger, one for each limit, one for what a request asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from registry.capacity.models import EntryState
from registry.drawings.facts import (
    Asked,
    HeightLimit,
    Load,
    Place,
    ShareLimit,
    StructureFacts,
    amount,
    free_text,
    load_text,
)
from registry.drawings.layout import spread, text_width, wrap
from registry.drawings.sheet import SIZE, WIDTH, Sheet
from registry.kernel.i18n import _, _n, format_number

#: Height of a line of text.
LINE: Final = 14.0
_GAP: Final = 7.0
#: Side of the box of one unit, and from one box to the next.
_UNIT: Final = 9.0
_STEP: Final = 11.0
#: More units than this are one bar, divided in proportion.
MOST_UNITS: Final = 48
#: Of more loads the rest is counted; the table lists all.
MOST_LOADS: Final = 40
#: What a place without a total shows after its loads.
_OPEN_END: Final = "unknown"
FREE: Final = "free"
ASKED: Final = "asked"
OVER: Final = "over"
LIMIT: Final = "limit"
STYLES: Final = {EntryState.USED: "used", EntryState.RESERVED: "reserved", EntryState.BLOCKED: "blocked"}
Draw = Callable[[Sheet, float, float], None]


@dataclass(frozen=True)
class Block:
    """A text at the side of the picture: its height, and how it is drawn from its top left corner."""

    height: float
    draw: Draw
    #: Height above the foot that it names; None: not stated.
    metres: float | None = None
    style: str = "lead"


def unit_styles(slot: Place) -> list[str]:
    """The style of each unit of a place, loads in their order, then what is free."""
    styles = [STYLES[load.state] for load in slot.loads for _unit in range(load.quantity)]
    if slot.total is None:
        return [*styles, _OPEN_END]
    styles = [style if number < slot.total else OVER for number, style in enumerate(styles)]
    return [*styles, *([FREE] * (slot.free or 0))]


def asked_units(slot: Place) -> range:
    """The numbers of the units that a request asks for: the first free ones, or beyond the last."""
    first = len([style for style in unit_styles(slot) if style not in (FREE, _OPEN_END)])
    return range(first, first + slot.asked)


def place_block(slot: Place, width: float, metres: float | None = None, prefix: str = "") -> Block:
    """A place: its label, its units, and a line for each load."""
    listed = slot.loads[:MOST_LOADS]
    lines = [wrap(_load_line(load), width - 14, SIZE, 2) for load in listed]
    rows = _unit_rows(slot, width)
    height = LINE + rows * (_UNIT + 3) + sum(map(len, lines)) * LINE + _GAP
    rest = len(slot.loads) - len(listed)
    height += LINE if rest else 0

    def draw(target: Sheet, left: float, top: float) -> None:
        _head(target, slot, left, top, width, prefix)
        _units(target, slot, left, top + LINE, width)
        middle = top + LINE + rows * (_UNIT + 3) + LINE / 2
        for load, texts in zip(listed, lines, strict=True):
            style = STYLES[load.state]
            target.states[style] = None
            target.box(style, left, middle - 4, 8, 8)
            for text in texts:
                target.text(left + 14, middle, text, room=width - 14)
                middle += LINE
        if rest:
            target.text(left + 14, middle, _n("và %(count)s mục khác", rest, count=format_number(rest)), style="q")

    return Block(height, draw, metres)


def _load_line(load: Load) -> str:
    return f"{load_text(load)} × {format_number(load.quantity)}"


def _head(sheet: Sheet, slot: Place, left: float, top: float, width: float, prefix: str) -> None:
    state = free_text(slot)
    if slot.over:
        state = _("vượt %(over)s", over=format_number(slot.over))
    room = width - text_width(state, SIZE) - 6
    middle = top + LINE / 2
    sheet.text(left, middle, f"{prefix}{slot.label}", style="b", room=room)
    sheet.text(left + width, middle, state, style="q", anchor="end")


def _unit_rows(slot: Place, width: float) -> int:
    count = max(len(unit_styles(slot)), asked_units(slot).stop)
    return 1 if count > MOST_UNITS else -(-count // _per_row(width)) or 1


def _per_row(width: float) -> int:
    return int((width + _STEP - _UNIT) // _STEP)


def _units(sheet: Sheet, slot: Place, left: float, top: float, width: float) -> None:
    styles, asked = unit_styles(slot), asked_units(slot)
    if max(len(styles), asked.stop) > MOST_UNITS:
        _bar(sheet, styles, left, top, width)
        return
    per_row = _per_row(width)

    def corner(number: int) -> tuple[float, float]:
        return left + number % per_row * _STEP, top + number // per_row * (_UNIT + 3)

    for number, style in enumerate(styles):
        unit_box(sheet, style, *corner(number))
    for number in asked:
        x, y = corner(number)
        asked_dot(sheet, x + _UNIT / 2, y + _UNIT / 2)
        if number >= len(styles):
            sheet.box(OVER, x, y, _UNIT, _UNIT)


def unit_box(sheet: Sheet, style: str, left: float, top: float) -> None:
    sheet.states[style] = None
    sheet.box(style, left, top, _UNIT, _UNIT)
    if style in ("blocked", OVER):
        cross(sheet, left, top, _UNIT)


def cross(sheet: Sheet, left: float, top: float, side: float) -> None:
    sheet.line("thin", (left, top), (left + side, top + side))
    sheet.line("thin", (left, top + side), (left + side, top))


def asked_dot(sheet: Sheet, x: float, y: float) -> None:
    sheet.states[ASKED] = None
    sheet.circle("asked", x, y, 2.6)


def _bar(sheet: Sheet, styles: Sequence[str], left: float, top: float, width: float) -> None:
    """Many units as one bar, in proportion."""
    for style in dict.fromkeys(styles):
        part = width * styles.count(style) / len(styles)
        sheet.states[style] = None
        sheet.box(style, left, top, part, _UNIT)
        left += part


def limit_block(limit: HeightLimit, width: float) -> Block:
    texts = wrap(f"{limit.label}: {amount(limit.metres)}", width, SIZE, 3)
    return text_block(texts, width, float(limit.metres), "limit")


def asked_block(asked: Asked, width: float) -> Block:
    """What a request asks for, at its height."""
    slot_label = asked.place or _("chưa chọn vị trí")
    text = _("Đề nghị: %(place)s × %(count)s", place=slot_label, count=format_number(asked.quantity))
    if asked.height_m is not None:
        height = _("ở %(height)s", height=amount(asked.height_m))
        text = f"{text}, {height}"
    texts = wrap(text, width - 14, SIZE, 3)

    def draw(sheet: Sheet, left: float, top: float) -> None:
        asked_dot(sheet, left + 4, top + LINE / 2)
        _lines(sheet, texts, left + 14, top, width - 14, "b")

    return Block(
        len(texts) * LINE + _GAP, draw, None if asked.height_m is None else float(asked.height_m), style="asked-lead"
    )


def text_block(texts: Sequence[str], width: float, metres: float | None, style: str) -> Block:
    def draw(sheet: Sheet, left: float, top: float) -> None:
        _lines(sheet, texts, left, top, width, "l" if style == "limit" else "t")

    return Block(len(texts) * LINE + _GAP, draw, metres, style)


def _lines(sheet: Sheet, texts: Sequence[str], left: float, top: float, width: float, style: str) -> None:
    for row, text in enumerate(texts):
        sheet.text(left, top + LINE * (row + 0.5), text, style=style, room=width)


def stack(sheet: Sheet, blocks: Iterable[Block], left: float, top: float) -> float:
    """Blocks one under the other; returns the bottom."""
    for block in blocks:
        block.draw(sheet, left, top)
        top += block.height
    return top


def point_to(
    sheet: Sheet, blocks: Sequence[Block], left: float, low: float, tips: Sequence[tuple[float, float]]
) -> float:
    """Blocks near the points that they name, each with a line from its point; returns the bottom.

    `blocks` and `tips` (x, y) are in the order from top to bottom.
    """
    tops = spread([y - LINE / 2 for _x, y in tips], [block.height for block in blocks], low)
    for block, top, (x, y) in zip(blocks, tops, tips, strict=True):
        middle = top + LINE / 2
        sheet.line(block.style, (x, y), (left - 4, middle))
        block.draw(sheet, left, top)
    return max((top + block.height for top, block in zip(tops, blocks, strict=True)), default=low)


def share_bars(sheet: Sheet, shares: Sequence[ShareLimit], top: float) -> float:
    """The shares of the screening as bars with their limits; returns the bottom."""
    left, width = 4.0, WIDTH - 8
    for share in shares:
        sheet.text(left, top + LINE / 2, share.label, style="b", room=width)
        top = _share_bar(sheet, share, left, top + LINE + 2, width) + LINE + _GAP
    return top


def _share_bar(sheet: Sheet, share: ShareLimit, left: float, top: float, width: float) -> float:
    known_shares = [share.low, *share.limits, *([share.high] if share.high is not None else [])]
    whole = float(max([*known_shares, Decimal(1)])) * 1.12
    low, high = float(share.low) / whole * width, width if share.high is None else float(share.high) / whole * width
    sheet.box("free", left, top, width, 10)
    if low > 0:
        sheet.box("used", left, top, low, 10)
    if high > low:
        sheet.box("maybe", left + low, top, high - low, 10)
    for limit in share.limits:
        x = left + float(limit) / whole * width
        sheet.line("limit-line", (x, top - 3), (x, top + 13))
        sheet.mark("share-limit", limit, x)
    sheet.mark("share", share.low, left + low)
    middle = top + 10 + LINE / 2 + 2
    value = amount(share.low, "%", 1) if share.high == share.low else _range(share)
    limits = _("giới hạn %(limits)s", limits=" / ".join(amount(limit, "%") for limit in share.limits))
    sheet.text(left, middle, value, room=width / 2 - 4)
    sheet.text(left + width, middle, limits, style="l", anchor="end", room=width / 2 - 4)
    return middle


def _range(share: ShareLimit) -> str:
    low = amount(share.low, "%", 1)
    if share.high is None:
        return _("ít nhất %(low)s", low=low)
    return _("từ %(low)s đến %(high)s", low=low, high=amount(share.high, "%", 1))


def key_of(sheet: Sheet, top: float) -> float:
    """The key of the states that occur; returns the bottom."""
    labels = {
        "used": _("đang dùng"),
        "reserved": _("giữ chỗ"),
        "blocked": _("không dùng được"),
        FREE: _("còn trống"),
        ASKED: _("đề nghị"),
        OVER: _("vượt tổng số"),
        "unknown": _("không khai"),
        LIMIT: _("giới hạn"),
        "new": _("xây mới"),
    }
    left, middle = 4.0, top + LINE / 2
    for style in [each for each in labels if each in sheet.states]:
        width = 16 + text_width(labels[style], SIZE) + 10
        if left + width > WIDTH:
            left, middle = 4.0, middle + LINE
        if style == ASKED:
            asked_dot(sheet, left + 4, middle)
        elif style == LIMIT:
            sheet.line("limit-line", (left - 1, middle), (left + 11, middle))
        else:
            unit_box(sheet, style, left, middle - 4.5)
        sheet.text(left + 14, middle, labels[style], style="q")
        left += width
    return middle + LINE / 2 + 2


def finish(sheet: Sheet, facts: StructureFacts, top: float, remark: str) -> Sheet:
    """What stands below every picture of a structure: shares, remark, key."""
    if facts.heights or facts.shares:
        sheet.states[LIMIT] = None
    top = share_bars(sheet, facts.shares, top + 4 if facts.shares else top)
    if facts.left_out:
        more = _n("%(count)s vị trí khác chỉ có trong bảng.", facts.left_out, count=format_number(facts.left_out))
        remark = f"{remark} {more}"
    for text in wrap(remark, WIDTH - 8, SIZE, 4):
        sheet.text(4, top + LINE / 2, text, style="q", room=WIDTH - 8)
        top += LINE
    sheet.height = key_of(sheet, top + 2)
    return sheet
