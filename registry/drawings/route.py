"""A route as a straight line from its start (top) to its end: its parts to scale, re-used and new, with lengths."""

from __future__ import annotations

from itertools import accumulate
from typing import Final

from registry.drawings.blocks import LINE, Block, point_to, text_block
from registry.drawings.facts import RouteFacts, Run, amount
from registry.drawings.layout import spread, wrap
from registry.drawings.sheet import SIZE, WIDTH, Sheet
from registry.kernel.i18n import _, _n, format_number

#: Right edge of the distances, then the strip and its texts.
_DISTANCES: Final = 68.0
_LEFT: Final = 80.0
_STRIP: Final = 14.0
_TEXT: Final = 116.0
_TOP: Final = 12.0
_LEAST_PX: Final = 150.0
_LEAST_PART: Final = 5.0
_LONG_M: Final = 99_999.5
#: More parts than this are summed up at the end.
MOST_RUNS: Final = 40
_STYLES: Final = {
    "reused": "used",
    "new": "new",
    "full": "blocked",
    "aerial": "free",
    "underground": "used",
    "end": "none",
    "hidden": "unknown",
}


def draw_route(facts: RouteFacts) -> Sheet:
    sheet = Sheet(facts.key, facts.title)
    runs = facts.runs[:MOST_RUNS]
    blocks = [_block(run) for run in runs]
    is_scaled = bool(runs) and all(run.metres is not None for run in runs)
    px = max(_LEAST_PX, sum(block.height for block in blocks) * 0.9)
    sizes = _sizes(runs, px, is_scaled=is_scaled)
    starts = [_TOP, *accumulate(sizes, initial=_TOP)][1:]
    for run, start, size in zip(runs, starts, sizes, strict=False):
        _part(sheet, run, start, size)
    low = _distances(sheet, runs, starts) if is_scaled else 0.0
    tips = [(_LEFT + _STRIP, start + size / 2) for start, size in zip(starts, sizes, strict=False)]
    bottom = max(point_to(sheet, blocks, _TEXT, 2, tips), low, starts[-1] if starts else _TOP)
    rest = len(facts.runs) - len(runs)
    if rest:
        sheet.text(_TEXT, bottom + LINE / 2, _n("và %(count)s đoạn khác", rest, count=format_number(rest)), style="q")
        bottom += LINE
    for text in wrap(_remark(runs, is_scaled=is_scaled), WIDTH - 8, SIZE, 3):
        sheet.text(4, bottom + LINE / 2 + 4, text, style="q", room=WIDTH - 8)
        bottom += LINE
    sheet.height = bottom + 10
    return sheet


def _sizes(runs: tuple[Run, ...], px: float, *, is_scaled: bool) -> list[float]:
    if not runs:
        return []
    if not is_scaled:
        return [px / len(runs)] * len(runs)
    whole = sum(run.metres or 0 for run in runs) or 1
    return [max(_LEAST_PART, (run.metres or 0) / whole * px) for run in runs]


def _part(sheet: Sheet, run: Run, top: float, size: float) -> None:
    style = _STYLES[run.style]
    x = _LEFT + _STRIP / 2
    if run.style == "end":
        sheet.circle("solid", x, top + size / 2, 4)
        sheet.line("edge", (x, top), (x, top + size))
        return
    if run.style == "aerial":
        # A wire from pole to pole.
        sheet.line("edge", (x, top), (x, top + size))
        for share in (0.2, 0.5, 0.8):
            sheet.circle("free", x, top + size * share, 2.4)
        return
    sheet.box(style, _LEFT, top, _STRIP, size)
    if run.style == "full":
        sheet.line("thin", (_LEFT, top), (_LEFT + _STRIP, top + size))
        sheet.line("thin", (_LEFT + _STRIP, top), (_LEFT, top + size))
    if run.metres is not None:
        sheet.mark(run.style, run.metres, size)


def _block(run: Run) -> Block:
    width = WIDTH - _TEXT - 3
    first = run.label if run.metres is None else f"{run.label}: {amount(run.metres, decimals=0)}"
    texts = wrap(first, width, SIZE, 2)
    if run.detail:
        texts += wrap(run.detail, width, SIZE, 2)
    return text_block(texts, width, None, "lead")


def _distance(metres: float) -> str:
    """Metres; from a hundred kilometres on kilometres, for which the column has room."""
    if metres < _LONG_M:
        return amount(metres, decimals=0)
    return amount(metres / 1000, "km", 0)


def _distances(sheet: Sheet, runs: tuple[Run, ...], starts: list[float]) -> float:
    """Metres from the start, where parts meet; returns the bottom of the last one."""
    metres = list(accumulate((run.metres or 0 for run in runs), initial=0.0))
    tops = spread([y - LINE / 2 for y in starts], [LINE] * len(starts), 2)
    for at, y, top in zip(metres, starts, tops, strict=True):
        sheet.text(_DISTANCES, top + LINE / 2, _distance(at), anchor="end", room=_DISTANCES - 2)
        sheet.line("dim", (_DISTANCES + 2, top + LINE / 2), (_LEFT - 4, y), (_LEFT + _STRIP, y))
    return tops[-1] + LINE


def _remark(runs: tuple[Run, ...], *, is_scaled: bool) -> str:
    if not runs:
        return _("Chưa khai các công trình mà tuyến đi qua.")
    if is_scaled:
        return _("Từ đầu tuyến (trên) đến cuối tuyến (dưới); chiều dài theo tỷ lệ.")
    return _("Từ đầu tuyến (trên) đến cuối tuyến (dưới); chiều dài từng đoạn không khai, không theo tỷ lệ.")
