"""A drawing with the same facts as text: what a screen reader reads, and what a print keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import Final

from registry.drawings.bores import draw_bores
from registry.drawings.facts import (
    Place,
    RouteFacts,
    Run,
    ShareLimit,
    StructureFacts,
    amount,
    free_text,
    load_text,
    not_stated,
)
from registry.drawings.layout import plain
from registry.drawings.mast import draw_mast
from registry.drawings.pole import draw_pole
from registry.drawings.route import draw_route
from registry.drawings.sheet import Sheet
from registry.drawings.trays import draw_trays
from registry.kernel.i18n import _, format_number
from registry.structures.kinds.kind import Picture

#: Picture -> function that draws a structure. Routes are not structures with places: see `route_drawing`.
PICTURES: Final[dict[Picture, Callable[[StructureFacts], Sheet]]] = {
    Picture.MAST: draw_mast,
    Picture.POLE: draw_pole,
    Picture.BORES: draw_bores,
    Picture.TRAYS: draw_trays,
}
#: Of more places the picture shows the first; the table has all.
MOST_PLACES: Final = 40
Row = tuple[str, ...]


@dataclass(frozen=True)
class Drawing:
    """A sheet, and its facts as pairs and as a table."""

    sheet: Sheet
    stated: tuple[tuple[str, str], ...]
    heads: Row
    rows: tuple[Row, ...]

    @property
    def groups(self) -> list[tuple[str, list[Row]]]:
        """The rows by their first cell, each group without it: a place is named once."""
        return [(first, [row[1:] for row in rows]) for first, rows in groupby(self.rows, key=itemgetter(0))]


def structure_drawing(facts: StructureFacts) -> Drawing:
    sheet = PICTURES[facts.picture](_drawable(facts))
    sheet.description = plain(
        "; ".join(
            [f"{label}: {value}" for label, value in facts.stated]
            + [f"{slot.label}: {free_text(slot)}" for slot in facts.places[:12]]
        )
    )
    heads = (_("Vị trí"), _("Số đo"), _("Hiện trạng"), _("Số lượng"))
    rows = [row for slot in facts.places for row in _place_rows(slot)]
    return Drawing(sheet, (*facts.stated, *_limits(facts)), heads, (*rows, *_asked_rows(facts)))


def _drawable(facts: StructureFacts) -> StructureFacts:
    """The facts with as many places as a picture has room for, the one that is asked for among them."""
    if len(facts.places) <= MOST_PLACES:
        return facts
    kept = sorted(facts.places, key=lambda slot: not slot.is_asked)[:MOST_PLACES]
    return replace(facts, places=tuple(kept), left_out=len(facts.places) - len(kept))


def route_drawing(facts: RouteFacts) -> Drawing:
    sheet = draw_route(facts)
    sheet.description = "; ".join(f"{label}: {value}" for label, value in facts.stated)
    heads = (_("Đoạn"), _("Dài"), _("Chi tiết"))
    rows = [_run_row(number, run) for number, run in enumerate(facts.runs, start=1)]
    return Drawing(sheet, facts.stated, heads, tuple(rows))


def _place_rows(slot: Place) -> list[Row]:
    measure = _measure(slot)
    rows: list[Row] = [
        (
            slot.label,
            measure,
            f"{load.state.label}: {load_text(load)}" if load.name is not None else load_text(load),
            format_number(load.quantity),
        )
        for load in slot.loads
    ]
    free = _("tổng số không khai") if slot.free is None else format_number(slot.free)
    rows.append((slot.label, measure, _("Còn trống"), free))
    if slot.over:
        rows.append((slot.label, measure, _("Vượt tổng số"), format_number(slot.over)))
    return rows


def _measure(slot: Place) -> str:
    parts = []
    if slot.height_m is not None:
        parts.append(amount(slot.height_m))
    if slot.level is not None:
        parts.append(_("tầng %(level)s", level=format_number(slot.level)))
    if slot.diameter_mm is not None:
        parts.append(f"Ø {amount(slot.diameter_mm, 'mm')}")
    return ", ".join(parts) or not_stated()


def _asked_rows(facts: StructureFacts) -> list[Row]:
    asked = facts.asked
    if asked is None:
        return []
    height = not_stated() if asked.height_m is None else amount(asked.height_m)
    return [(asked.place or _("chưa chọn vị trí"), height, _("Đề nghị"), format_number(asked.quantity))]


def _limits(facts: StructureFacts) -> list[tuple[str, str]]:
    return [
        *((limit.label, amount(limit.metres)) for limit in facts.heights),
        *((share.label, _share_text(share)) for share in facts.shares),
    ]


def _share_text(share: ShareLimit) -> str:
    low = amount(share.low, "%", 1)
    if share.high is None:
        value = _("ít nhất %(low)s", low=low)
    elif share.high == share.low:
        value = low
    else:
        value = _("từ %(low)s đến %(high)s", low=low, high=amount(share.high, "%", 1))
    limits = " / ".join(amount(limit, "%") for limit in share.limits)
    return _("%(value)s; giới hạn %(limits)s", value=value, limits=limits)


def _run_row(number: int, run: Run) -> Row:
    metres = not_stated() if run.metres is None else amount(run.metres, decimals=0)
    return (f"{format_number(number)}. {run.label}", metres, run.detail)
