"""A duct in section: its bores with their diameters, what is in them, what is free."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from math import ceil, cos, pi, sin, sqrt
from string import ascii_uppercase
from typing import Final

from registry.capacity.models import PlaceUnit
from registry.drawings.blocks import (
    LINE,
    asked_block,
    asked_dot,
    asked_units,
    finish,
    limit_block,
    place_block,
    stack,
    unit_styles,
)
from registry.drawings.elevation import dimension, ground
from registry.drawings.facts import Place, StructureFacts, amount, not_stated
from registry.drawings.layout import wrap
from registry.drawings.sheet import SIZE, WIDTH, Sheet
from registry.kernel.i18n import _, _n, format_number

#: More bores than this are counted instead of drawn.
_MOST: Final = 60
_WIDEST: Final = 44.0
_ROOM: Final = 190.0
#: Left of the bank is room for the depth of its cover.
_COVER: Final = 118.0
_SURFACE: Final = 12.0
_TOP: Final = 62.0
_GAP: Final = 5.0
#: Cables that are drawn inside of one bore.
_MOST_INSIDE: Final = 7
_NONE_IN_THE_MIDDLE: Final = (2, 3, 4)
#: Radius of a cable or a sub-duct in a bore, against that of the bore.
_SMALL: Final = 0.3
#: Diameter of a bore, against the widest, where its own is not stated.
_USUAL: Final = 0.8
#: A bore with less room than this has no number.
_LEAST_NUMBERED: Final = 20.0


@dataclass(frozen=True)
class Bore:
    """One bore: the style of what it is, its reference, and what is inside of it where it is counted in cables."""

    style: str
    reference: str
    diameter_mm: Decimal | None
    is_asked: bool = False
    inside: tuple[str, ...] = ()
    cable_mm: Decimal | None = None
    sub_ducts: int = 0


def draw_bores(facts: StructureFacts) -> Sheet:
    sheet = Sheet(facts.key, facts.title)
    letters = _letters(len(facts.places)) if len(facts.places) > 1 else [""] * len(facts.places)
    ledger = [bore for slot, letter in zip(facts.places, letters, strict=True) for bore in _bores(slot, letter)]
    undeclared = max(0, (facts.measures.get("bores") or 0) - len(ledger))
    bores = _with_sub_ducts([*ledger, *([Bore("unknown", "", _usual(facts))] * undeclared)], _sub_ducts(facts))
    bottom = _counted(sheet, len(bores)) if len(bores) > _MOST else _bank(sheet, facts, bores)
    bottom = _measures(sheet, facts, len(ledger), bottom)
    blocks = [
        place_block(slot, WIDTH - 8, prefix=f"{letter}. " if letter else "")
        for slot, letter in zip(facts.places, letters, strict=True)
    ]
    blocks += [limit_block(limit, WIDTH - 8) for limit in facts.heights]
    if facts.asked is not None:
        blocks.append(asked_block(facts.asked, WIDTH - 8))
    bottom = stack(sheet, blocks, 4, bottom + 6)
    is_shared_out = len(bores) > 1 and any(bore.sub_ducts for bore in bores)
    return finish(sheet, facts, bottom, _remark(facts, undeclared, is_shared_out=is_shared_out))


def _letters(count: int) -> list[str]:
    """A, B, ..., Z, A1, B1, ..."""
    size = len(ascii_uppercase)
    return [ascii_uppercase[n % size] + (str(n // size) if n >= size else "") for n in range(count)]


def _sub_ducts(facts: StructureFacts) -> int:
    return facts.measures.get("sub_ducts") or 0


def _with_sub_ducts(bores: Sequence[Bore], count: int) -> list[Bore]:
    """The bores with equal shares of the sub-ducts: the record does not say which has how many.

    A number that does not divide, or leaves too many for a circle, is stated in words alone.
    """
    share, rest = divmod(count, len(bores) or 1)
    is_drawn = rest == 0 and share <= _MOST_INSIDE
    return [replace(bore, sub_ducts=share) if is_drawn and not bore.inside else bore for bore in bores]


def _usual(facts: StructureFacts) -> Decimal | None:
    inner: Decimal | None = facts.measures.get("inner")
    outer: Decimal | None = facts.measures.get("outer")
    return outer if inner is None else inner


def _bores(slot: Place, letter: str) -> list[Bore]:
    """The bores of a place: each unit is one, or the units are cables in one."""
    styles, asked = unit_styles(slot), asked_units(slot)
    if slot.unit is not PlaceUnit.BORE:
        is_free = all(style in ("free", "unknown") for style in styles)
        return [Bore("free" if is_free else "shared", letter, slot.diameter_mm, slot.is_asked, tuple(styles))]
    cables = [load.diameter_mm for load in slot.loads for _unit in range(load.quantity)]
    return [
        Bore(
            style,
            _reference(letter, unit, len(styles)),
            slot.diameter_mm,
            unit in asked,
            (),
            dict(enumerate(cables)).get(unit),
        )
        for unit, style in enumerate(styles)
    ]


def _reference(letter: str, unit: int, units: int) -> str:
    return letter if letter and units == 1 else f"{letter}{unit + 1}"


def _counted(sheet: Sheet, count: int) -> float:
    ground(sheet, _SURFACE, 4, WIDTH - 4)
    sheet.box("edge", 60, 34, WIDTH - 120, 40)
    text = _n("%(count)s ống", count, count=format_number(count))
    sheet.text(WIDTH / 2, 54, text, style="b", anchor="middle", room=WIDTH - 130)
    return 78


def _bank(sheet: Sheet, facts: StructureFacts, bores: Sequence[Bore]) -> float:
    """The surface, and the bores in rows below it, true to each other; returns the bottom."""
    ground(sheet, _SURFACE, 4, WIDTH - 4)
    if not bores:
        return _TOP
    columns = min(len(bores), max(1, ceil(sqrt(len(bores) * 1.6))))
    cell = min(_WIDEST, _ROOM / columns - _GAP)
    usual = _usual(facts)
    widest = max([float(each) for bore in bores if (each := bore.diameter_mm or usual) is not None], default=None)
    rows = ceil(len(bores) / columns)
    width, height = columns * (cell + _GAP) + _GAP, rows * (cell + _GAP) + _GAP
    left = _COVER + (WIDTH - 4 - _COVER - width) / 2
    sheet.box("edge", left, _TOP, width, height)
    for number, bore in enumerate(bores):
        x = left + _GAP + (number % columns) * (cell + _GAP) + cell / 2
        y = _TOP + _GAP + (number // columns) * (cell + _GAP) + cell / 2
        _bore(sheet, bore, x, y, _radius(bore.diameter_mm or usual, widest, cell), cell)
    _cover(sheet, facts, left)
    return _TOP + height


def _radius(diameter: Decimal | None, widest: float | None, cell: float) -> float:
    if diameter is None or widest is None:
        return cell / 2 * _USUAL
    return cell / 2 * float(diameter) / widest


def _bore(sheet: Sheet, bore: Bore, x: float, y: float, radius: float, cell: float) -> None:
    style = "free" if bore.style == "shared" else bore.style
    sheet.circle(style, x, y, radius)
    if bore.style != "shared":
        sheet.states[bore.style] = None
    if bore.diameter_mm is not None:
        sheet.mark("bore", bore.diameter_mm, radius)
    if bore.style in ("blocked", "over"):
        half = radius * 0.7
        sheet.line("thin", (x - half, y - half), (x + half, y + half))
        sheet.line("thin", (x - half, y + half), (x + half, y - half))
    for inner_x, inner_y in _spots(bore.sub_ducts, x, y, radius):
        sheet.circle("wall", inner_x, inner_y, radius * _SMALL)
    _inside(sheet, bore, x, y, radius)
    if bore.is_asked:
        asked_dot(sheet, x, y + radius * 0.55)
    if bore.inside or bore.sub_ducts:
        # In the corner of its cell.
        sheet.text(x - cell / 2 + 1, y - cell / 2 + 4, bore.reference, style="r", room=cell)
    elif bore.reference and radius * 2 >= _LEAST_NUMBERED:
        sheet.text(x, y, bore.reference, style="r", anchor="middle", room=radius * 2 + 2)


def _inside(sheet: Sheet, bore: Bore, x: float, y: float, radius: float) -> None:
    """Cables in a bore that is counted in cables."""
    shown = bore.inside[:_MOST_INSIDE]
    for style, (inner_x, inner_y) in zip(shown, _spots(len(shown), x, y, radius), strict=True):
        sheet.circle(style, inner_x, inner_y, radius * _SMALL)
        sheet.states[style] = None
    if bore.cable_mm is not None and bore.diameter_mm is not None and bore.cable_mm < bore.diameter_mm:
        cable = radius * float(bore.cable_mm / bore.diameter_mm)
        sheet.circle("solid", x, y + radius - cable - 1, cable)


def _spots(count: int, x: float, y: float, radius: float) -> Iterator[tuple[float, float]]:
    """Where circles stand in a bore: around its middle; a single one, and the last of many, in it."""
    around = count if count in _NONE_IN_THE_MIDDLE else count - 1
    for number in range(count):
        angle = 2 * pi * number / max(around, 1)
        reach = radius * 0.64 if number < around else 0
        yield x + reach * cos(angle), y + reach * sin(angle)


def _cover(sheet: Sheet, facts: StructureFacts, left: float) -> None:
    """The depth of the cover, which is not to scale."""
    cover = facts.measures.get("cover")
    dimension(sheet, left - 12, _SURFACE, _TOP)
    sheet.line("dim", (left - 16, _TOP), (left, _TOP))
    text = _("sâu %(depth)s", depth=not_stated() if cover is None else amount(cover))
    sheet.text(left - 18, (_SURFACE + _TOP) / 2 + 4, text, anchor="end", room=left - 20)


def _measures(sheet: Sheet, facts: StructureFacts, listed: int, top: float) -> float:
    """Diameters and numbers of bores, in words."""
    inner, outer, bores = (facts.measures.get(name) for name in ("inner", "outer", "bores"))
    parts = [
        _("ống Ø %(outer)s", outer=not_stated() if outer is None else amount(outer, "mm")),
        *([_("lòng ống Ø %(inner)s", inner=amount(inner, "mm"))] if inner is not None else []),
    ]
    sheet.text(4, top + LINE / 2 + 4, "; ".join(parts), room=WIDTH - 8)
    text = _(
        "%(bores)s ống theo hồ sơ, %(listed)s theo sức chứa đã khai",
        bores=not_stated() if bores is None else format_number(bores),
        listed=format_number(listed),
    )
    if count := _sub_ducts(facts):
        text += "; " + _n("%(count)s ống con", count, count=format_number(count))
    for row, line in enumerate(wrap(text, WIDTH - 8, SIZE, 2)):
        sheet.text(4, top + LINE * (row + 1.5) + 4, line, style="q", room=WIDTH - 8)
    return top + 3 * LINE


def _remark(facts: StructureFacts, undeclared: int, *, is_shared_out: bool) -> str:
    has_sizes = _usual(facts) is not None or any(slot.diameter_mm is not None for slot in facts.places)
    first = _("Đường kính các ống theo tỷ lệ với nhau.") if has_sizes else _("Đường kính ống không khai.")
    parts = [first]
    if is_shared_out:
        parts.append(_("Ống con vẽ chia đều; hồ sơ không ghi ống nào có bao nhiêu."))
    if undeclared:
        parts.append(_("Ống nét đứt: chưa khai trong sức chứa."))
    return " ".join(parts)
